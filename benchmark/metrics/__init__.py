"""Overlap and surface metrics and the conventions that turn a mask pair into numbers."""

"""Slices on a grid, made once and kept in files, from which runs read them."""

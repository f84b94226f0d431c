"""Folders of anybody's images and masks: what lies there, and what each file holds."""

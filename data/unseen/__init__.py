"""Images that no data set lists: found, read a few slices at a time, and answered in files of their own kind."""

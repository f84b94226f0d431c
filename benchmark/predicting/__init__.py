"""Trained runs on images of anybody: one or several runs, a case at a time, answered in files of its own kind.

Nothing here is scored, and no data set is looked for.
"""

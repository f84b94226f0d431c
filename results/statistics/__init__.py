"""Pure functions of arrays of scores: no record, no file, no page; a numpy Generator is passed in."""

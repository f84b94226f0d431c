"""What may be wrong with a data set and its split, found by looking at every case once; no torch."""

"""A run's network in a file for other programs, checked by what comes out of it."""

"""Ways to run many cells."""

"""Records of runs, published numbers, and where they are kept."""

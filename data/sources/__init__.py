"""Where cases come from, one file a data set."""

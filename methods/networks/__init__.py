"""Networks a method may train, by backbone name."""

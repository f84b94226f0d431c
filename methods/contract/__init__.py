"""What every method must do, as rules that a method keeps or breaks: of this repository, and of anybody's file."""

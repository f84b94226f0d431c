"""What both files with tests of ACTION's choices note their fields in."""

from tests.methods.choices import Covers

covers = Covers()

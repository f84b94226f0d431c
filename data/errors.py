"""The errors that data raises for a user's mistake. ``exits_with``: what a command that ends by it exits with."""

from typing import ClassVar


class DataError(Exception):
    """A data set, file or split is not what it should be; the message is one sentence for the user."""

    exits_with: ClassVar[int] = 1


class DataUsageError(DataError):
    """A name or number that the user gave is none of a data set's; no file is at fault."""

    exits_with: ClassVar[int] = 2

"""The errors that records raise. ``exits_with``: what a command that ends by it exits with."""

from typing import ClassVar


class ResultError(Exception):
    """A record or a file of a run is not what it must be; the message is one sentence."""

    exits_with: ClassVar[int] = 1


class ForeignError(ResultError):
    """A record or table is whole and of another form than this code reads, or of another run than its folder says."""


class ResultUsageError(ResultError):
    """What the user asked of records is not in them; the message says what is, or what would be right."""

    exits_with: ClassVar[int] = 2

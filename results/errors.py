"""The error that records raise."""

from typing import ClassVar


class ResultError(Exception):
    """A record or a file of a run is not what it must be; the message is one sentence."""

    exits_with: ClassVar[int] = 1


class ForeignError(ResultError):
    """A record or table is whole and of another form than this code reads, or of another run than its folder says."""

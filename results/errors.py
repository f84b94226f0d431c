"""The error that records raise."""

from typing import ClassVar


class ResultError(Exception):
    """A record or a file of a run is not what it must be; the message is one sentence."""

    exits_with: ClassVar[int] = 1

"""The errors that methods raise. ``exits_with``: what a command that ends by it exits with."""

from typing import ClassVar


class MethodError(Exception):
    """A method, its config or its training terms are not what they must be; the message is one sentence."""

    exits_with: ClassVar[int] = 1


class FetchError(MethodError):
    """What a method needs could not be fetched; the next time, or on another machine, it may be."""


class MethodUsageError(MethodError):
    """A name or value that the user gave is none that methods or networks have; nothing was trained."""

    exits_with: ClassVar[int] = 2

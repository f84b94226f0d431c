"""Errors that any command may raise. An error that is one sentence for the user says what the command exits with."""

from typing import ClassVar


class UsageError(Exception):
    """A command, protocol or override that cannot be meant; the message says in one sentence what would be right."""

    exits_with: ClassVar[int] = 2


class WriteError(Exception):
    """A folder that cannot be written; the message is one sentence."""

    exits_with: ClassVar[int] = 1

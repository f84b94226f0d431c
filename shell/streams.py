"""What a command prints to: in any encoding, and to readers that may stop reading."""

from __future__ import annotations

import codecs
import os
import select
import sys
from typing import TextIO


def degrade() -> None:
    """Let what the output's encoding lacks be printed as ``?``, here and in processes that this one starts."""
    stream = sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
        if stream.encoding and codecs.lookup(stream.encoding).name != "utf-8":
            os.environ["PYTHONIOENCODING"] = f"{stream.encoding}:replace"


def abandon_unread() -> bool:
    """Leave the streams that nobody reads any more, ``head`` having seen enough; return whether there are any."""
    gone = [stream for stream in (sys.stdout, sys.stderr) if _reader_is_gone(stream)]
    for stream in gone:
        abandon(stream)
    return bool(gone)


def abandon(stream: TextIO | None) -> None:
    """Let what a stream still holds go nowhere, else Python complains when it flushes at exit."""
    if stream is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _reader_is_gone(stream: TextIO | None) -> bool:
    try:
        poll = select.poll()
        poll.register(stream.fileno(), 0)  # type: ignore[union-attr]  # None has no fileno, which is caught
    except (OSError, ValueError, AttributeError):  # a stream that is no file or closed, a system without poll
        return False
    return bool(poll.poll(0))  # asked for nothing, it tells of errors and hang-ups alone

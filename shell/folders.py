"""Whether a folder can be written: asked before hours of work, and not after them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from shell.errors import WriteError


def require_writable(folder: Path, cure: str) -> None:
    """Raise WriteError unless files can be made in a folder, or the folder itself; nothing is made.

    cure: what would be right, such as ``name another with --out``.
    """
    reason = refusal(folder)
    if reason is not None:
        raise WriteError(f"{folder} cannot be written ({reason}); {cure}")


def refusal(folder: Path) -> str | None:
    """Return why no file can be made in a folder, whether it is there yet or not; None where one can."""
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(one))
    if not there.is_dir():
        return os.strerror(errno.ENOTDIR)
    if os.access(there, os.W_OK | os.X_OK):
        return None
    read_only = os.statvfs(there).f_flag & os.ST_RDONLY if hasattr(os, "statvfs") else 0
    return os.strerror(errno.EROFS if read_only else errno.EACCES)

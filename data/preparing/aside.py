"""What is written aside before it counts, whose it is, and what processes that were killed left of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from data.errors import DataError

UNFINISHED = ".unfinished-"
NOTE = "cases.json"  # the file in a folder aside that names those it is of
OLD_SECONDS = 86_400  # after which nobody writes any more: of what no process of this system left
SPACES = (Path("/proc/self/ns/pid"), Path("/proc/self/ns/time"))  # of processes' numbers, and of when they began
OURS = re.compile(rf"{re.escape(UNFINISHED)}([0-9a-f]{{12}})-([0-9]{{1,10}})-([0-9]{{1,20}})-[0-9a-f]{{8}}")


class PlaceError(DataError):
    """The place of prepared slices, and no case, is at fault; the message is one sentence."""


@contextmanager
def aside(folder: Path, *cases: str) -> Iterator[Path]:
    """Give a folder of this process to write cases into, which goes whatever happens but to a killed one."""
    made = folder / f"{UNFINISHED}{_whose()}-{uuid4().hex[:8]}"
    with writing(folder):
        made.mkdir(parents=True)
    try:
        note(made, cases)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def note(made: Path, cases: Iterable[str]) -> None:
    """Let a folder aside name the cases that its process is at."""
    with writing(made.parent):
        (made / NOTE).write_text(json.dumps([*cases]), encoding="utf-8")


def clean(place: Path) -> set[str]:
    """Remove what killed processes left unfinished in a place and its folders; return the cases that they were at.

    What a process of this system left goes as soon as that is gone. Of another boot or host, of a container with
    processes of its own, and of nobody that is known, what was not written to for a day goes.
    """
    cases = set[str]()
    for left in (*place.glob(f"{UNFINISHED}*"), *place.glob(f"*/{UNFINISHED}*")):
        if _is_abandoned(left):
            with suppress(OSError, ValueError, TypeError):
                cases |= {str(case) for case in json.loads((left / NOTE).read_text(encoding="utf-8"))}
            _remove(left)
    return cases


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Let what can't be written in a place be a PlaceError."""
    try:
        yield
    except OSError as error:
        raise PlaceError(
            f"{folder} cannot be written ({error.strerror or error}); make room there, or name another place with --out"
        ) from None


def _remove(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        shutil.rmtree(left, ignore_errors=True)
    else:
        with suppress(OSError):
            left.unlink()


def _whose() -> str:
    """Return in what a name says whose it is; of a process that can't be told from others its number alone."""
    process, system = os.getpid(), _system()
    seen = None if system is None else _seen(process)
    return f"unknown-{process}" if seen is None else f"{system}-{process}-{seen[1]}"


def _is_abandoned(left: Path) -> bool:
    ours = OURS.fullmatch(left.name)
    if ours is not None and ours[1] == _system():
        return not _is_alive(int(ours[2]), ours[3])
    return time.time() - _last_written(left) > OLD_SECONDS


def _last_written(left: Path) -> float:
    """Return when something was last written to it; now where it is just going."""
    try:
        inside = left.iterdir() if left.is_dir() and not left.is_symlink() else ()
        return float(max(one.lstat().st_mtime for one in (left, *inside)))
    except OSError:
        return time.time()


def _is_alive(process: int, begun: str) -> bool:
    """Return whether the process of this number that began then is there; another may have its number since."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        pass
    seen = _seen(process)
    return seen is None or (seen[0] not in "ZX" and seen[1] == begun)


def _seen(process: int) -> tuple[str, str] | None:
    """Return a process's state and when it began, in ticks since the system did; None where that is not to be seen."""
    try:
        said = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = said.rpartition(")")[2].split()  # the name before it may hold anything
    return (fields[0], fields[19]) if len(fields) > 19 else None


def _system() -> str | None:
    """Return what has this process's numbers of processes: host, boot and namespaces; None where it can't be told."""
    try:
        if str(Path("/proc/self").readlink()) != str(os.getpid()):
            return None  # numbers of another namespace
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        names = [str(space.readlink()) for space in SPACES if os.path.lexists(space)]
    except OSError:
        return None
    if not names:
        return None
    return hashlib.sha256("\n".join([socket.gethostname(), boot, *names]).encode()).hexdigest()[:12]

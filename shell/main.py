"""A command from its first word to its exit code: one sentence instead of a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from shell.memory import MEMORY, is_full
from shell.streams import abandon, abandon_unread, degrade

ROOT = Path(__file__).resolve().parent.parent
OURS = {"benchmark", "methods", "data", "results", "reports", "shell"}
STOPPED = 130  # what shells give for ctrl-C


def main(module: str, command: Callable[[], int]) -> None:
    """Run a command and exit with its code: 0 done, 1 the run failed, 2 wrong usage, 130 stopped by hand.

    An error whose class has ``exits_with`` is one sentence and that code. Where the packages are missing in this Python
    but ``make setup`` has made an environment, the command runs there. Whoever stops reading what is printed, as
    ``head`` does, ends the command with 1.
    """
    degrade()
    try:
        code = _code(module, command)
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()  # here, and not where Python ends, which would complain
    except BrokenPipeError:
        if not abandon_unread():
            raise  # of another pipe, such as one to a process of ours
        code = 1
    except OSError as error:
        abandon(sys.stdout)
        print(f"error: what is printed cannot be written ({error.strerror or error})", file=sys.stderr)
        code = 1
    sys.exit(code)


def _code(module: str, command: Callable[[], int]) -> int:
    try:
        return command()
    except SystemExit as end:  # argparse's, after --help or a wrong option
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        print("stopped; start the same command again to go on", file=sys.stderr)
        return STOPPED
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in OURS:
            raise
        return _elsewhere(module, error.name or "a package")
    except Exception as error:
        code, words = _told(error)
        if code is None:
            raise
        print(f"error: {words}", file=sys.stderr)
        return code


def _told(error: Exception) -> tuple[int | None, str]:
    """Return an error's exit code and sentence; None for one that is a fault of the code.

    A file that cannot be read or written, and nobody said so before, is named here, whichever it is.
    """
    if isinstance(error, OSError) and isinstance(error.filename, str | bytes | os.PathLike):
        return 1, f"{os.fsdecode(error.filename)} cannot be read or written ({error.strerror or error})"
    if is_full(error):
        return 1, MEMORY
    return getattr(error, "exits_with", None), str(error)


def _elsewhere(module: str, missing: str) -> int:
    """Go on in the environment of the checkout; return where there is none, or this is it."""
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists() or Path(sys.prefix).resolve() == (ROOT / ".venv").resolve():
        print(f"error: {missing} is not installed here; run `make setup` in {ROOT} first", file=sys.stderr)
        return 1
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    try:
        os.execv(python, [str(python), "-m", module, *sys.argv[1:]])
    except OSError as error:
        print(f"error: {python} cannot be run ({error.strerror}); run `make setup` in {ROOT} again", file=sys.stderr)
    return 1

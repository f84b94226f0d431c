"""What all commands share: finding the packages, FIELD=VALUE options, and one sentence instead of a traceback."""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from benchmark.paths import ROOT

STOPPED = 130  # what shells give for ctrl-C


def main(module: str, command: Callable[[], int]) -> None:
    """Run a command and exit with its code: 0 done, 1 the run failed, 2 wrong usage, 130 stopped by hand.

    Where the packages are missing in this Python but ``make setup`` has made an environment, the command runs there.
    """
    try:
        sys.exit(command())
    except KeyboardInterrupt:
        print("stopped; start the same command again to go on", file=sys.stderr)
        sys.exit(STOPPED)
    except BrokenPipeError:
        if not _reader_is_gone():
            raise  # of another pipe, such as one to a process of ours
        _leave_unread()
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in {"benchmark", "methods", "data", "results", "reports"}:
            raise
        _elsewhere(module, error.name or "a package")
    except Exception as error:
        from benchmark.errors import REPORTED, UsageError

        if not isinstance(error, REPORTED):
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, UsageError) else 1)


def assignments(texts: Sequence[str], flag: str = "--set", example: str = "lr=0.02") -> dict[str, Any]:
    """Return FIELD=VALUE texts as a mapping; a value is read as JSON where it is that, else as text."""
    from benchmark.errors import UsageError

    values: dict[str, Any] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise UsageError(f"{flag} {text}: expected FIELD=VALUE, for example {flag} {example}")
        try:
            values[key] = json.loads(value)
        except json.JSONDecodeError:
            values[key] = value
    return values


def _reader_is_gone() -> bool:
    """Return whether nobody reads what is printed any more: ``head`` for one has seen enough."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError, AttributeError):  # a stdout that is no file or closed, a system without poll
        return False
    return bool(poll.poll(0))  # asked for nothing, it tells of errors and hang-ups alone


def _leave_unread() -> NoReturn:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it flushes at exit
    sys.exit(1)


def _elsewhere(module: str, missing: str) -> None:
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists() or Path(sys.prefix).resolve() == (ROOT / ".venv").resolve():
        print(f"error: {missing} is not installed here; run `make setup` in {ROOT} first", file=sys.stderr)
        sys.exit(1)
    os.chdir(ROOT) if Path.cwd().resolve() == ROOT else None
    os.execv(python, [str(python), "-m", module, *sys.argv[1:]])

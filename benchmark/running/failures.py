"""Why a cell failed, in its run's folder until it is done: what ``status`` shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmark.errors import RunError
from results.claims import TakenError
from results.writing import write_json

FAILURE = "failure.json"


class Failure(BaseModel):
    """The last failure of a cell. when: UTC, ISO 8601. log: the file with its output in that folder, or none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    when: str
    log: str = ""


@contextmanager
def noted(folder: Path) -> Iterator[None]:
    """Write down why what is done here failed, where the run's folder was made, or that it did not; raise it on."""
    try:
        yield
    except TakenError:  # another process runs it
        raise
    except Exception as error:
        if folder.is_dir():
            settle(folder, (str(error).splitlines() or [type(error).__name__])[0], "")
        raise
    settle(folder, None, "")


@contextmanager
def staying() -> Iterator[None]:
    """Raise RunError where what is done here would leave the process, as a method that calls ``sys.exit`` does."""
    try:
        yield
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        words = f"the run was left by {type(error).__name__}: {error}"
        raise RunError(f"{words}; a method that can't go on raises an error that says why") from error


def settle(folder: Path, reason: str | None, log: str) -> None:
    """Write down why a cell failed, or that it no longer does."""
    if reason is None:
        (folder / FAILURE).unlink(missing_ok=True)
        return
    when = datetime.now(timezone.utc).isoformat(timespec="seconds")
    write_json(folder / FAILURE, Failure(reason=reason, when=when, log=log).model_dump(mode="json"))


def failure_of(folder: Path) -> Failure | None:
    """Return why a cell failed, None where nothing says that it did; a damaged file says that it failed, not why."""
    path = folder / FAILURE
    try:
        return Failure.model_validate_json(path.read_bytes())
    except OSError:
        return None
    except ValidationError:
        return Failure(reason=f"{path} is damaged, so the reason is lost", when="at an unknown time", log="log.txt")

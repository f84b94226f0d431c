"""The code a run is of: the checkout's commit, and what git says of it."""

from __future__ import annotations

import subprocess
from functools import cache

from benchmark.errors import PassingError
from benchmark.paths import ROOT
from results.code import Sources

GIT_SECONDS = 60  # a large checkout on a slow disk
PACKAGES = ("benchmark", "data", "methods", "reports", "results", "shell")
READ = ("benchmark/", "data/splits/", "methods/", "reports/")  # where what code reads lies; elsewhere are records, data
NO_CODE = "results/same_code.json"  # what the canary writes down of code


@cache
def commit() -> tuple[str | None, bool]:
    """Return the checkout's commit, when this process first asked, and whether its code differed from it.

    So it does where a tracked file is changed, or where git does not know a file of the code.
    (None, False) outside git. PassingError where git does not answer, which is not remembered: the next call asks.
    """
    try:
        head = git("rev-parse", "HEAD")
    except OSError:  # no git on this machine
        return None, False
    if not head:
        return None, False
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", f":(exclude){NO_CODE}")
    return head.decode().strip(), bool(changed) or any(map(_is_code, _unknown())) or bool(_untracked())


def _unknown() -> list[str]:
    """Return the files of the packages that git does not know and was not told to ignore."""
    words = "ls-files", "--others", "--exclude-standard", "-z", "--", *PACKAGES
    return git(*words).decode(errors="replace").split("\0")


def _untracked() -> set[str]:
    """Return the files that compute numbers, wherever they lie below the checkout, and that git does not track.

    One that git was told to ignore is among them.
    """
    tracked = git("ls-files", "-z", "--", "*.py").decode(errors="replace").split("\0")
    if not any(tracked):  # git did not say
        return set()
    sources = Sources(ROOT)
    other = set(sources.paths()) - set(tracked)
    return other and other & set(sources.computing())  # whether they are imported takes reading all of the code


def _is_code(path: str) -> bool:
    """Return whether a file is code, or what code reads."""
    return path.endswith(".py") or (path.endswith((".json", ".toml")) and path.startswith(READ))


def git(*words: str) -> bytes:
    """Return what git says of the checkout, nothing where it refuses (as outside a repository).

    PassingError where it is stopped or takes a minute: taken for a refusal, a run would deny its commit or its changes.
    OSError where there is no git.
    """
    asked = f"git {words[0]} in {ROOT}"
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False, timeout=GIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise PassingError(f"{asked} took longer than {GIT_SECONDS} s; a run must say of which code it is") from None
    if done.returncode < 0:
        raise PassingError(f"{asked} was stopped by signal {-done.returncode}; a run must say of which code it is")
    return done.stdout if done.returncode == 0 else b""

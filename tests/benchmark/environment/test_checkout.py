"""The commit a run is of: git's answer, and a git that gives none is named."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.environment import checkout
from benchmark.errors import RunError


@pytest.fixture
def commit_unknown() -> Iterator[None]:
    """Let this process ask for its commit anew, and again after the test."""
    checkout.commit.cache_clear()
    yield
    checkout.commit.cache_clear()


def put_git(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a shell script in git's place."""
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


@pytest.mark.usefixtures("commit_unknown")
def test_a_git_that_is_killed_is_asked_again_and_its_silence_taken_for_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_git(tmp_path, '[ "$1" = status ] && kill -9 $$; echo 0123', monkeypatch)
    for _ in range(2):
        with pytest.raises(RunError, match=r"git status in .* was stopped by signal 9; a run must say of which code"):
            checkout.commit()
    put_git(tmp_path, '[ "$1" = rev-parse ] && echo 0123', monkeypatch)
    assert checkout.commit() == ("0123", False)
    put_git(tmp_path, "kill -9 $$", monkeypatch)
    assert checkout.commit() == ("0123", False)


@pytest.mark.usefixtures("commit_unknown")
def test_a_git_that_takes_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_git(tmp_path, "exec sleep 60", monkeypatch)
    monkeypatch.setattr(checkout, "GIT_SECONDS", 0.1)
    with pytest.raises(RunError, match=r"git rev-parse in .* took longer than 0\.1 s"):
        checkout.commit()


@pytest.mark.usefixtures("commit_unknown")
@pytest.mark.parametrize("script", ["exit 128", None])
def test_outside_git_there_is_no_commit(script: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if script is None:
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        put_git(tmp_path, script, monkeypatch)
    assert checkout.commit() == (None, False)


def repository(root: Path, ignored: str = "") -> None:
    """Make a checkout of one commit."""
    for name in ("methods/em.py", "data/splits/acdc.json", "results/same_code.json", "docs/LOG.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("first\n")
    (root / ".gitignore").write_text("data/raw/\n" + ignored)
    author = ["-c", "user.name=A", "-c", "user.email=a@b.example"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=root, check=True)


@pytest.mark.usefixtures("commit_unknown")
@pytest.mark.parametrize(("name", "dirty"), [("helper.py", True), ("data/raw.py", False), ("other.py", False)])
@pytest.mark.parametrize("ignored", ["", "helper.py\n"])
def test_an_imported_file_that_git_does_not_track_is_no_clean_checkout(
    name: str, dirty: bool, ignored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "methods").mkdir()
    (tmp_path / "methods/uses.py").write_text("import helper\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/raw.py").write_text("")
    repository(tmp_path, ignored)
    (tmp_path / name).write_text("")
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    assert checkout.commit()[1] == dirty


@pytest.mark.usefixtures("commit_unknown")
@pytest.mark.parametrize(
    ("name", "dirty"),
    [
        (None, False),
        ("methods/mine.py", True),  # which git does not know
        ("methods/parts/new/mine.py", True),
        ("data/splits/mine.json", True),
        ("benchmark/mine.toml", True),
        ("methods/em.py", True),  # which is changed
        ("docs/LOG.md", True),
        ("methods/notes.md", False),
        ("notes.py", False),
        ("protocols/mine.toml", False),
        ("data/raw/acdc/read.py", False),  # ignored
        ("results/kept/acdc-3-em/record.json", False),
        ("results/same_code.json", False),  # the canary writes it
    ],
)
def test_code_that_git_does_not_know_is_no_clean_checkout(
    name: str | None, dirty: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository(tmp_path)
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    if name is not None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("second\n")
    head, found = checkout.commit()
    assert (len(head or ""), found) == (40, dirty)

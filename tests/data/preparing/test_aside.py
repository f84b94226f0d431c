"""What killed processes left goes, and nothing of a process that lives, wherever that is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.preparing import aside as module
from data.preparing.aside import OLD_SECONDS, aside, clean

LEAVING = """
import os, sys
from pathlib import Path
from data.preparing.aside import aside
with aside(Path(sys.argv[1]), "c_01") as made:
    (made / "images.npy").write_bytes(b"half")
    print(made, flush=True)
    if len(sys.argv) > 2:
        sys.stdin.read()
    os._exit(9)
"""
APART = ("unshare", "--pid", "--fork", "--mount-proc")


def left(place: Path, *before: str) -> Path:
    """Return what a process that was killed left."""
    words = [*before, sys.executable, "-c", LEAVING, str(place)]
    return Path(subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip())


def aged(path: Path, seconds: float) -> None:
    for one in (*(path.iterdir() if path.is_dir() else ()), path):
        os.utime(one, (time.time() - seconds,) * 2)


def test_what_a_killed_process_left_goes_at_once_and_its_case_is_told(tmp_path: Path) -> None:
    made = left(tmp_path / "32-smooth")
    assert made.is_dir()
    assert clean(tmp_path) == {"c_01"}
    assert not made.exists() and list((tmp_path / "32-smooth").iterdir()) == []


def test_what_a_living_process_writes_stays_and_so_does_what_another_with_its_number_left_not(tmp_path: Path) -> None:
    with aside(tmp_path, "c_02") as made:
        aged(made, 2 * OLD_SECONDS)
        space, number, begun, end = made.name.removeprefix(".unfinished-").split("-")
        earlier = tmp_path / f".unfinished-{space}-{number}-{int(begun) - 1}-{end}"  # of one that had its number before
        earlier.mkdir()
        assert clean(tmp_path) == set()
        assert made.is_dir() and not earlier.exists()
    assert not list(tmp_path.glob(".unfinished-*"))


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*APART, "true"], check=False, capture_output=True).returncode,
    reason="namespaces need unshare and its rights",
)
def test_a_process_of_another_namespace_is_left_alone_for_a_day(tmp_path: Path) -> None:
    words = [*APART, sys.executable, "-c", LEAVING, str(tmp_path), "wait"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as living:
        made = Path(living.stdout.readline().strip())
        assert made.is_dir() and clean(tmp_path) == set() and made.is_dir()
        living.stdin.close()
    assert clean(tmp_path) == set() and made.is_dir()  # whether that one lives nobody here can see
    aged(made, OLD_SECONDS + 60)
    assert clean(tmp_path) == {"c_01"} and not made.exists()


@pytest.mark.parametrize("told", [None, "0" * 12], ids=["unknown", "another"])
def test_where_systems_cannot_be_told_apart_only_age_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str | None
) -> None:
    made = left(tmp_path)
    monkeypatch.setattr(module, "_system", lambda: told)
    assert clean(tmp_path) == set() and made.is_dir()
    with aside(tmp_path, "c_03") as mine:
        assert clean(tmp_path) == set() and mine.is_dir()
    aged(made, OLD_SECONDS + 60)
    (made / "images.npy").write_bytes(b"still written to")
    assert clean(tmp_path) == set() and made.is_dir()
    aged(made, OLD_SECONDS + 60)
    assert clean(tmp_path) == {"c_01"} and not made.exists()


def test_files_that_were_to_be_renamed_go_after_a_day(tmp_path: Path) -> None:
    (tmp_path / "grid").mkdir()
    files = [tmp_path / "grid" / f".unfinished-{end}" for end in ("abcd1234.json", "host-17-0123abcd")]
    for path in files:
        path.write_text("{")
    assert clean(tmp_path) == set() and all(path.exists() for path in files)
    for path in files:
        aged(path, OLD_SECONDS + 60)
    kept = tmp_path / "grid" / "seal.json"
    kept.write_text("{}")
    aged(kept, 2 * OLD_SECONDS)
    assert clean(tmp_path) == set() and list((tmp_path / "grid").iterdir()) == [kept]

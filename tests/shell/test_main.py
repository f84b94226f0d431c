"""How commands end: codes, one sentence, streams of any encoding that may be closed, and a Python without packages."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shell.errors import UsageError, WriteError
from shell.folders import refusal, require_writable
from shell.main import main
from shell.memory import MEMORY

ROOT = Path(__file__).resolve().parents[2]
EVERY = ["benchmark.methods", "data.list", "reports.verdict"]
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def ended(capsys: pytest.CaptureFixture[str], error: BaseException) -> tuple[int, str]:
    def command() -> int:
        raise error

    with pytest.raises(SystemExit) as stop:
        main("data.list", command)
    return int(str(stop.value.code)), capsys.readouterr().err


def called(command: str, settings: dict[str, str] | None = None, output: int | None = None, both: bool = False):
    environment = (
        os.environ | {"PYTHONPATH": str(ROOT), "ACTION_BENCH_DATA": "", "PYTHONUNBUFFERED": ""} | (settings or {})
    )
    return subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, env=environment, timeout=100, check=False,
        stdout=subprocess.PIPE if output is None else output,
        stderr=(subprocess.PIPE if not both else output),
    )  # fmt: skip


def unread() -> int:
    """Return the end of a pipe whose reader is gone."""
    read, write = os.pipe()
    os.close(read)
    return write


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UsageError("no such thing"), 2, "error: no such thing\n"),
        (WriteError("no room"), 1, "error: no room\n"),
        (KeyboardInterrupt(), 130, "stopped; start the same command again to go on\n"),
        (OSError(errno.ENOSPC, "No space left on device", "/a/b"), 1,
         "error: /a/b cannot be read or written (No space left on device)\n"),
        (MemoryError(), 1, f"error: {MEMORY}\n"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't"), 1,
         f"error: {MEMORY}\n"),
        (RuntimeError("CUDA out of memory. Tried to allocate 9 GiB"), 1, f"error: {MEMORY}\n"),
    ],
)  # fmt: skip
def test_a_users_mistake_is_one_sentence_and_its_code(error: BaseException, code: int, line: str, capsys) -> None:
    assert ended(capsys, error) == (code, line)


def test_a_fault_of_the_code_is_raised() -> None:
    def command() -> int:
        raise KeyError("x")

    with pytest.raises(KeyError):
        main("data.list", command)


PRINT = "from shell.main import main; main('data.list', lambda: print({0}) or 0)"


@pytest.mark.parametrize("text", ["'x'", "'x' * 100_000"])
@pytest.mark.parametrize("both", [False, True])
def test_a_reader_that_has_seen_enough_ends_a_command_without_a_word(text: str, both: bool) -> None:
    done = called(PRINT.format(text), output=unread(), both=both)
    assert done.returncode == 1
    assert both or done.stderr == b""


def test_words_for_a_closed_error_stream_are_no_traceback(tmp_path: Path) -> None:
    code = "import sys; from shell.main import main; main('m', lambda: print('x', file=sys.stderr) or 0)"
    assert called(code, output=unread(), both=True).returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("text", ["'x'", "'x' * 100_000"])
def test_an_output_that_is_full_is_one_sentence(text: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = called(PRINT.format(text), output=full.fileno())
    assert done.returncode == 1
    assert done.stderr == b"error: what is printed cannot be written (No space left on device)\n"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"PYTHONIOENCODING": "ascii"}, b"a ? b\n"),
        ({"PYTHONIOENCODING": "latin-1"}, b"a ? b\n"),
        (C_LOCALE, b"a ? b\n"),
        ({"PYTHONUTF8": "1"}, "a → b\n".encode()),
    ],
)
def test_a_character_that_an_output_lacks_is_a_question_mark(settings: dict[str, str], expected: bytes) -> None:
    done = called(PRINT.format(r"'a \u2192 b'"), {"PYTHONIOENCODING": "", **settings})
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, b"")


def test_a_process_that_a_command_starts_degrades_likewise() -> None:
    child = r"print('a \u2192 b')"
    code = f"import subprocess, sys; from shell.main import main\nmain('m', lambda: subprocess.call([sys.executable, '-c', {child!r}]))"  # noqa: E501
    done = called(code, {"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout) == (0, b"a ? b\n")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of the commands that need no training, without an environment."""
    for name in ("shell", "data", "reports", "results"):
        unneeded = shutil.ignore_patterns("raw", "html", "runs", "kept", "__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unneeded)
    return tmp_path


def bare(checkout: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a Python without any package."""
    environment = {"PATH": os.environ["PATH"]}
    words = [sys.executable, "-S", "-E", "-m", command]
    return subprocess.run(words, cwd=checkout, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", ["data.list", "reports.build", "reports.verdict"])
def test_a_python_without_the_packages_is_told_to_set_up(command: str, checkout: Path) -> None:
    done = bare(checkout, command)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and line.endswith(f" is not installed here; run `make setup` in {checkout} first")


@pytest.mark.parametrize("command", ["data.list", "reports.build", "reports.verdict"])
def test_a_python_without_the_packages_goes_on_in_the_environment(command: str, checkout: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@"\nexit 7\n')
    python.chmod(0o755)
    done = bare(checkout, command)
    assert (done.returncode, done.stdout) == (7, f"-m {command}\n")


def test_a_folder_below_a_file_cannot_be_written_and_one_that_is_not_there_can(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WriteError, match=r"file/out cannot be written \(Not a directory\); name another with --out"):
        require_writable(tmp_path / "file" / "out", "name another with --out")
    require_writable(tmp_path / "new" / "out", "name another")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_may_not_be_written_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert refusal(tmp_path / "new") == "Permission denied"
    flags = os.statvfs_result((0, 0, 0, 0, 0, 0, 0, 0, os.ST_RDONLY, 255))
    monkeypatch.setattr(os, "statvfs", lambda path: flags)
    assert refusal(tmp_path / "new") == "Read-only file system"

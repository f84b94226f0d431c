"""What each command costs before it does anything."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMED = {
    "benchmark.run",
    "benchmark.sweep",
    "benchmark.methods",
    "benchmark.status",
    "benchmark.doctor",
    "benchmark.bands",
    "benchmark.score",
    "benchmark.rescore",
    "benchmark.canary",
    "benchmark.track",
    "benchmark.predict",
    "benchmark.export",
    "data.list",
    "data.plan",
    "data.prepare",
    "reports.build",
}
COMMANDS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in ("benchmark", "data", "reports")
    for path in (ROOT / package).glob("*.py")
    if '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")
)


def started(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def seconds_of_help(command: str) -> float:
    begin = time.perf_counter()
    started("-m", command, "--help")
    return time.perf_counter() - begin


def test_no_command_of_the_design_is_missing() -> None:
    assert set(COMMANDS) >= NAMED


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_its_command_and_imports_no_torch(command: str) -> None:
    ended = started("-X", "importtime", "-m", command, "--help")
    imported = set(re.findall(r"^import time:.*\| +(\S+)$", ended.stderr, re.MULTILINE))
    assert ended.returncode == 0
    assert f"usage: python -m {command}" in ended.stdout
    assert "argparse" in imported
    assert "torch" not in imported


@pytest.mark.parametrize("command", COMMANDS)
def test_help_answers_in_under_a_second(command: str) -> None:
    assert min(seconds_of_help(command) for _ in range(3)) < 1


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_option_is_wrong_usage(command: str) -> None:
    ended = started("-m", command, "--no-such-option")
    assert ended.returncode == 2
    assert f"usage: python -m {command}" in ended.stderr
    assert "Traceback" not in ended.stderr

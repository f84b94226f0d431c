"""No file of code is longer than CONTRIBUTING.md says."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("benches", "benchmark", "data", "methods", "reports", "results", "shell", "tests")
LINES = 250


def test_no_file_has_more_lines_than_a_file_may_have() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert len(lines) > 500  # all were found
    assert {name: count for name, count in lines.items() if count > LINES} == {}

"""Files are UTF-8 whatever the locale: texts are opened with their encoding said, and pages come out alike."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.results.made import save

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for name in ("benchmark", "data", "methods", "results", "reports", "shell")
                 for path in (ROOT / name).rglob("*.py"))  # fmt: skip
TEXT = {"read_text", "write_text", "open", "TextIOWrapper"}


def unsaid(source: str) -> Iterator[int]:
    """Yield the lines that open a text without saying its encoding."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        plain = getattr(node.func, "id", "")
        name = node.func.attr if isinstance(node.func, ast.Attribute) else "open" if plain == "open" else ""
        owner = getattr(getattr(node.func, "value", None), "id", "")
        if name not in TEXT or owner in ("os", "gate", "webbrowser", "Image", "gzip", "archive"):
            continue
        modes = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        binary = name == "open" and any("b" in mode for mode in modes)
        if not binary and "encoding" not in {word.arg for word in node.keywords}:
            yield node.lineno


def test_a_text_without_its_encoding_is_found() -> None:
    assert list(unsaid("path.read_text()\nopen(p)\nPath(p).open('a')\np.write_text(t)")) == [1, 2, 3, 4]
    assert not list(unsaid("path.read_text(encoding='utf-8')\np.open('rb')\nos.open(p, 0)\np.read_bytes()"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_text_is_read_and_written_with_its_encoding(path: Path) -> None:
    assert list(unsaid(path.read_text(encoding="utf-8"))) == []


def test_a_page_and_its_tables_are_the_same_bytes_in_a_locale_without_utf8(tmp_path: Path) -> None:
    for seed in range(2):
        save(tmp_path / "runs", id=f"em{seed}", method="em", title="Entropie für N → ∞", seed=seed)
    made = []
    for name, settings in (("utf8", {"PYTHONUTF8": "1"}), ("c", {"LC_ALL": "C", "PYTHONUTF8": "0"})):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONCOERCECLOCALE": "0", **settings}
        out = tmp_path / name
        words = [sys.executable, "-m", "reports.build", "--runs", str(tmp_path / "runs"), "--out", str(out)]
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, timeout=100, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        made.append({path.name: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()})
    assert made[0] == made[1]
    texts = {"index.html", "methods.md", "references.bib", "tables.csv", "tables.md", "tables.tex", "cases.csv"}
    assert texts | {"table-1-case_scores.svg"} <= set(made[0])
    assert "Entropie für N → ∞" in made[0]["index.html"].decode()

"""The commands of docs/add-a-method.md lead from nothing to a row in the table, as they stand there."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from pathlib import Path

import pytest

from tests.benchmark.conftest import few_patients
from tests.thin_network import thin_network

PAGE = Path(__file__).resolve().parents[1] / "docs" / "add-a-method.md"
WRITES = {"benchmark.run": "--out=runs", "benchmark.sweep": "--out=runs", "benchmark.status": "--out=runs"}
"""Where commands that a reader leaves to their usual folder write in this test."""


def blocks() -> list[tuple[str, str]]:
    """Return the language and text of each code block in order."""
    return re.findall(r"```(\w*)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def commands(text: str) -> list[list[str]]:
    return [shlex.split(line)[2:] for line in text.splitlines() if line.startswith("python -m ")]


def test_its_blocks_lead_to_a_row_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = []
    with few_patients(), thin_network():
        for language, text in blocks():
            if language == "toml" and "[[cells]]" in text:
                (tmp_path / "mine.toml").write_text(text)
            for module, *words in commands(text):
                more = [WRITES[module]] if module in WRITES else []
                more += ["--runs=runs", "--out=page"] if module == "reports.build" else []
                assert importlib.import_module(module).command([*words, *more]) == 0, (module, words)
                ran.append(module)
    assert len(ran) == 11
    assert "23 of 23 rules kept, 0 broken" in capsys.readouterr().out
    table = (tmp_path / "page" / "tables.md").read_text()
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
    for row in ("My method", "My method, twin without unlabelled terms", "Mean teacher", "Supervised"):
        assert any(name.startswith(row) for name in rows), (row, rows)
    (seeds,) = {line.split(" | ")[-2] for line in table.splitlines() if line.startswith("| My method |")}
    assert seeds == "1"
    cells = [json.loads(path.read_text())["cell"] for path in (tmp_path / "runs").glob("*-my_method-*/record.json")]
    assert sorted(
        (cell["twin"], cell["seed"], cell["overrides"].get("decay")) for cell in cells if cell["overrides"]
    ) == [(False, 0, 0.9)]
    assert len(cells) == 3

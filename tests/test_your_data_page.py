"""The commands of docs/YOUR-DATA.md do what it says on a folder as it has them, and its words are the commands' own."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest

from benchmark.advise import METHODS
from benchmark.launchers.forecast import Pace
from tests.benchmark.predicting import folders
from tests.benchmark.test_advise import here

PAGE = Path(__file__).resolve().parents[1] / "docs" / "YOUR-DATA.md"
HIPPOCAMPI = Path(os.environ.get("ACTION_BENCH_DATA", "nowhere")) / "nnunet/Dataset004_Hippocampus"
SHORTER = {"quick": "smoke", "10": "2"}
"""What differs from the page: four patients are labelled, and a test has no minutes."""


@pytest.fixture(autouse=True)
def patch(tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    with here(tmp_path) as made:
        paces = dict.fromkeys(("supervised", "supervised_strong", *METHODS), Pace(0.1, 5.0))
        made.setattr("benchmark.advising.planning.Probe", lambda *_: lambda _: paces)
        yield made


def blocks() -> list[list[str]]:
    """Return the lines of each block of the page."""
    return [block.strip().splitlines() for block in PAGE.read_text(encoding="utf-8").split("```")[1::2]]


def commands() -> list[list[str]]:
    lines = (line for block in blocks() for line in block if line.startswith("python -m "))
    return [shlex.split(line)[2:] for line in lines]


def folder_of(root: Path) -> tuple[Path, Path]:
    """Return a folder as the page has it, two of its images to be predicted, and their masks elsewhere."""
    made, masks = folders.volumes(root / "Dataset7_Blocks"), root / "masks"
    for folder in (made / "imagesUn", made / "imagesTs", masks):
        folder.mkdir()
    for case in ("case8", "case9"):
        for path in made.glob(f"imagesTr/{case}_*"):
            shutil.move(path, made / "imagesUn")
    for case in ("case6", "case7"):
        for path in made.glob(f"imagesTr/{case}_*"):
            shutil.move(path, made / "imagesTs")
        shutil.move(made / f"labelsTr/{case}.nii.gz", masks)
    return made, masks


def ran(lines: Sequence[Sequence[str]], meant: Mapping[str, str], runs: Path, code: int = 0) -> None:
    """Run the page's commands as typed, but for the folders that it names and what is SHORTER."""
    for module, *typed in lines:
        words = [SHORTER.get(word, word) for word in typed]
        words = [re.sub("^(FOLDER|RUN|MASKS)", lambda found: meant[found[0]], word) for word in words]
        elsewhere = ["--out", str(runs)] if module in ("benchmark.run", "benchmark.advise") else []
        assert importlib.import_module(module).command([*words, *elsewhere]) == code, words


def test_its_commands_leave_what_it_says(
    tmp_path: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    patch.chdir(tmp_path)
    folder, masks = folder_of(tmp_path)
    before = sorted(path for path in folder.rglob("*"))
    said = commands()
    assert [module for module, *_ in said] == [
        *("data.plan", "data.audit", "benchmark.run", "benchmark.run"),
        *("benchmark.advise", "benchmark.advise", "benchmark.predict", "benchmark.score"),
    ]
    plan, audit, run, _, priced, _, predict, score = said  # the runs that the page calls longer are tested elsewhere
    runs, meant = tmp_path / "runs", {"FOLDER": str(folder), "MASKS": str(masks)}
    ran([plan], meant, runs)
    ran([audit], meant, runs, code=1)  # for these blocks are nearly alike, which is a leak
    ran([run, priced], meant, runs)
    out = capsys.readouterr().out
    assert (tmp_path / "plans/blocks.json").is_file() and "2 without masks train unlabelled; drawn by seed 0" in out
    (one,) = (path.parent for path in runs.glob("*/record.json"))
    assert str(one) in out and "price" in out and not (runs / "advice").exists()
    ran([predict, score], {**meant, "RUN": str(one)}, runs)
    left = {path.name for path in (tmp_path / "predicted").iterdir()}
    assert left >= {"case6.nii.gz", "case7.nii.gz", "model-card.md"}
    (table,) = (tmp_path / "predicted").glob("scores-*.csv")
    assert {*pd.read_csv(table)["case"]} == {"case6", "case7"}
    assert sorted(path for path in folder.rglob("*")) == before


@pytest.mark.skipif(not HIPPOCAMPI.is_dir(), reason="ACTION_BENCH_DATA names no folder with nnunet/ in it")
def test_its_words_are_those_of_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quoted = [" ".join(block[0].split()) for block in blocks() if len(block) == 1 and not block[0].startswith("python")]
    assert len(quoted) == 2
    ran([line for line in commands() if line[0] in ("data.plan", "data.audit")], {"FOLDER": str(HIPPOCAMPI)}, tmp_path)
    said = " ".join(capsys.readouterr().out.split())
    assert [words for words in quoted if words not in said] == []
    shown = [word for line in blocks()[0] for word in line.split() if "." in word]
    assert [name for name in shown if not (HIPPOCAMPI / name.removeprefix("hippocampi/")).exists()] == []

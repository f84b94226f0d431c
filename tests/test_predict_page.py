"""The commands of docs/PREDICT.md do what it says, on a run of seconds."""

from __future__ import annotations

import importlib
import shlex
from pathlib import Path

import pytest

from tests.benchmark.predicting import folders

PAGE = Path(__file__).resolve().parents[1] / "docs" / "PREDICT.md"
LEFT = {
    "predicted": {"CASE.nii.gz", "OTHER.nii.gz"},
    "one": {"CASE.nii.gz", "CASE.npz", "uncertainty/CASE.nii.gz"},
    "together": {"CASE.nii.gz", "OTHER.nii.gz"},
    "exported": {"network.pt", "weights.safetensors"},
}
"""What each folder of the page's commands holds beside card and words."""


def commands() -> list[list[str]]:
    text, lines = PAGE.read_text(encoding="utf-8").split("```"), list[list[str]]()
    for block in text[1::2]:
        lines += [shlex.split(line)[2:] for line in block.splitlines() if line.startswith("python -m ")]
    return lines


def test_its_commands_leave_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = folders.planned_at(folders.volumes(tmp_path / "Blocks"))
    runs = [folders.trained(plan, tmp_path / "runs", seed, updates=2) for seed in (0, 1)]
    images = folders.test_images(plan, tmp_path / "images")
    case, other = sorted({path.name[:-12] for path in images.iterdir()})
    meant = {"RUN": str(runs[0]), "RUN2": str(runs[1]), "IMAGES": str(images)}
    meant["IMAGES/CASE_0000.nii.gz"] = f"{images}/{case}_0000.nii.gz"
    monkeypatch.chdir(tmp_path)
    said = commands()
    assert len(said) == 5
    for module, *words in said:
        assert importlib.import_module(module).command([meant.get(word, word) for word in words]) == 0
    for folder, names in LEFT.items():
        left = {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()}
        left -= {"predictions.json"}
        named = {name.replace("CASE", case).replace("OTHER", other) for name in names}
        assert left == {*named, "model-card.md"}

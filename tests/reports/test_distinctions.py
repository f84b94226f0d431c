"""Lines that differ in a field name its value, every one of them, whether it was asked for or came with a preset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reports.distinctions import learning
from reports.summary import group
from results.store import LoadedRecord
from results.writing import write_json
from tests.results.made import save


def resolved(root: Path, name: str, config: dict[str, Any], **cell: Any) -> LoadedRecord:
    loaded = save(root, id=name, size=64, **cell)
    schedule = {"size": 64, "updates": 20, "augmentation": "mri", "tuned": {"lr": 9}}
    write_json(loaded.folder / "cell.json", {"schedule": schedule, "config": config})
    return loaded


def labels(records: list[LoadedRecord]) -> list[str]:
    (one,) = group(records)
    return [line.label for line in one.lines]


def test_a_line_without_the_override_names_its_value_too(tmp_path: Path) -> None:
    one = resolved(tmp_path, "a", {"lr": 0.03, "decay": 0.99})
    other = resolved(tmp_path, "b", {"lr": 0.1, "decay": 0.99}, overrides={"lr": 0.1})
    assert sorted(labels([one, other])) == ["Supervised, lr=0.03", "Supervised, lr=0.1"]


def test_a_value_that_came_with_a_preset_is_named_where_nothing_was_asked_for(tmp_path: Path) -> None:
    made = [resolved(tmp_path, f"c{lr}", {"lr": lr}) for lr in (0.01, 0.03)]
    assert sorted(labels(made)) == ["Supervised, lr=0.01", "Supervised, lr=0.03"]


def test_more_fields_than_a_label_holds_are_told_by_the_cell(tmp_path: Path) -> None:
    made = [resolved(tmp_path, f"x-{seed}", {f"f{k}": seed for k in range(5)}) for seed in (1, 2)]
    assert sorted(labels(made)) == ["Supervised, cell 1", "Supervised, cell 2"]


def test_what_methods_learn_by_is_told_once_or_with_whose_it_is(tmp_path: Path) -> None:
    made = [
        resolved(tmp_path, "a", {"lr": 0.03, "momentum": 0.9}),
        resolved(tmp_path, "b", {"lr": 0.03, "momentum": 0.9}, method="em", title="EM"),
        resolved(tmp_path, "c", {"lr": 0.01, "momentum": 0.9}, method="cps", title="CPS"),
    ]
    (one,) = group(made)
    assert learning(one.lines) == ["lr 0.03 for 2 rows, 0.01 for CPS", "momentum 0.9", "augmentation mri"]

"""What a table explains to its reader is so of the very rows that it is said of."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.answer import answer
from reports.findings import find
from reports.section import Scene
from reports.summary import group
from results.record import StageInfo
from results.store import LoadedRecord
from results.writing import write_json
from tests.results.made import save

LONGER = {"updates": 3000}
MRI = {"augmentation": "mri", "scaling": "percentile"}
GEOMETRIC = {"augmentation": "geometric", "scaling": "minmax"}


def notes(records: list[LoadedRecord], begin: str) -> list[str]:
    (one,) = group(records)
    return [note for note in answer(Scene(find(one), {}, "table-1")).notes if note.startswith(begin)]


def made(root: Path, name: str, dice: float, recipe: dict[str, str] = MRI, **cell: object) -> LoadedRecord:
    loaded = save(root, dice, id=name, pictures=False, size=64, **cell)
    write_json(loaded.folder / "cell.json", {"schedule": {"size": 64, **recipe}, "config": {"lr": 0.01}})
    return loaded


def test_a_ceiling_of_the_rows_own_schedule_and_recipe_is_told_to_be_near(tmp_path: Path) -> None:
    (note,) = notes([made(tmp_path, "few", 0.6), made(tmp_path, "all", 0.61, labeled=70)], "All labels reach")
    assert note.startswith("All labels reach 66.6 and these few 65.6: at this schedule ")


@pytest.mark.parametrize("other", [{"overrides": LONGER}, {"backbone": "resnet18"}, {"recipe": GEOMETRIC}])
def test_a_ceiling_at_another_schedule_network_or_recipe_bounds_nothing(
    tmp_path: Path, other: dict[str, object]
) -> None:
    records = [made(tmp_path, "few", 0.6), made(tmp_path, "all", 0.5, labeled=70, **other)]  # type: ignore[arg-type]
    assert notes(records, "All labels reach") == []


def test_a_higher_ceiling_of_another_recipe_is_above_one_that_is_near(tmp_path: Path) -> None:
    near = [made(tmp_path, "few", 0.6), made(tmp_path, "all", 0.6, labeled=70)]
    assert len(notes(near, "All labels reach")) == 1
    higher = made(tmp_path, "higher", 0.8, GEOMETRIC, labeled=70, overrides=GEOMETRIC)
    assert notes([*near, higher], "All labels reach") == []


@pytest.mark.parametrize(("updates", "said"), [((1, 1, 10), 1), ((1, 1, 2), 0), ((2, 2, 2), 0), ((20, 20, 960), 0)])
def test_stages_are_cut_where_the_last_one_has_what_they_lack(
    tmp_path: Path, updates: tuple[int, ...], said: int
) -> None:
    stages = tuple(StageInfo(name=str(place), updates=count) for place, count in enumerate(updates))
    one = made(tmp_path, "a", 0.6, method="action", title="ACTION")
    loaded = LoadedRecord(one.record.model_copy(update={"stages": stages}), one.folder)
    assert len(notes([loaded], "Updates such as")) == said

"""Runs whose records say that they were trained or scored otherwise are no seeds of one row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reports.alike import same_convention
from reports.summary import Group, group
from results.record import StageInfo
from results.store import LoadedRecord
from results.writing import write_json
from tests.results.made import save


def told(loaded: LoadedRecord, **values: object) -> LoadedRecord:
    return replace(loaded, record=loaded.record.model_copy(update=values))


def two(root: Path, **values: tuple[object, object]) -> list[Group]:
    """Return the tables of two seeds, of which each record holds its own of the values."""
    made = [save(root, id=f"s{seed}", seed=seed) for seed in (0, 1)]
    return group([told(one, **{name: pair[seed] for name, pair in values.items()}) for seed, one in enumerate(made)])


def labels(groups: list[Group]) -> list[list[str]]:
    return [[line.label for line in one.lines] for one in groups]


STAGES = tuple((StageInfo(name="train", updates=updates),) for updates in (20, 2000))


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        ({"updates": (20, 2000), "stages": STAGES}, ["Supervised, 20 updates", "Supervised, 2,000 updates"]),
        (
            {"convention": ({"name": "default"}, {"name": "action"})},
            ["Supervised, convention default", "Supervised, convention action"],
        ),
        ({"parameters": (1000, 9_000_000)}, ["Supervised, 1,000 weights", "Supervised, 9,000,000 weights"]),
        ({"labeled_patients": (("p1",), ("p7",))}, ["Supervised, labelled p1", "Supervised, labelled p7"]),
    ],
    ids=["updates", "convention", "parameters", "labelled patients"],
)
def test_what_records_say_parts_rows_that_tell_it(tmp_path: Path, values: dict, rows: list[str]) -> None:
    assert labels(two(tmp_path, **values)) == [rows]


def test_updates_are_not_mixed_where_only_one_run_keeps_its_cells_values(tmp_path: Path) -> None:
    made = [save(tmp_path, id=f"s{seed}", seed=seed) for seed in (0, 1)]
    write_json(made[0].folder / "cell.json", {"schedule": {"updates": 2000}, "config": {"lr": 0.03}})
    (one,) = group([told(made[0], updates=2000, stages=STAGES[1]), made[1]])
    assert sorted((line.updates, len(line.records)) for line in one.lines) == [("2,000", 1), ("20", 1)]


def test_a_draw_by_seed_and_another_order_of_patients_are_one_row(tmp_path: Path) -> None:
    assert labels(two(tmp_path / "a", labeled_patients=(("p1", "p2"), ("p2", "p1")))) == [["Supervised"]]
    made = [save(tmp_path / "b", id=f"s{seed}", seed=seed, label_draw="random") for seed in (0, 1)]
    drawn = [told(one, labeled_patients=(f"p{seed}",)) for seed, one in enumerate(made)]
    assert [len(line.records) for one in group(drawn) for line in one.lines] == [2]


def test_structures_and_test_patients_make_tables_of_their_own(tmp_path: Path) -> None:
    orders = (("RV", "Myo", "LV"), ("LV", "Myo", "RV"))
    assert labels(two(tmp_path / "a", structures=orders)) == [["Supervised"]]
    parted = two(tmp_path / "b", structures=(orders[0], ("RV", "LV")))
    assert [one.title for one in parted] == ["acdc (structures RV, Myo, LV)", "acdc (structures RV, LV)"]
    sizes = save(tmp_path / "c").record.patients
    more = sizes.model_copy(update={"test": 4})
    assert [one.title for one in two(tmp_path / "d", patients=(sizes, more))] == [
        "acdc (2 test patients)",
        "acdc (4 test patients)",
    ]


def test_a_row_of_a_table_with_two_conventions_names_its_own(tmp_path: Path) -> None:
    made = [save(tmp_path, id="a"), save(tmp_path, id="b", method="em", title="EM")]
    one = group([made[0], told(made[1], convention={"name": "action"})])
    assert labels(one) == [["Supervised, convention default", "EM, convention action"]]


def test_an_older_record_of_a_convention_holds_fewer_fields_of_it() -> None:
    older = {"name": "default", "missed": {"overlap": 0.0}}
    newer = {
        "name": "default",
        "missed": {"overlap": 0.0, "hd95": None},
        "source": "docs/DESIGN.md",
        "resize": "logits",
    }
    assert same_convention(older, newer) and same_convention(newer, {**newer, "source": "elsewhere"})
    assert not same_convention(newer, {**newer, "missed": {"overlap": 0.0, "hd95": 1.0}})
    assert not same_convention(newer, {**newer, "resize": "labels"})


def test_a_twin_of_other_updates_gives_no_gain(tmp_path: Path) -> None:
    made = [save(tmp_path, id=name, method="em", title="EM", twin=name == "twin") for name in ("em", "twin")]
    for values, gives in ({}, True), ({"updates": 2000, "stages": STAGES[1]}, False):
        (one,) = group([made[0], told(made[1], **values)])
        (line,), (twin,) = (
            [line for line in one.lines if line.first.cell.twin == is_twin] for is_twin in (False, True)
        )
        assert twin.is_twin_of(line) == gives

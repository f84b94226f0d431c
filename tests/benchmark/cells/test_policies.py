"""A cell's augmentation policy: its values are kept, and ``official`` asks for the released loader's."""

from dataclasses import replace
from typing import Any, cast

import pytest

from benchmark.cells.augmentation import POLICIES, values_of
from benchmark.cells.cell import Cell, Wish, resolve_cell
from data.catalog import find
from data.source import Source
from data.views import Policy


@pytest.fixture(scope="module")
def source() -> Source:
    return find("phantom")


def cell(source: Source, **wish: Any) -> Cell:
    return resolve_cell(Wish(**{"method": "supervised", "preset": "smoke", **wish}), source, "cpu")


def test_a_policy_that_changes_under_its_name_is_another_cell(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cell(source)
    assert before.policy == values_of("mri") and before.schedule.augmentation == "mri"
    other = replace(POLICIES["mri"], weak=None)
    monkeypatch.setitem(cast(dict[str, Policy], POLICIES), "mri", other)
    assert cell(source).id != before.id
    assert cell(source).schedule == before.schedule


def test_a_cell_of_before_policies_were_kept_is_no_cell_of_today(source: Source) -> None:
    made = cell(source)
    values = made.model_dump(exclude={"policy": True, "schedule": {"resizing", "test_resizing"}})
    older = Cell.model_validate(values)
    assert older.policy is None and older.schedule == made.schedule
    assert older.id != made.id


@pytest.mark.parametrize(
    ("method", "augmentation", "resizing"),
    [("action", "action", "cubic"), ("action_plus", "action", "cubic"), ("fixmatch", "fixmatch", "nearest")],
)
def test_official_asks_for_its_own_loader(source: Source, method: str, augmentation: str, resizing: str) -> None:
    official, fixed = (cell(source, method=method, fidelity=name).schedule for name in ("official", "fixed"))
    assert (official.augmentation, official.resizing, official.test_resizing) == (augmentation, resizing, "nearest")
    assert (fixed.augmentation, fixed.resizing, fixed.test_resizing) == ("mri", "smooth", "smooth")


def test_what_a_user_sets_goes_before_what_official_asks_for(source: Source) -> None:
    official = cell(source, method="action", fidelity="official", set={"augmentation": "mri"})
    assert (official.schedule.augmentation, official.schedule.resizing) == ("mri", "cubic")
    assert official.policy == values_of("mri")


def test_every_policy_can_be_asked_for_and_kept(source: Source) -> None:
    for name in POLICIES:
        made = cell(source, set={"augmentation": name})
        assert made.policy == values_of(name)
        assert Cell.model_validate_json(made.model_dump_json()) == made

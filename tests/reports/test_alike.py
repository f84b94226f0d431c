"""Runs are told apart by what their cells resolved to: a twin of another time gives no gain."""

from pathlib import Path

import pytest

from methods import registry
from reports.alike import TWIN
from reports.findings import find
from reports.main_table import main_table
from reports.summary import group
from results.store import Store
from results.writing import write_json
from tests.results.made import save

CONFIG = {"lr": 0.01, "weight": 0.1}
SCHEDULE = {"size": 64, "tuned": {"weight": 0.1}}
POLICY = {"weak": None}


def run(root: Path, dice: float, twin: bool = False, **values: object) -> None:
    """Save a run of Mean teacher whose cell resolved to values, its id by how many there are."""
    count = len(list(root.glob("*")))
    loaded = save(root, dice, id=f"r{count}", method="mean_teacher", title="Mean teacher", twin=twin)
    config = {**CONFIG, "weight": 0.0} if twin else CONFIG
    write_json(loaded.folder / "cell.json", {"config": config, "schedule": SCHEDULE, "policy": POLICY, **values})


def gains(root: Path) -> list[str]:
    (one,) = group(Store(root).records())
    return [row.gain for row in main_table(find(one), None).rows if not row.line.first.cell.twin]


@pytest.mark.parametrize(
    "values",
    [
        {"policy": None},
        {"schedule": {"size": 128}},
        {"config": {"lr": 0.02, "weight": 0.0}},
        {"config": {"lr": 0.01, "weight": 0.05}},
    ],
    ids=str,
)
def test_a_twin_with_another_policy_schedule_or_config_gives_no_gain(tmp_path: Path, values: dict) -> None:
    run(tmp_path, 0.7)
    run(tmp_path, 0.5, twin=True, **values)
    assert gains(tmp_path) == [""]


def test_of_two_twins_the_one_with_the_same_values_is_subtracted(tmp_path: Path) -> None:
    run(tmp_path, 0.7)
    run(tmp_path, 0.3, twin=True, policy=None)
    run(tmp_path, 0.5, twin=True, schedule={**SCHEDULE, "tuned": {"weight": 0.2}})  # a tip for others is no value
    assert gains(tmp_path) == ["+20.0"]


def test_a_twins_own_fields_are_those_of_the_registered_methods() -> None:
    found = {field: value for one in registry.entries().values() for field, value in one.cls.twin.items()}
    assert dict(TWIN) == found

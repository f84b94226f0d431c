"""A folder's slices are no larger than they are and upright where files say how they lie; what is said goes first."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmark.cells.augmentation import values_of
from benchmark.cells.cell import Cell, Wish, resolve_cell
from benchmark.training.pools import Pools
from data.catalog import find
from data.presets import size_for
from tests.benchmark.predicting import folders


def cell(plan: Path, **said: object) -> Cell:
    wish = Wish(method="supervised", dataset=str(plan), preset="quick", labeled=2, set=said)
    return resolve_cell(wish, find(str(plan)), "cpu")


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    return folders.planned_at(folders.volumes(tmp_path / "Blocks"))


@pytest.mark.parametrize(
    ("longest", "side"), [(1, 32), (32, 32), (33, 64), (59, 64), (127, 128), (128, 128), (512, 128)]
)
def test_a_presets_size_is_the_most_and_steps_are_of_32(longest: int, side: int) -> None:
    assert size_for(128, {"longest": longest}) == side
    assert size_for(128, {}) == size_for(128, None) == 128


def test_volumes_of_30_pixels_train_at_32_and_are_not_turned(volumes: Path) -> None:
    found = cell(volumes)
    assert (found.schedule.size, found.schedule.augmentation) == (32, "upright")
    assert found.policy == values_of("upright") and found.policy["geometry"]["turns"] == 0
    assert found.reading is not None and (found.reading["longest"], found.reading["upright"]) == (30, True)
    pool = Pools(found, find(str(volumes)), torch.device("cpu")).labeled()
    assert pool.images.shape[-2:] == (32, 32)


def test_what_is_said_holds(volumes: Path) -> None:
    found = cell(volumes, size=64, augmentation="mri", fit="stretch")
    assert (found.schedule.size, found.schedule.augmentation, found.schedule.fit) == (64, "mri", "stretch")
    assert found.policy == values_of("mri")
    assert cell(volumes, augmentation="geometric").schedule.augmentation == "geometric"


def test_pictures_say_not_how_they_lie_and_are_turned(tmp_path: Path) -> None:
    found = cell(folders.planned_at(folders.pictures(tmp_path / "slides")))
    assert (found.schedule.size, found.schedule.augmentation) == (64, "mri")  # of 40 pixels


def test_data_sets_of_papers_keep_their_presets() -> None:
    wish = Wish(method="supervised", dataset="phantom", preset="quick", labeled=3)
    found = resolve_cell(wish, find("phantom"), "cpu")
    assert (found.schedule.size, found.schedule.augmentation) == (128, "mri")

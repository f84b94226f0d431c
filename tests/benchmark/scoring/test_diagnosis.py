"""The look inside a method: known values on a toy, snapshots that survive, nothing that training could see."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from benchmark.scoring.diagnosis import Diagnosis
from benchmark.training.snapshots import LOOKS, Snapshots, kept_updates, weights_of
from data.pool import Pool
from methods.base import Inspected

CLASSES = ("background", "RV", "LV")


class Grey(nn.Module):
    """Takes the grey value as the class, with a confidence that falls with its weight."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(20.0))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        centres = torch.arange(3.0).view(1, 3, 1, 1)
        return -self.scale * (images - centres).square()


class Position(nn.Module):
    """Gives each pixel the unit vector of its grey value."""

    def forward(self, images: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
        return nn.functional.one_hot(images.flatten()[pixels].long(), 4).float()


def pool(masks: torch.Tensor, images: torch.Tensor) -> Pool:
    count = len(masks)
    return Pool(
        images.float().unsqueeze(1), masks.to(torch.uint8), torch.zeros(count).long(), torch.zeros(count), ("a",)
    )


def truth() -> torch.Tensor:
    return torch.tensor([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 0, 0], [2, 2, 0, 0]]).unsqueeze(0)


def tables(inspected: Inspected, images: torch.Tensor, folder: Path):
    snapshots = Snapshots(folder)
    snapshots.keep(10, weights_of(inspected))
    made = Diagnosis(inspected, pool(truth(), images), CLASSES, torch.autocast("cpu", enabled=False))
    return made.tables(snapshots, np.random.default_rng(0))


def value(table, quantity: str, structure: str, other: str = "") -> float:
    mine = (table["quantity"] == quantity) & (table["structure"] == structure) & (table["other"] == other)
    return float(table[mine]["value"].iloc[0])


def test_right_and_sure_pseudo_labels_score_one(tmp_path: Path) -> None:
    table = tables(Inspected(Grey(), 0.97), truth(), tmp_path)["diagnosis"]
    for structure in CLASSES[1:]:
        assert value(table, "pseudo_dice", structure) == 1
        assert value(table, "confident_share", structure) == 1
        assert value(table, "confident_right", structure) == 1


def test_half_of_a_structure_called_background_is_found_out(tmp_path: Path) -> None:
    images = truth()
    images[0, 0] = 0  # the upper half of the RV
    table = tables(Inspected(Grey(), 0.97), images, tmp_path)["diagnosis"]
    assert value(table, "pseudo_dice", "RV") == pytest.approx(2 * 2 / (2 + 4))
    assert value(table, "confident_right", "background") == pytest.approx(8 / 10)


def test_means_of_classes_far_apart_share_their_negatives_evenly(tmp_path: Path) -> None:
    found = tables(Inspected(Grey(), 0.97, Position(), 0.5), truth(), tmp_path)
    table, plane = found["diagnosis"], found["embedding"]
    assert value(table, "similarity", "RV", "RV") == pytest.approx(1)
    assert value(table, "similarity", "RV", "LV") == pytest.approx(0)
    assert value(table, "negative_share", "RV", "LV") == pytest.approx(0.5)
    assert value(table, "negative_share", "RV", "RV") == 0
    assert set(plane["structure"]) == set(CLASSES)
    assert plane[["x", "y"]].drop_duplicates().round(6).shape[0] == 3


def test_snapshots_come_back_and_go(tmp_path: Path) -> None:
    inspected = Inspected(Grey(), 0.97)
    snapshots = Snapshots(tmp_path / "s")
    for update in (5, 1000):
        with torch.no_grad():
            inspected.labeler.scale.fill_(update)
        snapshots.keep(update, weights_of(inspected))
    assert snapshots.updates() == [5, 1000]
    assert snapshots.load(5, torch.device("cpu"))["labeler"]["scale"].item() == 5
    snapshots.discard()
    assert not (tmp_path / "s").exists()
    assert snapshots.updates() == []


def test_the_last_point_is_kept_and_the_others_lie_evenly() -> None:
    assert kept_updates(list(range(100, 1100, 100)), LOOKS) == {200, 400, 600, 800, 1000}
    assert len(kept_updates(list(range(1, 151)), LOOKS)) == LOOKS
    assert kept_updates([7], LOOKS) == {7}
    assert kept_updates([], LOOKS) == frozenset()

"""Masks that are wrong or can hardly be right, each planted in a clean folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.auditing.toy import SIDES, audit, clean, one, planned_at, told, usual

NAMES = [f"case_{number:03d}" for number in range(14)]
SPLIT = {"train": tuple(NAMES[:9]), "val": tuple(NAMES[9:10]), "test": tuple(NAMES[10:])}


def test_values_outside_the_plan_are_named(tmp_path: Path, plans: Path) -> None:
    toy = clean()
    toy.masks["case_003"][0, 0, 0], toy.masks["case_008"][0, 0, :2] = 7, (7, 9)
    found = one(audit(toy.write(tmp_path / "toy")), "label values")
    assert (found.severity, found.cases) == ("error", ("case_003", "case_008"))
    assert "values that the plan does not name, 7, 9" in found.what


def test_values_that_are_no_whole_numbers_are_an_error_of_the_mask(tmp_path: Path, plans: Path) -> None:
    toy = clean()
    toy.masks["case_003"] = toy.masks["case_003"].astype(np.float32) * 0.5
    found = one(audit(toy.write(tmp_path / "toy")), "mask unreadable")
    assert (found.severity, found.cases) == ("error", ("case_003",))


@pytest.mark.parametrize(
    ("sides", "severity", "words"),
    [
        (("train",), "error", "right is in no training case, and in "),
        (("train", "val", "test"), "error", "right is in no training case, and in no other"),
        (("test",), "warning", "right is in no test case, and in training ones"),
        (("val", "test"), "warning", "right is in no test and no validation case, and in training ones"),
    ],
)
def test_a_structure_that_a_side_lacks(
    tmp_path: Path, plans: Path, sides: tuple[str, ...], severity: str, words: str
) -> None:
    toy = clean(NAMES)
    for side in sides:
        for name in SPLIT[side]:
            toy.masks[name][toy.masks[name] == 2] = 0
    folder = toy.write(tmp_path / "toy")
    planned_at(folder, **SPLIT)
    found = [one for one in audit(folder).findings if one.what.startswith("right is in no")]
    assert [(one.severity, one.what.startswith(words)) for one in found] == [(severity, True)]


@pytest.mark.parametrize("factor", [0.25, 2.2])
def test_a_volume_far_from_the_median_is_told(tmp_path: Path, plans: Path, factor: float) -> None:
    toy = clean()
    mask = toy.masks["case_006"]
    at = np.argwhere(mask == 1).mean(0).reshape(3, 1, 1, 1)
    radii = factor ** (1 / 2) * np.array([4.0, 6.0, 5.0]).reshape(3, 1, 1, 1)
    mask[mask == 1] = 0
    mask[((((np.indices(SIDES) - at) / radii) ** 2).sum(0) < 1) & (mask == 0)] = 1
    found = one(audit(toy.write(tmp_path / "toy")), "odd volume")
    assert (found.severity, found.cases) == ("warning", ("case_006",))
    assert found.what == "the volume of left is far from the median in case_006"


def test_one_case_that_lacks_a_structure_and_one_whose_mask_is_empty(tmp_path: Path, plans: Path) -> None:
    toy = clean()
    toy.masks["case_003"][toy.masks["case_003"] == 1] = 0
    found = one(audit(toy.write(tmp_path / "toy")), "structure missing")
    assert (found.severity, found.cases) == ("warning", ("case_003",))
    toy.masks["case_003"][:] = 0
    assert one(audit(toy.write(tmp_path / "again")), "empty mask").cases == ("case_003",)


def test_stray_voxels_and_torn_structures_are_fragments(tmp_path: Path, plans: Path) -> None:
    for kind in ("stray", "torn"):
        toy = clean()
        mask = toy.masks["case_004"]
        if kind == "stray":
            mask[0, 2, 2] = 1
        else:
            row = round(np.argwhere(mask == 1).mean(0)[1])
            mask[:, row : row + 2][mask[:, row : row + 2] == 1] = 0
        found = one(audit(toy.write(tmp_path / kind)), "fragments")
        assert (found.severity, found.cases) == ("warning", ("case_004",))


@pytest.mark.parametrize("shift", [(6, 0), (0, -6), (-9, 9), (16, 0), (0, 12)])
def test_a_mask_that_is_shifted_against_its_image_is_told(tmp_path: Path, plans: Path, shift: tuple[int, int]) -> None:
    toy = clean()
    toy.masks["case_007"] = np.roll(toy.masks["case_007"], shift, (1, 2))
    found = one(audit(toy.write(tmp_path / "toy")), "mask beside its structure")
    assert (found.severity, found.cases) == ("warning", ("case_007",))


def test_left_and_right_swapped_is_an_error_and_of_other_names_a_warning(tmp_path: Path, plans: Path) -> None:
    for names, severity in (({"left": 1, "right": 2}, "error"), ({"RV": 1, "LV": 2}, "warning")):
        toy = clean()
        toy.labels = {"background": 0, **names}
        toy.masks["case_002"] = np.array([0, 2, 1], np.uint8)[toy.masks["case_002"]]
        report = audit(toy.write(tmp_path / severity))
        assert told(report) == [(severity, "left and right")]
        assert one(report, "left and right").cases == ("case_002",)


def test_names_against_the_body_in_all_cases_are_told(tmp_path: Path, plans: Path) -> None:
    toy = clean()
    toy.labels = {"background": 0, "right lung": 1, "left lung": 2}  # columns run to the right, and right comes first
    report = audit(toy.write(tmp_path / "toy"))
    assert told(report) == [("warning", "left and right")]
    assert one(report, "left and right").what.startswith("left lung lies to the body's right of right lung")


def test_images_cut_around_their_structures_are_told(tmp_path: Path, plans: Path) -> None:
    toy = clean()
    for name, mask in toy.masks.items():
        there = np.argwhere(mask > 0)
        low, high = there.min(0), there.max(0) + 1
        middle = (low + high) // 2
        cut = tuple(slice(max(0, m - half), m + half) for m, half in zip(middle, (5, 12, 16), strict=True))
        toy.images[name], toy.masks[name] = toy.images[name][cut], mask[cut]
    found = one(audit(toy.write(tmp_path / "toy")), "label-centred crops")
    assert (found.severity, found.cases) == ("warning", ())
    assert "all 14 masked images" in found.what
    assert found.why == "where to look was told by the masks, so Dice on these images is not Dice on whole scans"


def test_a_tiny_structure_beside_a_large_one_is_imbalance(tmp_path: Path, plans: Path) -> None:
    toy = clean()
    for mask in toy.masks.values():
        at = tuple(np.argwhere(mask == 2).mean(0).round().astype(int))
        mask[mask == 2] = 0
        mask[at] = 2
    found = one(audit(toy.write(tmp_path / "toy")), "class imbalance")
    assert found.severity == "note"
    left = sum(int((toy.masks[name] == 1).sum()) for name in train_of(plans))
    assert found.what.endswith(f"left {left / len(train_of(plans)):.0f} times as many")


def train_of(plans: Path) -> list[str]:
    from data.folders.plan import read_plan

    return list(read_plan(plans / "toy.json").train)


def test_masks_on_other_voxels_than_their_image_are_an_error_of_both_values(tmp_path: Path, plans: Path) -> None:
    toy = clean()
    toy.mask_affines["case_005"] = usual() @ np.array([[1, 0, 0, 4], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    found = one(audit(toy.write(tmp_path / "toy")), "image and mask disagree")
    assert (found.severity, found.cases) == ("error", ("case_005",))
    assert "the mask's first voxel lies at (4, 0, 0) mm, the image's at (0, 0, 0) mm" in found.what

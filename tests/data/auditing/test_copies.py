"""Equal and nearly equal images of two patients, on two sides and on one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from data.auditing import matching
from data.auditing.copies import ALIKE, near_images
from data.auditing.look import Look
from data.auditing.pictures import pictures_of, stride_for
from tests.data.auditing.toy import Toy, audit, clean, one, planned_at, told

NAMES = [f"case_{number:03d}" for number in range(14)]
SPLIT = {"train": tuple(NAMES[:9]), "val": tuple(NAMES[9:10]), "test": tuple(NAMES[10:])}
COPIES = ("equal images", "equal slices", "nearly equal images")
NOISE = 0.05  # of the range of grey values
Change = Callable[[np.ndarray], np.ndarray]


def noisy(image: np.ndarray) -> np.ndarray:
    return (image + np.random.default_rng(5).normal(0, NOISE * np.ptp(image), image.shape)).astype(np.float32)


def copied(source: str, target: str, change: Change) -> Toy:
    """Return a folder in which one case is another's copy, its mask moved along."""
    toy = clean(NAMES)
    toy.images[target] = np.ascontiguousarray(change(toy.images[source]))
    toy.masks[target] = np.zeros(toy.images[target].shape, np.uint8)
    toy.masks[target][4:8, 10:20, 5:12], toy.masks[target][4:8, 10:20, 15:22] = 1, 2
    return toy


def test_an_image_on_two_sides_is_a_leak_and_on_one_a_warning(tmp_path: Path, plans: Path) -> None:
    for target, severity in (("case_011", "leak"), ("case_009", "leak"), ("case_004", "warning")):
        folder = copied("case_002", target, lambda image: image).write(tmp_path / target)
        planned_at(folder, **SPLIT, dataset=f"toy-{target[5:]}")
        found = one(audit(folder), "equal images")
        assert (found.severity, found.cases) == (severity, ("case_002", target))


def test_one_equal_slice_is_found_and_said_to_be_one(tmp_path: Path, plans: Path) -> None:
    toy = clean(NAMES)
    toy.images["case_012"][5] = toy.images["case_003"][7]
    folder = toy.write(tmp_path / "toy")
    planned_at(folder, **SPLIT)
    report = audit(folder)
    assert ("leak", "equal images") not in told(report)
    assert (one(report, "equal slices").severity, one(report, "equal slices").cases) == (
        "leak",
        ("case_003", "case_012"),
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image[:, :, ::-1],
        lambda image: image[:, ::-1],
        lambda image: image[::-1],
        lambda image: np.rot90(image, 1, (1, 2)),
        lambda image: np.rot90(image[:, ::-1], 3, (1, 2)),
        lambda image: 37 * image + 1100,
        lambda image: -image,
        lambda image: np.sqrt(image - image.min()),
        noisy,
        lambda image: image[:, 4:44, 3:43],
        lambda image: image[:, 0:36, 12:48],
        lambda image: image[2:-2],
        lambda image: np.pad(image, ((0, 0), (5, 2), (0, 7)), mode="reflect"),
        lambda image: noisy(3 * np.rot90(image[:, 5:45, 2:42], 1, (1, 2))),
        lambda image: ndimage.zoom(image, (1, 1.3, 1.3), order=1),
        lambda image: image.transpose(1, 2, 0)[::-1],
    ],
    ids=[
        "mirrored", "upside-down", "slices-turned", "quarter-turn", "mirrored-and-turned", "rescaled", "negative",
        "gamma", "noisy", "cropped", "a-quarter-cut-off", "slices-cut-off", "padded", "all-at-once", "resized", "axes",
    ],
)  # fmt: skip
def test_a_changed_copy_on_two_sides_is_a_leak_of_these_two_cases(tmp_path: Path, plans: Path, change: Change) -> None:
    folder = copied("case_001", "case_012", change).write(tmp_path / "toy")
    planned_at(folder, **SPLIT)
    found = [(one.severity, one.cases) for one in audit(folder).findings if one.kind in COPIES]
    assert found == [("leak", ("case_001", "case_012"))]


def look(name: str, patient: str, side: str, image: np.ndarray) -> Look:
    pictures = pictures_of(image, stride_for(image.shape))
    return Look(name, patient, side, {}, image.shape, pictures=pictures)  # type: ignore[arg-type]


def slices(count: int, patients: int) -> list[Look]:
    """Return slices of scans, neighbours of which are nearly equal, half of the scans training."""
    found = []
    for patient in range(patients):
        rng = np.random.default_rng(patient)
        grain = ndimage.gaussian_filter(rng.normal(size=(count + 20, 96, 96)), (6, 2, 2))
        for number in range(count):
            side = "train" if patient < patients / 2 else "test"
            image = (1000 * grain[10 + number][None]).astype(np.float32)
            found.append(look(f"scan{patient}_{number}", f"scan{patient}", side, image))
    return found


def test_neighbouring_slices_of_a_scan_are_no_leak_and_across_scans_they_are() -> None:
    some = slices(6, 6)
    assert near_images(some, set()) == []
    torn = [*some[:-1], look("scan5_5", "scan5", "test", np.asarray(some[2].pictures.slices[0], np.float32)[None])]  # type: ignore[union-attr]
    found = near_images(torn, set())
    assert [(one.severity, {"scan0_2", "scan5_5"} <= {*one.cases}) for one in found] == [("leak", True)]
    assert {name.partition("_")[0] for name in found[0].cases} == {"scan0", "scan5"}


def test_many_slices_are_compared_in_blocks_and_only_what_fits_is_laid_on_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    some = slices(10, 30)
    calls = []
    true = matching._overlaid
    monkeypatch.setattr(matching, "_overlaid", lambda *given: (calls.append(1), true(*given))[1])
    assert max((match.alike for match in matching.matches(some)), default=0) < ALIKE
    pairs = 300 * 299
    assert len(calls) < pairs / 10  # of slices, in all their ways


def test_masks_of_two_patients_that_are_equal_are_told(tmp_path: Path, plans: Path) -> None:
    toy = clean(NAMES)
    toy.masks["case_005"] = toy.masks["case_004"]
    found = one(audit(toy.write(tmp_path / "toy")), "equal masks")
    assert (found.severity, found.cases) == ("warning", ("case_004", "case_005"))

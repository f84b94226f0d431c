"""Sizes, units, orientation and grey values that disagree, each planted in a clean folder."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from data.auditing.grids import orientations
from data.auditing.look import Look
from data.auditing.opening import opened
from data.folders.planning import Choices
from data.task import IGNORED
from tests.data.auditing.toy import audit, clean, one, planned_at, told, usual


@pytest.mark.parametrize(
    ("factor", "kind"), [(2.6, "odd spacing"), (0.3, "odd spacing"), (0.1, "units"), (1000, "units"), (0.001, "units")]
)
def test_a_case_whose_sizes_are_off_is_told(tmp_path: Path, plans: Path, factor: float, kind: str) -> None:
    toy = clean()
    toy.affines["case_003"] = usual(factor)
    found = one(audit(toy.write(tmp_path / "toy")), kind)
    assert (found.severity, found.cases) == ("warning", ("case_003",))


@pytest.mark.parametrize(("factor", "units"), [(0.1, "centimetres or metres"), (1000, "micrometres")])
def test_sizes_of_a_whole_set_in_other_units_are_told(tmp_path: Path, plans: Path, factor: float, units: str) -> None:
    toy = clean()
    toy.affines = dict.fromkeys(toy.images, usual(factor))
    report = audit(toy.write(tmp_path / "toy"))
    assert told(report) == [("warning", "units")]
    assert f"all voxel sizes look like {units}" in report.findings[0].what


def test_cases_that_lie_the_other_way_round_are_looked_at_as_a_run_brings_them(tmp_path: Path, plans: Path) -> None:
    toy = clean()
    for name in ("case_002", "case_009"):
        toy.affines[name] = usual() @ np.diag([-1.0, 1, 1, 1])
        toy.masks[name] = np.array([0, 2, 1], np.uint8)[toy.masks[name]]  # so that left stays left in the body
    report = audit(toy.write(tmp_path / "toy"))
    assert told(report) == []
    assert "2 of 14 volumes lie otherwise and are brought to the others" in planned_at(tmp_path / "toy").told["slices"]


def test_cases_that_nothing_brings_to_the_others_are_told() -> None:
    looks = [
        Look(f"case_{number}", "p", "train", {}, axes="LAS" if number in (2, 9) else "RAS") for number in range(14)
    ]
    (found,) = orientations(looks)
    assert (found.severity, found.kind, found.cases) == ("warning", "orientation", ("case_2", "case_9"))
    assert "go LAS, those of most cases RAS" in found.what


def test_a_case_that_no_affine_brings_to_the_others_is_an_error_and_the_rest_is_audited(
    tmp_path: Path, plans: Path
) -> None:
    folder = clean().write(tmp_path / "toy")
    planned_at(folder)
    for path in (folder / "imagesTr/case_004_0000.nii.gz", folder / "labelsTr/case_004.nii.gz"):
        image = nibabel.load(path)
        moved = nibabel.Nifti1Image(np.asarray(image.dataobj).transpose(2, 1, 0), None)
        moved.header.set_zooms((3.0, 1.0, 1.0))
        moved.to_filename(path)
    report = audit(folder)
    found = one(report, "image does not fit")
    assert (found.severity, found.cases) == ("error", ("case_004",))
    assert "its voxels are longest along its columns, those of most" in found.what
    assert report.content is None  # no run takes it


def test_slices_that_nobody_labelled_are_no_background_to_an_audit(tmp_path: Path, plans: Path) -> None:
    folder = clean().write(tmp_path / "toy")
    plan = planned_at(folder, partly={"case_004": (5,)})
    items = {item.name: item for item in opened(str(folder))[0].items}
    mask = items["case_004"].read().mask
    assert mask is not None and [bool((one == IGNORED).all()) for one in mask] == [k != 5 for k in range(len(mask))]
    assert plan.partly == {"case_004": (5,)}


def test_nan_and_constant_images_are_errors_and_constant_slices_a_note(tmp_path: Path, plans: Path) -> None:
    toy = clean()
    toy.images["case_001"][3, 4, 5] = np.nan
    toy.images["case_002"][:] = 7
    toy.images["case_003"][[0, 1]] = 300
    report = audit(toy.write(tmp_path / "toy"))
    found = {finding.kind: (finding.severity, finding.cases) for finding in report.findings}
    assert found["not finite"] == ("error", ("case_001",))
    assert found["constant image"] == ("error", ("case_002",))
    assert found["constant slices"] == ("note", ("case_003",))
    assert report.fails and report.content is None  # no run takes NaN


def test_a_file_that_is_cut_off_is_one_error_and_the_rest_is_audited(tmp_path: Path, plans: Path) -> None:
    folder = clean().write(tmp_path / "toy")
    planned_at(folder)
    path = folder / "imagesTr" / "case_004_0000.nii.gz"
    path.write_bytes(path.read_bytes()[:3000])
    report = audit(folder)
    assert told(report) == [("error", "unreadable")]
    assert report.findings[0].cases == ("case_004",) and str(path) in report.findings[0].what


def test_images_without_a_common_scale_ask_for_one_a_case_where_the_plan_has_one_for_all(
    tmp_path: Path, plans: Path
) -> None:
    toy = clean()
    for number, name in enumerate(toy.images):
        toy.images[name] = toy.images[name] * 10 ** (number % 4)
    folder = toy.write(tmp_path / "toy")
    found = one(audit(folder), "grey scales")
    assert (found.severity, found.cure) == ("note", "nothing")
    planned_at(folder, Choices(window=(0, 1000)))
    found = one(audit(folder), "grey scales")
    assert found.severity == "warning" and found.cure.startswith("normalise per case")

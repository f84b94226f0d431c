"""What the audit says of real ACDC, of the Decathlon's hippocampi, and of slices of livers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.auditing.examination import examined
from data.auditing.opening import opened
from tests.data.auditing.toy import audit, one, told

pytestmark = pytest.mark.slow  # half a minute of CPU time together


@pytest.fixture
def nnunet() -> Path:
    named = os.environ.get("ACTION_BENCH_DATA")
    if not named or not (Path(named) / "nnunet").is_dir():
        pytest.skip("ACTION_BENCH_DATA names no folder with nnunet/")
    return Path(named) / "nnunet"


def test_acdc_has_one_patient_twice_in_training_and_no_leak(acdc_root: Path, plans: Path) -> None:
    report = examined(opened("acdc", acdc_root)[0])
    assert told(report) == [("warning", "equal images"), ("warning", "fragments")]
    assert one(report, "equal images").cases == (
        "patient074_frame01",
        "patient074_frame12",
        "patient076_frame01",
        "patient076_frame12",
    )
    assert one(report, "fragments").cases == ("patient085_frame09",)


def test_hippocampi_are_crops_and_may_be_of_one_person(nnunet: Path, plans: Path) -> None:
    report = audit(nnunet / "Dataset004_Hippocampus")
    assert told(report) == [
        ("warning", "left and right of one person"),
        ("warning", "label-centred crops"),
        ("note", "grey scales"),
    ]
    assert "numbers volumes, not people" in one(report, "left and right of one person").what


def test_slices_of_livers_are_near_equal_within_scans_alone(nnunet: Path, plans: Path) -> None:
    report = audit(nnunet / "Dataset903_LiverSlices")
    assert not report.fails and {"equal images", "nearly equal images"}.isdisjoint(kind for _, kind in told(report))
    assert "liver10039_086" in one(report, "odd volume").cases

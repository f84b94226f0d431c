"""A clean folder of small volumes or slices for a test to plant one defect in, and what an audit then says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from data.auditing.examination import examined
from data.auditing.finding import Finding, Report
from data.auditing.opening import opened
from data.folders import found
from data.folders.plan import Plan, write_plan
from data.folders.planning import Choices, planned

CASES = 14
EACH_OWN = "(.*)"
"""A rule by which each case is a patient of its own."""
SIDES = (12, 48, 48)
SPACING = (3.0, 1.0, 1.0)


@dataclass
class Toy:
    """Arrays (slices, rows, columns) by case, written when asked for.

    spacings, masks_spacing: mm by case where not the usual. labels: as dataset.json has them.
    """

    images: dict[str, np.ndarray]
    masks: dict[str, np.ndarray]
    labels: dict[str, int] = field(default_factory=lambda: {"background": 0, "left": 1, "right": 2})
    affines: dict[str, np.ndarray] = field(default_factory=dict)
    mask_affines: dict[str, np.ndarray] = field(default_factory=dict)
    planar: bool = False

    def write(self, folder: Path) -> Path:
        """Write the folder in nnU-Net's layout."""
        for name in ("imagesTr", "labelsTr"):
            (folder / name).mkdir(parents=True)
        for name, image in self.images.items():
            write(folder / "imagesTr" / f"{name}_0000.nii.gz", image, self.affines.get(name))
        for name, mask in self.masks.items():
            own = self.mask_affines.get(name, self.affines.get(name))
            write(folder / "labelsTr" / f"{name}.nii.gz", mask, own)
        about = {"channel_names": {"0": "MRI"}, "labels": self.labels, "file_ending": ".nii.gz"}
        (folder / "dataset.json").write_text(json.dumps(about))
        return folder


def write(path: Path, values: np.ndarray, affine: np.ndarray | None = None) -> None:
    """Write an array as NIfTI, columns first."""
    nibabel.Nifti1Image(values.T, usual() if affine is None else affine).to_filename(path)


def usual(scale: float = 1.0) -> np.ndarray:
    """Return an affine of right, front, head and the usual sizes."""
    return np.diag([*(scale * np.array(SPACING[::-1])), 1.0])


def clean(names: list[str] | None = None) -> Toy:
    """Return volumes of people of their own: grain, and two bright structures of their own size, left and right."""
    names = names or [f"case_{number:03d}" for number in range(CASES)]
    toy = Toy({}, {})
    for number, name in enumerate(names):
        rng = np.random.default_rng(100 + number)
        toy.masks[name] = mask = anatomy(rng)
        grain = ndimage.gaussian_filter(rng.normal(size=SIDES), (0.7, 1.2, 1.2))
        toy.images[name] = (300 + 60 * grain / grain.std() + 150 * (mask > 0)).astype(np.float32)
    return toy


def anatomy(rng: np.random.Generator) -> np.ndarray:
    """Return two ellipsoids side by side, 1 at lower columns."""
    grid = np.indices(SIDES).astype(float)
    row, mask = rng.uniform(18, 30), np.zeros(SIDES, np.uint8)
    middle = rng.uniform(21, 27)
    for label, offset in ((1, -9), (2, 9)):
        radii = np.array([4.0, 6.0, 5.0]) * rng.uniform(0.9, 1.1, 3)
        at = np.array([rng.uniform(5, 6), row, middle + offset]).reshape(3, 1, 1, 1)
        mask[(((grid - at) / radii.reshape(3, 1, 1, 1)) ** 2).sum(0) < 1] = label
    return mask


def planned_at(folder: Path, choices: Choices = Choices(), **changes: object) -> Plan:  # noqa: B008
    """Make a folder's plan, as edited by a user, and return it."""
    _, plan = planned(folder, choices)
    plan = Plan.model_validate({**plan.model_dump(), **changes})
    write_plan(plan, found.plan_file(plan.dataset))
    return plan


def audit(folder: Path) -> Report:
    """Return the audit of a folder by its plan, made if there is none."""
    return examined(opened(str(folder))[0])


def one(report: Report, kind: str) -> Finding:
    """Return the one finding of a kind."""
    some = [finding for finding in report.findings if finding.kind == kind]
    assert len(some) == 1, [(finding.kind, finding.what) for finding in report.findings]
    return some[0]


def told(report: Report) -> list[tuple[str, str]]:
    """Return severity and kind of all findings."""
    return [(finding.severity, finding.kind) for finding in report.findings]


Plant = Callable[[Toy], object]


def own_plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep plans and digests in a folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(found, "PLANS", tmp_path / "plans")
    return tmp_path / "plans"

"""Distances of a data set have one unit: mm where all of its images say their sizes, else voxels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from data import catalog
from data.content import image_digest
from data.folders.source import Folder


def scans(root: Path, sized: int, masked: int = 12) -> Path:
    """Return a pair of folders of twelve TIFFs, the first of which say pixels of half a millimetre."""
    for number in range(12):
        mask = np.zeros((20, 28), np.uint8)
        mask[5 : 9 + number, 4:12] = 255
        for name in ("images", "masks") if number < masked else ("images",):
            (root / name).mkdir(parents=True, exist_ok=True)
            says: dict[str, Any] = (
                {"imagej": True, "resolution": (2, 2), "metadata": {"unit": "mm"}} if number < sized else {}
            )
            tifffile.imwrite(root / name / f"p{number:02d}.tif", mask // 2 + number, **says)
    return root


def spacings(source: Folder) -> set[tuple[float, float, float] | None]:
    parts = source.split
    return {case.spacing for name in (*parts.train, *parts.val) for case in source.cases([name])}


@pytest.mark.parametrize(("sized", "seen"), [(12, {(1.0, 0.5, 0.5)}), (6, {None}), (11, {None}), (0, {None})])
def test_sizes_count_where_all_images_say_them(
    tmp_path: Path, sized: int, seen: object, capsys: pytest.CaptureFixture[str]
) -> None:
    source = catalog.find(str(scans(tmp_path / "scans", sized)))
    assert isinstance(source, Folder) and spacings(source) == seen
    said = [line for line in capsys.readouterr().err.splitlines() if "how large" in line]
    assert said == [
        f"{tmp_path / 'scans'}: {12 - sized} of 12 images with masks don't say how large their voxels are, such as "
        f"p{sized:02d}, so that distances of all are in voxels"
    ] * (sized not in (0, 12))


def test_images_without_masks_are_measured_by_nobody_and_need_no_sizes(tmp_path: Path) -> None:
    source = catalog.find(str(scans(tmp_path / "scans", 9, masked=9)))
    assert isinstance(source, Folder)
    found = {name: case.spacing for name in source.split.train for case in source.cases([name])}
    assert set(found.values()) == {(1.0, 0.5, 0.5), None}
    assert {name for name, spacing in found.items() if spacing is None} == {*source.split.unmasked}


def test_the_content_is_that_of_what_is_read(tmp_path: Path) -> None:
    source = catalog.find(str(scans(tmp_path / "scans", 6)))
    assert isinstance(source, Folder)
    case = source.cases(["p01"])[0] if "p01" not in source.split.test else source.cases(["p02"])[0]
    assert case.spacing is None and source._stream(case.name).spacing is None
    assert source.digests.of(case.name).image == image_digest(case)

"""Slices of volumes whose voxels lie beside their headers are made anew where these change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK

from data import catalog
from data.preparing.shards import Shards
from tests.data.folders.toy import volume
from tests.data.preparing.test_prepare import grid_of
from tests.data.preparing.toy import prepare


def test_masks_that_are_mended_beside_their_headers_are_prepared_anew(tmp_path: Path, place: Path) -> None:
    root = tmp_path / "toy"
    for number in range(1, 6):
        for folder, values in zip(("images", "labels"), volume(number), strict=True):
            (root / folder).mkdir(parents=True, exist_ok=True)
            image = SimpleITK.GetImageFromArray(np.ascontiguousarray(values.T))
            image.SetSpacing((1.0, 1.5, 4.0))
            SimpleITK.WriteImage(image, str(root / folder / f"c{number}.mhd"), False)

    def labels() -> set[int]:
        assert prepare(root) == 0
        source = catalog.find(str(root))
        shards = Shards(place, grid_of(source)).found(source.known(source.split.train), True)
        return {int(value) for one in shards for value in one.mask.whole().unique()}

    assert labels() == {0, 1, 2}
    for path in (root / "labels").glob("*.raw"):
        path.write_bytes(path.read_bytes().replace(b"\2", b"\1"))
    assert labels() == {0, 1}

"""Slices of test cases, small, with reference and prediction, kept in a run's folder and read from it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from results.errors import ResultError
from results.images import SIDE, SLICES, TILES, Pictured, bounded, chosen, packed, unpacked
from results.store import Store
from tests.results.made import cases, history, record


def made(name: str = "c0", slices: int = 4, height: int = 40, width: int = 30) -> tuple[Pictured, np.ndarray]:
    """Return a case whose grey values rise from left to right, and its reference: a square on every slice."""
    reference = np.zeros((slices, height, width), np.uint8)
    reference[:, 5:15, 5:15] = 2
    grey = np.broadcast_to(np.linspace(0, 255, width).astype(np.uint8), (slices, height, width))
    numbers = chosen(reference)
    return Pictured.of(name, numbers, np.array(grey[numbers]), reference, (5.0, 1.5, 1.0)), reference


def test_slices_come_back_from_arrays_with_reference_and_image() -> None:
    case, reference = made()
    other = Pictured.of("<b>/c1", [0], np.full((1, 8, 9), 7, np.uint8), np.full((1, 8, 9), 255, np.uint8), None)
    found = unpacked(packed([case, other]))
    assert list(found) == ["c0", "<b>/c1"] and found == {"c0": case, "<b>/c1": other}
    assert np.array_equal(found["c0"].reference, reference)
    image = found["c0"].image()
    assert image.shape == reference.shape and image.dtype == np.uint8
    assert abs(image[0, 0].astype(int) - np.linspace(0, 255, 30)).max() <= 4  # of JPEG


def test_a_picture_is_small_and_its_image_is_as_large_as_the_case_again() -> None:
    case, _ = made(height=2 * SIDE, width=SIDE)
    with Image.open(io.BytesIO(case.tiles[0])) as picture:
        assert picture.size == (SIDE // 2, SIDE) and picture.mode == "L"
    assert case.image().shape == (4, 2 * SIDE, SIDE)


def test_of_many_slices_sixteen_are_kept_evenly_about_the_structures() -> None:
    reference = np.zeros((100, 4, 4), np.uint8)
    reference[31:61, 1, 1] = 1
    found = chosen(reference)
    assert (len(found), found[0], found[-1]) == (SLICES, 30, 61)
    assert chosen(np.zeros((100, 4, 4), np.uint8))[::15] == [0, 99]
    assert chosen(reference[:5]) == [0, 1, 2, 3, 4]


def test_of_many_cases_each_has_fewer_slices_and_of_very_many_some_have_none() -> None:
    case, _ = made(slices=16, height=4, width=4)
    some = bounded([case] * 200)
    assert len(some) == 200 and {len(one.slices) for one in some} == {TILES // 200}
    assert some[0].slices == (0, 4, 8, 11, 15) and some[0].tiles[1] == case.tiles[4]
    assert some[0].reference.shape == (5, 4, 4)
    many = bounded([Pictured(f"c{k}", *tuple(vars(case).values())[1:]) for k in range(3 * TILES)])
    assert (len(many), {one.slices for one in many}) == (TILES, {(7,)})
    assert (many[0].name, many[-1].name) == ("c0", f"c{3 * TILES - 1}")
    assert bounded([]) == [] and bounded([case]) == [case]


def saved(root: Path, **predictions: dict[str, np.ndarray]) -> Path:
    table = cases()
    Store(root).save("toy", record(table), {"cases": table, "history": history()}, predictions)
    return root / "toy"


def test_masks_are_read_on_the_kept_slices_and_left_out_where_they_fit_no_image(tmp_path: Path) -> None:
    case, reference = made(slices=40)
    mask = np.arange(40, dtype=np.uint8)[:, None, None] + np.zeros_like(reference)
    saved(tmp_path, images=packed([case]), masks={"c0": mask, "c1": mask[:3], "c2": mask})
    loaded = Store(tmp_path).load("toy")
    images = loaded.images()
    assert images == {"c0": case}
    asked = {**images, "c1": case, "c9": case}
    found = loaded.masks(asked)
    assert found is not None and list(found) == ["c0"]
    assert found["c0"][:, 0, 0].tolist() == list(case.slices) and found["c0"].shape == (SLICES, 40, 30)


def test_a_run_without_images_has_none_and_one_whose_images_are_torn_says_so(tmp_path: Path) -> None:
    folder = saved(tmp_path / "old", masks={"c0": made()[1]})
    old = Store(folder.parent).load("toy")
    assert old.images() is None and old.volumes() is None
    assert list(old.masks({"c0": made()[0]}) or {}) == ["c0"]
    folder = saved(tmp_path / "new", images=packed([made()[0]]), masks={"c0": made()[1]})
    file = folder / "predictions" / "images.npz"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ResultError, match=r"images\.npz is damaged"):
        Store(folder.parent).load("toy").images()
    for path in folder.glob("predictions/*"):
        path.unlink()
    (folder / "predictions").rmdir()  # as published records are
    published = Store(folder.parent).load("toy")
    assert published.images() is None and published.masks({"c0": made()[0]}) is None

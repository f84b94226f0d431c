"""Ways to harm a folder, and what a refusal of it is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.errors import DataError
from data.folders.cases import labels_seen, planar_of, read_labels, read_volume, structures_of
from data.folders.listing import Listing, NameRules, list_folder
from data.folders.marked import check_marked, marked_slices
from data.folders.patients import check_patients, patients_of
from tests.data.folders.small_folders import AFFINE, MASK, nifti, relisted


def read(root: Path, rule: str | Path | None = None) -> Listing:
    """Do with a folder all that comes before training."""
    listing = list_folder(root, NameRules())
    masks, planar = [], {}
    for case in listing.cases:
        image = read_volume(case, len(listing.channels))
        planar[case.name] = image.planar
        mask = read_labels(case, image, listing.labels, listing.ignored)
        masks += [] if mask is None else [mask]
    structures_of(listing, labels_seen(masks))
    flat = planar_of(listing, planar)
    check_patients(listing, patients_of([case.name for case in listing.cases], rule, flat))
    for case, slices in marked_slices(root, listing).items():
        check_marked(case, slices, len(MASK))
    return listing


def without(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def emptied(path: Path) -> None:
    without(path)
    path.mkdir()


def text(path: Path, words: str) -> None:
    path.write_text(words)


def cut_short(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def linked(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.nii.gz")


def labeled(**labels: object) -> Callable[[Path], object]:
    return lambda root: relisted(root, lambda entries: entries.update(labels=labels))


def masked(values: np.ndarray, affine: np.ndarray | None = AFFINE) -> Callable[[Path], object]:
    return lambda root: nifti(root / "labelsTr" / "c1.nii.gz", values, affine)


def changed(**keys: object) -> Callable[[Path], object]:
    return lambda root: relisted(root, lambda entries: entries.update(keys))


def all_masks(values: np.ndarray) -> Callable[[Path], object]:
    return lambda root: [nifti(root / "labels" / f"{case}.nii.gz", values) for case in ("c1", "c2")]


def colours(path: Path) -> None:
    Image.fromarray(np.arange(60, dtype=np.uint8).reshape(4, 5, 3)).save(path)


FAR = AFFINE + np.array([[0, 0, 0, 30.0], *[[0.0] * 4] * 3])
TURNED = np.array([[-1.2, -0.5, 0, 0], [0.5, -1.2, 0, 0], [0, 0, 10, 0], [0, 0, 0, 1.0]])


def refused(folder: Path, act: Callable[[], object], words: str) -> None:
    with pytest.raises(DataError, match=re.compile(words)) as error:
        act()
    message = str(error.value)
    assert "\n" not in message and not message.endswith(".") and len(message.replace(str(folder), "")) < 400

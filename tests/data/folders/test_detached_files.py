"""The files that a header names belong to its case: voxels that change in them are never taken for the old ones."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data import catalog, digest_cache
from data.digest_cache import stamp_of
from data.errors import DataError
from data.folders.images import files_of
from tests.data.folders.toy import volume

NRRD = "NRRD0005\ntype: {}\ndimension: 3\nsizes: 20 16 6\nendian: little\nencoding: raw\nspacings: 1 1.5 4\ndata file: "
META = (
    "ObjectType = Image\nNDims = 3\nDimSize = 20 16 6\nElementSpacing = 1 1.5 4\nElementType = {}\nElementDataFile = "
)
KINDS = {".nhdr": (NRRD, "float", "uchar"), ".nrrd": (NRRD, "float", "uchar"), ".mhd": (META, "MET_FLOAT", "MET_UCHAR")}
ONE, LIST, PATTERN = "{}.raw", "LIST\n{}", "{}_%d.raw 0 5 1"
WAYS = [(".mhd", ONE), (".nhdr", ONE), (".nrrd", ONE), (".mhd", LIST), (".nhdr", LIST), (".mhd", PATTERN)]


@pytest.fixture(autouse=True)
def remembered(cache: Path, long_ago: None) -> Path:
    return cache


def written(folder: Path, name: str, values: np.ndarray, ending: str, named: str) -> None:
    """Write a header, and its voxels (columns, rows, slices) into the file or files that it names."""
    folder.mkdir(parents=True, exist_ok=True)
    slices = values.T if named != ONE else [values.T]
    stems = [f"{name}_{number}" for number in range(len(slices))] if named != ONE else [name]
    for stem, part in zip(stems, slices, strict=True):
        (folder / f"{stem}.raw").write_bytes(np.ascontiguousarray(part).tobytes())
    stated = "LIST\n" + "\n".join(f"{stem}.raw" for stem in stems) if named == LIST else named.format(name)
    head, *types = KINDS[ending]
    header = folder / f"{name}{ending}"
    if not header.exists():
        header.write_text(head.format(types[values.dtype == np.uint8]) + stated + "\n", encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Callable[..., Path]:
    def made(ending: str = ".mhd", named: str = ONE) -> Path:
        for number in range(1, 5):
            image, mask = volume(number)
            written(tmp_path / "toy" / "images", f"c{number}", image, ending, named)
            written(tmp_path / "toy" / "labels", f"c{number}", mask, ending, named)
        return tmp_path / "toy"

    return made


def rewritten(path: Path) -> None:
    """Change a file of voxels in place, at the same size and time of modification."""
    before = path.stat()
    path.write_bytes(np.frombuffer(path.read_bytes(), "<f4")[::-1].tobytes())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("part", ["images", "labels"])
@pytest.mark.parametrize(("ending", "named"), WAYS)
def test_voxels_that_change_beside_their_header_are_another_content(
    root: Callable[..., Path], ending: str, named: str, part: str
) -> None:
    folder = root(ending, named)
    first = catalog.find(str(folder)).content()
    assert catalog.find(str(folder)).content() == first
    source = catalog.find(str(folder))
    name = source.split.train[0]
    changed = folder / part / (f"{name}.raw" if named == ONE else f"{name}_3.raw")
    rewritten(changed)
    again = catalog.find(str(folder)).content()
    assert again.training != first.training and again.scoring == first.scoring


def test_a_process_that_has_looked_tells_a_change_in_a_file_of_voxels(root: Callable[..., Path]) -> None:
    folder = root()
    source = catalog.find(str(folder))
    source.fingerprint()
    rewritten(folder / "labels" / "c2.raw")
    with pytest.raises(DataError, match="case c2: its mask changed after this process had looked at it"):
        source.fingerprint()


def test_all_files_of_an_image_are_its_header_and_what_that_names(root: Callable[..., Path]) -> None:
    for ending, named in ((".mhd", ONE), (".nhdr", LIST)):
        folder = root(ending, named) / "images"
        stems = ["c1"] if named == ONE else [f"c1_{k}" for k in range(6)]
        assert files_of([folder / f"c1{ending}"]) == [folder / f"c1{ending}", *(folder / f"{one}.raw" for one in stems)]
    assert files_of([Path("a.nii.gz"), Path("b.png")]) == [Path("a.nii.gz"), Path("b.png")]


@pytest.mark.parametrize("part", ["images", "labels"])
def test_a_file_of_voxels_that_is_gone_is_named_though_the_case_is_remembered(
    root: Callable[..., Path], part: str
) -> None:
    folder = root()
    catalog.find(str(folder)).fingerprint()
    (folder / part / "c2.raw").unlink()
    with pytest.raises(DataError, match=rf"{part}/c2\.mhd has its voxels in c2\.raw, which is not beside it; put the"):
        catalog.find(str(folder)).fingerprint()


def test_what_was_remembered_by_headers_alone_is_not_believed_and_of_other_files_stays(
    root: Callable[..., Path], remembered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = root()
    first = catalog.find(str(folder)).content()
    (path,) = remembered.iterdir()
    values = json.loads(path.read_text(encoding="ascii").partition("\n")[2])
    for name, line in values["cases"].items():
        old = stamp_of([folder / "images" / f"{name}.mhd", folder / "labels" / f"{name}.mhd"])
        assert old is not None and line[0].partition(" ")[0] != old.text
        line[0] = f"{old.text} {line[0].partition(' ')[2]}"
        line[1] = "0" * 64
    body = json.dumps(values)
    path.write_text(f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}", encoding="ascii")
    assert catalog.find(str(folder)).content() == first
    monkeypatch.setattr(digest_cache, "write_text", lambda *_: pytest.fail("read again"))
    assert catalog.find(str(folder)).content() == first

"""Which array of an .npz or .h5 file is the mask, read after its header's claim was checked."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from benchmark.scoring.claims import UNREADABLE, Claim, NoMaskError, check_claim, check_kind
from benchmark.scoring.role_names import Wanted, kind_of_array, meant

Array = npt.NDArray[Any]
MAGIC = b"\x93NUMPY"
HEADERS: Mapping[tuple[int, int], Callable[[IO[bytes]], tuple[tuple[int, ...], bool, np.dtype[Any]]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
LABEL_MAP = ("label", "labels", "lab", "lbl")  # alone in a file no more than its kind: a prediction is one too
PROBABLE_AXES = 4  # (classes, slices, height, width)


def read_npz(path: Path, wanted: Wanted) -> tuple[str, Array]:
    """Return the key and the array that a role means; NoMaskError where that is not clear or there is none."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) == MAGIC:
            raise NoMaskError("it is one array of numpy.save; expected those of numpy.savez")
    with zipfile.ZipFile(path) as archive:
        members = _members(archive)
        key = key_of(list(members), wanted)
        claim = _claim(archive, members[key], path)
        check_kind(claim.dtype, key)
        check_claim(claim)
        with archive.open(members[key]) as member:
            values: Array = np.lib.format.read_array(member, allow_pickle=False)
    return key, values


def read_hdf5(path: Path, wanted: Wanted) -> tuple[str, Array]:
    """Return the key and the array that a role means; NoMaskError where that is not clear or there is none."""
    import h5py

    with h5py.File(path, "r") as file:
        inside = [wanted.key] if wanted.key and wanted.key in file else []  # a path, as results/prediction
        key = key_of([*file, *inside], wanted)
        found = file[key]
        if not isinstance(found, h5py.Dataset) or found.shape is None:
            inner = next(iter(found), None) if isinstance(found, h5py.Group) else None
            hint = f"; name one inside it, as in {wanted.key_option} {key}/{inner}" if inner else ""
            raise NoMaskError(f"{key} is a group or empty, and no array{hint}")
        key = found.name.strip("/")  # one array has one name, however its path is written
        check_kind(found.dtype, key)
        if found.is_virtual or found.external:
            raise NoMaskError(f"{key} lies in another file; save the mask itself")
        for shape in (found.shape, found.chunks or found.shape):  # a chunk is unpacked as a whole
            check_claim(Claim(shape, found.dtype, found.id.get_storage_size(), found.chunks is not None))
        return key, np.asarray(found[()])


def key_of(keys: list[str], wanted: Wanted) -> str:
    """Return the array that a role means: the key that the user said, else by names; NoMaskError names the keys."""
    listed = ", ".join(sorted(keys)) or "nothing"
    if wanted.key is not None:
        if wanted.key not in keys:
            raise NoMaskError(f"it holds {listed}, and no {wanted.key}; name another with {wanted.key_option}")
        return wanted.key
    kinds = {key: kind_of_array(key) for key in keys}
    if len(keys) == 1 and keys[0].lower() in LABEL_MAP:
        return keys[0]
    chosen = meant(wanted.role, kinds)
    if len(chosen) == 1 and (kinds[chosen[0]] != "plain" or len(keys) == 1):
        return chosen[0]
    if keys and set(kinds.values()) <= {"probabilities"}:
        raise NoMaskError(f"it holds {listed}, by name no label map; save the class of the largest probability")
    raise NoMaskError(
        f"it holds {listed}, and which is the {wanted.role} is not clear; say it with {wanted.key_option}"
    )


def holds_probabilities(path: Path) -> bool:
    """Return whether all arrays of a file are probabilities, as nnU-Net leaves them beside a segmentation."""
    try:
        kinds = [
            kind_of_array(key) == "probabilities" or (dtype.kind == "f" and axes == PROBABLE_AXES)
            for key, dtype, axes in _outlines(path)  # a key of broken bytes is no text
        ]
    except UNREADABLE:  # it is named where it is read
        return False
    return bool(kinds) and all(kinds)


def _outlines(path: Path) -> Iterator[tuple[str, np.dtype[Any], int]]:
    """Yield key, type and number of axes of each array in an .npz or .h5 file; nothing of others."""
    import h5py

    if path.name.lower().endswith(".npz"):
        with zipfile.ZipFile(path) as archive:
            for key, member in _members(archive).items():
                claim = _claim(archive, member, path)
                yield key, claim.dtype, len(claim.shape)
    elif path.name.lower().endswith(".h5"):
        with h5py.File(path, "r") as file:
            for key, found in file.items():
                if isinstance(found, h5py.Dataset) and found.shape is not None:
                    yield key, found.dtype, found.ndim


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    return {one.filename.removesuffix(".npy"): one for one in archive.infolist() if one.filename.endswith(".npy")}


def _claim(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> Claim:
    """Return what an array says of itself; NoMaskError where that is not what the archive says of it."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NoMaskError(f"{member.filename} is packed in a way that numpy.savez does not know")
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in HEADERS:
            raise NoMaskError(f"{member.filename} has a header of version {version}")
        shape, _, dtype = HEADERS[version](file)
        begins = file.tell()
    stored = min(member.compress_size, path.stat().st_size)
    claim = Claim(shape, dtype, stored, member.compress_type == zipfile.ZIP_DEFLATED)
    if not dtype.hasobject and claim.size != member.file_size - begins:
        raise NoMaskError(f"{member.filename} claims {claim.size:,} bytes and holds {member.file_size - begins:,}")
    return claim

"""Which file of a folder is a case's mask: by names, for a role, and where that is not clear by nobody's guess."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.scoring.role_names import Kind, Wanted, kind_of_file, meant
from benchmark.scoring.saved_arrays import holds_probabilities

ENDINGS = (".nii.gz", ".nii", ".npz", ".h5")
SHOWN = 4  # names in a message
UNPACKED = "__MACOSX"  # what macOS adds to an archive; its ._CASE.nii.gz hold no voxel
CHANNEL = re.compile(r"(.+)_\d{4}")  # nnU-Net's CASE_0000 is an image of CASE
ALONE = "case"  # what a file is of whose name is no more than pred or gt


def files_of(folder: Path, wanted: Wanted) -> dict[str, Path]:
    """Return the file of each case that a folder holds in a role; UsageError where none is, or which is not clear.

    Read are the files in the folder, else those in its folders (one a case). Of one naming only: where some files are
    named as predictions, others are none. Probabilities beside a segmentation are left out.
    """
    paths = list(_masks_in(folder)) or [path for below in _folders_in(folder) for path in _masks_in(below)]
    if not paths:
        raise UsageError(f"{folder} holds no mask; expected files named CASE with {', '.join(ENDINGS)}")
    files: dict[str, list[Path]] = {}
    for case, path in _named(paths, folder, wanted) if wanted.files else _understood(paths, folder, wanted):
        files.setdefault(case, []).append(path)
    return {case: _one(case, found, folder, wanted) for case, found in files.items()}


def ending_of(path: Path) -> str:
    """Return which of ENDINGS a file has, in small letters; "" for none."""
    return next((ending for ending in ENDINGS if path.name.lower().endswith(ending)), "")


def _masks_in(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not ending_of(path) or path.is_dir():
            continue
        if not path.is_file():
            what = "a link that leads nowhere" if path.is_symlink() else "no file that can be read"
            raise UsageError(f"{path} is {what}; a mask is a file")
        yield path


def _folders_in(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.iterdir() if path.is_dir() and path.name != UNPACKED and not path.name.startswith(".")
    )


def _named(paths: Sequence[Path], folder: Path, wanted: Wanted) -> Iterator[tuple[str, Path]]:
    """Yield case and path of the files that are named as the user said."""
    assert wanted.files is not None
    before, word, after = wanted.files.partition("CASE")
    if not word or "CASE" in after:
        raise UsageError(f"{wanted.files_option} {wanted.files}: it needs CASE once, where the case stands: CASE_ours")
    pattern, whole, found = f"{re.escape(before)}(.+){re.escape(after)}", ending_of(Path(after)), 0
    for path in paths:
        if name := re.fullmatch(pattern, path.name if whole else _stem(path)):
            found += 1
            yield name[1], path
    if not found:
        raise UsageError(f"{wanted.files_option} {wanted.files}: {folder} holds none such, but {_shown(paths)}")


def _understood(paths: Sequence[Path], folder: Path, wanted: Wanted) -> Iterator[tuple[str, Path]]:
    """Yield case and path of the files that are named as the role's."""
    read = {path: kind_of_file(_stem(path)) for path in paths}
    kinds: dict[Path, Kind] = {path: kind for path, (_, kind) in read.items()}
    chosen = meant(wanted.role, kinds)
    if not chosen:
        raise UsageError(
            f"{folder} holds {_shown(paths)}: {_said(kinds)}, so which is the {wanted.role} of a case is not clear; "
            f"name another folder, or say with {wanted.files_option} how they are named, such as CASE_ours"
        )
    cases = {path: read[path][0] or (ALONE if path.parent == folder else path.parent.name) for path in chosen}
    for path, case in cases.items():
        if not ((channel := CHANNEL.fullmatch(case)) and _is_image(channel[1], set(cases.values()))):
            yield case, path


def _is_image(case: str, cases: set[str]) -> bool:
    return {case, f"{case}_0000"} <= cases


def _said(kinds: Mapping[Path, Kind]) -> str:
    words = sorted({f"{kind}s" if not kind.endswith("s") else kind for kind in kinds.values()})
    return f"by their names {' and '.join(words)}"


def _one(case: str, found: Sequence[Path], folder: Path, wanted: Wanted) -> Path:
    """Return the one file of a case."""
    masks = [path for path in found if not holds_probabilities(path)] if len(found) > 1 else found
    if len(masks) == 1:
        return masks[0]
    two = " and ".join(str(path.relative_to(folder)) for path in (masks or found)[:2])
    raise UsageError(
        f"{folder} holds {two}, both of case {case}; keep one of them, or say with {wanted.files_option} how the "
        "right ones are named, such as CASE.nii.gz"
    )


def _shown(paths: Iterable[Path]) -> str:
    names = [path.name for path in paths]
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _stem(path: Path) -> str:
    return path.name[: len(path.name) - len(ending_of(path))]

"""Which file of a folder is a case's mask: by names, for a role, and where that is not clear by nobody's guess."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.scoring.role_names import SEPARATORS, Kind, Wanted, kind_of_file, meant
from benchmark.scoring.saved_arrays import holds_probabilities
from data.errors import DataError
from data.folders.endings import ENDINGS as IMAGES
from data.folders.endings import ITK, NIFTI, PICTURES, TIFF
from data.folders.images import is_flat

ENDINGS = (*NIFTI, ".npz", ".h5", *ITK, *PICTURES, *TIFF)
VOLUMES = (*NIFTI, ".npz", ".h5", *ITK)  # what holds one mask a case where pictures beside it only show it
SHOWN = 4  # names in a message
UNPACKED = "__MACOSX"  # what macOS adds to an archive; its ._CASE.nii.gz hold no voxel
CHANNEL = re.compile(r"(.+)_\d{4}")  # nnU-Net's CASE_0000 is an image of CASE
ALONE = "case"  # what a file is of whose name is no more than pred or gt
MASKS: frozenset[Kind] = frozenset({"segmentation", "mask"})  # what may stand beside a mask that is the reference
MAYBE = MASKS | {"plain"}  # what may be a case's mask, whoever made it
Read = Mapping[Path, tuple[str, Kind]]
"""Case and kind of each file."""


def files_of(folder: Path, wanted: Wanted) -> dict[str, Path]:
    """Return the file of each case that a folder holds in a role; UsageError where none is, or which is not clear.

    Read are the files in the folder, else those in its folders (one a case). Of one naming only: where some files are
    named as predictions, others are none. Probabilities beside a segmentation are left out. Where each folder holds
    one file of the same name, the folders are the cases. Pictures are left out beside volumes, which they show. Bytes
    of a name that are no UTF-8 are written as ``\\xe9``.
    """
    paths = _files_in(folder)
    if not paths:
        raise UsageError(f"{folder} holds no mask; expected files named CASE with {', '.join(ENDINGS)}")
    files: dict[str, list[Path]] = {}
    found = _named(paths, folder, wanted) if wanted.files else _understood(_but_previews(paths), folder, wanted)
    for case, path in _by_folder(list(found)):
        files.setdefault(printable(case), []).append(path)
    return {case: _one(case, found, folder, wanted) for case, found in files.items()}


def ending_of(path: Path) -> str:
    """Return which of ENDINGS a file has, in small letters; "" for none."""
    return next((ending for ending in ENDINGS if path.name.lower().endswith(ending)), "")


def printable(text: object) -> str:
    """Return a text in which bytes of a file's name that are no UTF-8 are escaped, so that it can be written."""
    return os.fsencode(str(text)).decode("utf-8", "backslashreplace")


def left_aside(folder: Path, taken: Mapping[str, Path]) -> str | None:
    """Return which files beside those that were taken, by case, are named as a case with words that nobody knows."""
    aside = []
    for path in sorted(set(_masks_in(folder)) - set(taken.values())):
        case, kind = kind_of_file(_stem(path))
        known = kind != "plain" or CHANNEL.fullmatch(case) or case in taken
        belongs = owner_of(case, taken) or ending_of(path) in PICTURES
        if not known and belongs and not holds_probabilities(path):
            aside.append(path)
    return _shown(aside) if aside else None


def owner_of(case: str, cases: Collection[str]) -> str | None:
    """Return the case that a file belongs to by its name, as CASE_t1 to CASE; None for none of them."""
    ends = [*(found.start() for found in re.finditer(SEPARATORS, case)), len(case)]
    return next((case[:end] for end in reversed(ends) if case[:end] in cases), None)


def _files_in(folder: Path) -> list[Path]:
    """Return what may be masks: files in the folder, or in its folders where it has none, or pictures of these."""
    own = list(_masks_in(folder))
    if any(ending_of(path) not in PICTURES for path in own):
        return own
    below = [path for one in _folders_in(folder) for path in _masks_in(one)]
    return below if not own or any(ending_of(path) in VOLUMES for path in below) else own


def _but_previews(paths: list[Path]) -> list[Path]:
    """Return the files but PNG and BMP that stand beside volumes; beside slices they may be masks of other cases."""
    others = [path for path in paths if ending_of(path) not in PICTURES]
    if len(others) == len(paths):
        return paths
    mask = next((path for path in others if not holds_probabilities(path)), None)
    return paths if mask is None or _is_slice(mask) else others


def _is_slice(path: Path) -> bool:
    try:
        return ending_of(path) in IMAGES and is_flat(path)
    except DataError:  # it is named where it is read
        return False


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


def _named(paths: list[Path], folder: Path, wanted: Wanted) -> Iterator[tuple[str, Path]]:
    """Yield case and path of the files that are named as the user said."""
    assert wanted.files is not None
    before, word, after = wanted.files.partition("CASE")
    if not word or "CASE" in after:
        raise UsageError(f"{wanted.files_option} {wanted.files}: it needs CASE once, where the case stands: CASE_ours")
    pattern, whole, found = f"{re.escape(before)}(.+){re.escape(after)}", ending_of(Path(after)), 0
    for path in paths if whole else _but_previews(paths):
        if name := re.fullmatch(pattern, path.name if whole else _stem(path)):
            found += 1
            yield name[1], path
    if not found:
        raise UsageError(f"{wanted.files_option} {wanted.files}: {folder} holds none such, but {_shown(paths)}")


def _understood(paths: Sequence[Path], folder: Path, wanted: Wanted) -> Iterator[tuple[str, Path]]:
    """Yield case and path of the files that are named as the role's; UsageError for one that may be a mask of more."""
    read = _read(paths, folder)
    kinds = {path: kind for path, (_, kind) in read.items()}
    chosen = meant(wanted.role, kinds)
    if wanted.role == "reference" and chosen and kinds[chosen[0]] in MASKS:
        of = {read[path][0]: path for path in chosen}
        beside = next((path for path, (case, kind) in read.items() if kind == "plain" and case in of), None)
        if beside:  # MONAI saves a prediction of CASE as CASE_seg
            chosen, kinds = [], {of[read[beside][0]]: kinds[chosen[0]], beside: "plain"}
    if not chosen:
        raise UsageError(
            f"{folder} holds {_shown(_in_turn(kinds))}: {_said(kinds)}, so which is the {wanted.role} of a case is not "
            f"clear; name another folder, or say with {wanted.files_option} how they are named, such as CASE_ours"
        )
    _check_none_lost(read, chosen, folder, wanted)
    yield from ((read[path][0], path) for path in chosen)


def _read(paths: Sequence[Path], folder: Path) -> Read:
    """Return case and kind of each file; where names leave that open, what is an image of channels or probabilities."""
    read = {path: kind_of_file(_stem(path)) for path in paths}
    cases = {path: case or (ALONE if path.parent == folder else path.parent.name) for path, (case, _) in read.items()}
    kinds = {path: kind for path, (_, kind) in read.items()}
    known = set(cases.values())
    for path, case in cases.items():
        if (channel := CHANNEL.fullmatch(case)) and {channel[1], f"{channel[1]}_0000"} <= known:
            kinds[path] = "image"
    for path in [path for path, kind in kinds.items() if kind == "plain"] if len(set(kinds.values())) > 1 else ():
        if holds_probabilities(path):
            kinds[path] = "probabilities"
    return {path: (case, kinds[path]) for path, case in cases.items()}


def _check_none_lost(read: Read, chosen: Sequence[Path], folder: Path, wanted: Wanted) -> None:
    """Refuse a file that may be the mask of a case of its own, under another naming than the folder's."""
    cases, below = {read[path][0] for path in chosen}, {path.parent for path in chosen} - {folder}
    own = read[chosen[0]][1]
    for path, (case, kind) in read.items():
        if kind == own or kind not in MAYBE or path.parent in below or owner_of(case, cases):
            continue
        raise UsageError(
            f"{folder} holds {chosen[0].name} and {path.name}, which would be left out, since it is named otherwise; "
            f"name the files of all cases alike, or say with {wanted.files_option} how they are named"
        )


def _by_folder(files: Sequence[tuple[str, Path]]) -> Sequence[tuple[str, Path]]:
    """Return the files with their folders' names as cases where each of several folders holds one of the same name."""
    folders = {path.parent for _, path in files}
    if len({case for case, _ in files}) == 1 and 1 < len(folders) == len(files):
        return [(path.parent.name, path) for _, path in files]
    return files


def _in_turn(kinds: Mapping[Path, Kind]) -> list[Path]:
    """Return files with one of each kind first, and images and probabilities after what may be a mask."""
    seen: dict[Kind, int] = {}
    rank = {}
    for path, kind in kinds.items():
        seen[kind] = seen.get(kind, 0) + 1
        rank[path] = (seen[kind] > 1, kind in ("image", "probabilities"))
    return sorted(kinds, key=rank.__getitem__)


def _said(kinds: Mapping[Path, Kind]) -> str:
    present = set(kinds.values())
    words = sorted(f"{kind}s" if not kind.endswith("s") else kind for kind in present - {"plain"})
    return f"by their names {' and '.join([*words, *['others'] * ('plain' in present)])}"


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

"""Whether a folder holds all of ACDC: its patients, two frames of each, every slice, each image with its mask."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from data.errors import DataError
from data.files import listed, seen_in
from data.sources.layouts import Layout

KNOWN = Path(__file__).with_name("acdc_volumes.json")
ALIKE = 0.75  # as many volumes with ACDC's own names and lengths, and the folder is ACDC as published
Shapes = Mapping[str, tuple[int, ...]]


def check_complete(layout: Layout, patients: Sequence[str]) -> str:
    """Return what is to be said of a complete folder, often nothing; DataError that names what is missing or too much.

    Headers are read, no voxels. Files of other patients don't matter.
    """
    frames = {patient: list[str]() for patient in patients}
    for volume in layout.volumes():
        frames.get(volume.split("_")[0], []).append(volume)
    _check_patients(layout, frames)
    shapes = _shapes(layout, (volume for volumes in frames.values() for volume in volumes))
    _check_frames(layout, frames, shapes)
    return _compared(layout, shapes)


def _check_patients(layout: Layout, frames: Mapping[str, Sequence[str]]) -> None:
    missing = sorted(patient for patient, volumes in frames.items() if not volumes)
    if missing:
        first, rest = missing[0], missing[1:]
        then = f", then {listed(rest)}" if rest else ""
        raise DataError(
            f"{layout.folder} lacks {len(missing)} of ACDC's {len(frames)} patients, {first} first{then}"
            f"{_instead(layout.folder, first)}; each needs two volumes named patientXXX_frameYY"
        )


def _instead(folder: Path, patient: str) -> str:
    """Return what there is of a patient that can't be read as one."""
    near = sorted(entry for entry in folder.iterdir() if entry.name.lower().startswith(patient))
    if not near:
        return ""
    if near[0].name.startswith(patient) and (near[0].is_dir() or not near[0].exists()):
        return f" ({near[0].name} {seen_in(near[0])})"
    return f" (there is {near[0].name})"


def _shapes(layout: Layout, volumes: Iterable[str]) -> Shapes:
    """Return the shape of each volume, or say what is wrong with the first, and with how many."""
    shapes: dict[str, tuple[int, ...]] = {}
    wrong: dict[str, str] = {}
    for volume in volumes:
        try:
            shapes[volume] = layout.shape(volume)
        except DataError as error:
            wrong[volume] = str(error)
    if wrong:
        names = sorted(wrong)
        more = f" ({len(names)} volumes can't be used: {listed(names)})" if len(names) > 1 else ""
        raise DataError(f"{wrong[names[0]]}{more}")
    return shapes


def _check_frames(layout: Layout, frames: Mapping[str, Sequence[str]], shapes: Shapes) -> None:
    """Refuse a patient with more or fewer than two frames, or with two that are not from one series."""
    said = [
        f"{patient} has {len(volumes)} ({', '.join(volume.split('_')[1] for volume in sorted(volumes))}"
        f"{_misnamed(layout, patient)})"
        for patient, volumes in sorted(frames.items())
        if len(volumes) != 2
    ]
    if said:
        raise DataError(
            f"{layout.folder}: each of ACDC's patients has two frames, end-diastole and end-systole, but {listed(said)}"
        )
    for patient, volumes in sorted(frames.items()):
        one, other = (shapes[volume] for volume in sorted(volumes))
        if len(one) == len(other) == 3 and one[0] != other[0]:
            both = " and ".join(f"{shapes[volume][0]} slices in {volume}" for volume in sorted(volumes))
            raise DataError(f"{layout.folder} has {both}; both frames of {patient} have equally many")


def _misnamed(layout: Layout, patient: str) -> str:
    """Return what there is of a patient under a name that no layout has."""
    used = {path for paths in layout.volumes().values() for path in paths}
    near = sorted(
        path.name
        for folder in (layout.folder, layout.folder / patient)
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.name.lower().startswith(f"{patient}_frame") and path not in used and "_gt" not in path.name.lower()
    )
    return f"; there is {listed(near)}" if near else ""


def _compared(layout: Layout, shapes: Shapes) -> str:
    """Compare with the volumes as published: where nearly all are alike, all must be."""
    patients = json.loads(KNOWN.read_text(encoding="utf-8"))["patients"]
    known = {
        f"{patient}_frame{frame:02d}": int(entry["slices"])
        for patient, entry in patients.items()
        for frame in entry["frames"]
    }
    found = {volume: shape[0] for volume, shape in shapes.items()}
    other = sorted(volume for volume, slices in found.items() if known.get(volume) != slices)
    if not other:
        return ""
    if len(other) > (1 - ALIKE) * len(known):
        return f", {len(other)} of its {len(found)} volumes unlike ACDC's own in frame or number of slices"
    said = [f"{volume} has {found[volume]}, not {known[volume]}" for volume in other if volume in known]
    strange = [f"{volume} is none of ACDC's frames" for volume in other if volume not in known]
    raise DataError(f"{layout.folder} has other slices than ACDC as published: {listed([*said, *strange])}")

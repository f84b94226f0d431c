"""A plan made from what lies in a folder and from what its user says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from data.catalog import DATASETS
from data.errors import DataError, DataUsageError
from data.files import listed
from data.folders.axes import cuts_of
from data.folders.cases import kinds_of, labels_seen, planar_of, structures_of
from data.folders.images import place_of, read_mask, white_of
from data.folders.listed import ListedCase, Listing
from data.folders.listing import list_folder
from data.folders.marked import marked_slices
from data.folders.patients import check_patients, check_rule, grouped
from data.folders.plan import FOLD_OF, Channel, Fit, Intensity, Plan, Window, validating, wrong_in
from data.folders.said import said_of
from data.orientation import Place

RESERVED = ("auto", *DATASETS)


@dataclass(frozen=True)
class Choices:
    """What a user says; None where the folder decides.

    patients: a regular expression with one group, or a table of columns case and patient. slices: a table of columns
    case and slice, of volumes that are labelled in part. val, test: shares of the patients that have masks; val 0 is
    none. seed: of the split.
    """

    name: str | None = None
    patients: str | None = None
    slices: Path | None = None
    intensity: Intensity | None = None
    window: Window | None = None
    axis: int | None = None
    fit: Fit = "pad"
    val: float = 0.1
    test: float = 0.2
    folds: int = 0
    seed: int = 0


def planned(folder: Path, choices: Choices, broken: Mapping[str, str] | None = None) -> tuple[Listing, Plan]:
    """Return what lies in a folder, and a plan of it; DataError for a folder that can't be read.

    broken: by case, why it can't be; it has its place in the split, and nothing is decided by what it holds.
    """
    check_rule(choices.patients)
    broken = broken or {}
    listing = list_folder(folder, broken=broken)
    sound = replace(listing, cases=tuple(case for case in listing.cases if case.name not in broken))
    cases = listing.of("labeled", "unlabeled", "test")
    places = {case.name: place_of(case.images[0], in_file(case, listing)) for case in sound.cases}
    planar = planar_of(sound, {name: place.shape[0] == 1 for name, place in places.items()})
    grouping = grouped([case.name for case in cases], choices.patients, planar)
    check_patients(listing, grouping.patients)
    labels, why_labels = _labels(sound)
    channels, why_channels = _channels(sound, planar, choices)
    parts, why_parts = _parts(listing, grouping.patients, choices)
    told = {
        "folder": f"{folder}: as {listing.kind}; {_counts(listing)}",
        "images": why_channels,
        "structures": why_labels,
        "slices": _slices({name: places[name] for name in grouping.patients if name in places}, planar, choices),
        "patients": grouping.told,
        "split": why_parts,
        **({"notes": "; ".join(listing.remarks)} if listing.remarks else {}),
    }
    plan = Plan(
        dataset=name_of(listing, choices.name),
        folder=str(folder.resolve()),
        channels=channels,
        labels=labels,
        ignored=listing.ignored,
        planar=planar,
        axis=choices.axis,
        fit=choices.fit,
        partly=marked_slices(folder, listing, choices.slices),
        patients={case: patient for case, patient in grouping.patients.items() if case != patient},
        broken=broken,
        told=told,
        said=said_of(folder, listing, has_slices=choices.slices is None),
        **parts,
    )
    return listing, plan


def name_of(listing: Listing, wanted: str | None) -> str:
    """Return a data set's name in small letters, digits and hyphens; one of papers, or of a fold, is no other's."""
    short = re.sub(r"^(dataset|task)\d+[_-]", "", listing.name.lower())
    name = re.sub(r"[^a-z0-9]+", "-", (wanted or short).lower()).strip("-") or "folder"
    taken = name.partition("-fold")[0] in RESERVED or FOLD_OF.fullmatch(name)
    return f"{name}-folder" if taken else name


def _labels(listing: Listing) -> tuple[Mapping[str, int], str]:
    """Return each structure's value, as the folder names them, else by the values that its masks hold."""
    if listing.labels is not None:
        return listing.labels, f"{_listed(listing.labels)}, as dataset.json names them"
    masks = [case.mask for case in listing.cases if case.mask is not None]
    labels = structures_of(listing, labels_seen(read_mask(path).channels[0] for path in masks))
    return labels, f"{_listed(labels)}, by the values in {len(masks)} masks"


def _channels(listing: Listing, planar: bool, choices: Choices) -> tuple[tuple[Channel, ...], str]:
    """Return the channels with their intensities: as stated, else CT by its name, plain where 8 bits are, else MRI."""
    first = next(iter(listing.of("labeled")), None)
    if first is None:
        raise DataError(f"{listing.name}: no case with a mask can be read; mend one at least")
    names = listing.channels or tuple(f"channel {number}" for number in range(len(first.images)))
    kinds = kinds_of(first, len(names))
    made = [
        _channel(name, kind, planar, choices, partial(_white, listing, number, name))
        for number, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]
    how = "as stated" if choices.intensity else "by the channels' names and the files' type"
    return tuple(made), f"{', '.join(_shown(channel) for channel in made)}, {how}"


def _channel(
    name: str, kind: np.dtype[np.generic], planar: bool, choices: Choices, white: Callable[[], int]
) -> Channel:
    intensity: Intensity = "mri"
    if choices.intensity is not None:
        intensity = choices.intensity
    elif choices.window is not None or (re.fullmatch(r"CT(\b.*)?", name, re.IGNORECASE) and kind != np.uint8):
        intensity = "ct"
    elif planar and kind == np.uint8:
        intensity = "plain"
    window = choices.window
    if intensity == "plain" and window is None:
        if not np.issubdtype(kind, np.unsignedinteger):
            raise DataUsageError(f"--intensity plain: {name} holds {kind}; say with --window what is black and white")
        window = (0.0, float(white()))
    try:
        return Channel(name=name, intensity=intensity, window=window)
    except ValidationError as error:
        raise DataUsageError(f"--window, --intensity: {wrong_in(error)}") from None


def _white(listing: Listing, channel: int, name: str) -> int:
    """Return what all files of a channel hold at most by their bits; DataUsageError where they have different ones."""
    cases = listing.of("labeled", "unlabeled", "test")
    files = [case.images[min(channel, len(case.images) - 1)] for case in cases]
    found = {path: white_of(path) for path in files}
    first = found[files[0]]
    other = next((path for path, white in found.items() if white != first), files[0])
    if first is None or other != files[0]:
        raise DataUsageError(
            f"{name}: {files[0].name} and {other.name} hold grey values of different types, up to {first} and "
            f"{found[other]}, so of no one scale; save them alike, or say with --window what is black and white, or "
            "with --intensity mri that each image is scaled by its own"
        )
    return first


def _slices(places: Mapping[str, Place], planar: bool, choices: Choices) -> str:
    """Return in words which axis is cut across, and what becomes of slices that are not square."""
    fit = "keep their shape" if choices.fit == "pad" else "are stretched"
    if planar:
        return f"each image is one; those that are not square {fit}"
    return "; ".join([*cuts_of(places, choices.axis).told, f"those that are not square {fit}"])


def in_file(case: ListedCase, listing: Listing) -> bool:
    """Return whether a case's one file holds several channels."""
    return len(case.images) == 1 and len(listing.channels) > 1


def _parts(listing: Listing, patients: Mapping[str, str], choices: Choices) -> tuple[Mapping[str, Any], str]:
    """Return who trains, validates and tests, shuffled by the seed; a folder's own test cases stay that."""
    own = {patients[case.name] for case in listing.of("test")}
    masked = {patients[case.name] for case in listing.of("labeled")} | own
    unlabeled = {patients[case.name] for case in listing.of("unlabeled")} - masked
    order = _shuffled(masked - own, choices.seed)
    needed = ["one to train on", *["one to validate"] * (choices.val > 0), *["one to test"] * (not own)]
    if len(order) < len(needed):
        raise DataError(
            f"masks are there of {len(order)} patient{'s' * (len(order) != 1)}, expected at least {len(needed)}: "
            f"{' and '.join(filter(None, [', '.join(needed[:-1]), needed[-1]]))}"
        )
    if choices.folds > len(order):
        raise DataUsageError(
            f"--folds {choices.folds} is more than the {len(order)} patients with masks, so some would test nobody; "
            f"expected at most {len(order)}"
        )
    if choices.folds and own:
        raise DataUsageError(
            f"--folds {choices.folds}: the folder says itself who tests, {listed(sorted(own))}; leave out --folds, or "
            "move these cases to those that are trained on"
        )
    tested = 0 if own else max(1, round(choices.test * len(order)))
    validated = validating(len(order), choices.val)
    if tested + validated >= len(order):
        raise DataUsageError(f"--val {choices.val} and --test {choices.test} leave none of {len(order)} to train on")
    test, val, train = order[:tested], order[tested : tested + validated], order[tested + validated :]
    parts: dict[str, Any] = {
        "train": tuple(train),
        "val": tuple(val),
        "test": tuple(sorted(own)) if own else tuple(test),
        "unlabeled": tuple(sorted(unlabeled)),
        "folds": tuple(tuple(order[k :: choices.folds]) for k in range(choices.folds)),
    }
    bare = f", {len(unlabeled)} without masks train unlabelled" if unlabeled else ""
    counts = f"{len(train)} train, {len(val)} validate, {len(parts['test'])} test{bare}"
    return parts, f"{counts}; {'the folder says who tests, the rest is ' if own else ''}drawn by seed {choices.seed}"


def _shuffled(names: set[str], seed: int) -> list[str]:
    """Return names in an order that depends on each name and the seed alone, so that a new one moves no other."""
    texts = {name: f"{seed}\x1f{name}".encode(errors="surrogateescape") for name in names}
    return sorted(names, key=lambda name: hashlib.sha256(texts[name]).hexdigest())


def _counts(listing: Listing) -> str:
    words = {"labeled": "with a mask", "test": "to test", "unlabeled": "without a mask", "predict": "only to predict"}
    counts = ((len(listing.of(part)), word) for part, word in words.items())  # type: ignore[arg-type]
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def _listed(labels: Mapping[str, int]) -> str:
    return ", ".join(f"{value} {name}" if name != f"label {value}" else name for name, value in labels.items())


def _shown(channel: Channel) -> str:
    if channel.intensity == "mri":
        return f"{channel.name}: mri, each volume scaled by its own grey values"
    if channel.window is None:
        return f"{channel.name}: ct, window of the structures of a run's labelled patients"
    low, high = channel.window
    return f"{channel.name}: {channel.intensity}, [{low:g}, {high:g}] to [0, 1]"

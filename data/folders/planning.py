"""A plan made from what lies in a folder and from what its user says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import DataError, DataUsageError
from data.folders.axes import NAMES, coarsest, require_alike
from data.folders.images import place_of, read_image, read_mask
from data.folders.listing import ListedCase, Listing, list_folder
from data.folders.names import labeled_slices, patients_of
from data.folders.plan import MOST, Channel, Fit, Intensity, Plan, Window

RESERVED = ("acdc", "auto", "lits", "phantom")


@dataclass(frozen=True)
class Choices:
    """What a user says; None where the folder decides.

    patients: a regular expression with one group, or a table of columns case and patient. slices: a table of columns
    case and slice, of volumes that are labelled in part. val, test: shares of the patients that have masks. seed: of
    the split.
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


def planned(folder: Path, choices: Choices) -> tuple[Listing, Plan]:
    """Return what lies in a folder, and a plan of it; DataError for a folder that can't be read."""
    listing = list_folder(folder)
    cases = [case for case in listing.cases if case.part != "predict"]
    patients, rule = patients_of([case.name for case in cases], choices.patients, listing.planar)
    labels, why_labels = _labels(listing, cases)
    channels, why_channels = _channels(listing, cases, choices)
    axis, why_axis = _axis(listing, cases, choices)
    parts, why_parts = _parts(cases, patients, choices)
    told = {
        "folder": f"{folder}: {listing.kind}; {_counts(cases, listing)}",
        "images": why_channels,
        "structures": why_labels,
        "slices": why_axis + ("; those that are not square keep their shape" if choices.fit == "pad" else ""),
        "patients": rule,
        "split": why_parts,
        **({"notes": "; ".join(listing.remarks)} if listing.remarks else {}),
    }
    plan = Plan(
        dataset=name_of(listing, choices.name),
        folder=str(folder.resolve()),
        channels=channels,
        labels=labels,
        ignored=listing.ignored,
        planar=listing.planar,
        axis=axis,
        fit=choices.fit,
        partly=labeled_slices(choices.slices, folder, [case.name for case in listing.masked]),
        patients={case: patient for case, patient in patients.items() if case != patient},
        told=told,
        **parts,
    )
    return listing, plan


def name_of(listing: Listing, wanted: str | None) -> str:
    """Return a data set's name in small letters, digits and hyphens; one that papers use is not taken twice."""
    name = re.sub(r"[^a-z0-9]+", "-", (wanted or listing.name).lower()).strip("-") or "folder"
    return f"{name}-folder" if name in RESERVED else name


def _labels(listing: Listing, cases: Sequence[ListedCase]) -> tuple[Mapping[str, int], str]:
    """Return each structure's value, as the folder names them, else by the values that its masks hold."""
    if listing.labels is not None:
        return listing.labels, f"{_listed(listing.labels)}, as dataset.json names them"
    found: set[int] = set()
    for case in cases:
        if case.mask is not None:
            found |= {int(value) for value in np.unique(read_mask(case.mask).channels[0])}
    values = sorted(found - {0, *([] if listing.ignored is None else [listing.ignored])})
    if not values:
        raise DataError(f"{listing.name}: all masks are empty; expected a structure in at least one")
    if len(values) >= MOST:
        raise DataError(
            f"{listing.name}: masks hold {len(values)} values besides 0; expected at most {MOST - 1} structures, a "
            "whole number each"
        )
    labels = {f"label {value}": value for value in values}
    return labels, f"{_listed(labels)}, by the values in {sum(case.mask is not None for case in cases)} masks"


def _channels(listing: Listing, cases: Sequence[ListedCase], choices: Choices) -> tuple[tuple[Channel, ...], str]:
    """Return the channels with their intensities: as stated, else CT by its name, plain where 8 bits are, else MRI."""
    first = next(case for case in cases if case.mask is not None)
    volumes = [read_image(path, listing.channels_in_file) for path in first.images]
    kinds = [channel.dtype for volume in volumes for channel in volume.channels]
    names = listing.channels if len(listing.channels) == len(kinds) else [f"channel {k}" for k in range(len(kinds))]
    made = [_channel(name, kind, listing.planar, choices) for name, kind in zip(names, kinds, strict=True)]
    how = "as stated" if choices.intensity else "by the channels' names and the files' type"
    return tuple(made), f"{', '.join(_shown(channel) for channel in made)}, {how}"


def _channel(name: str, kind: np.dtype[np.generic], planar: bool, choices: Choices) -> Channel:
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
        window = (0.0, float(np.iinfo(kind).max))  # type: ignore[type-var]
    return Channel(name=name, intensity=intensity, window=window)


def _axis(listing: Listing, cases: Sequence[ListedCase], choices: Choices) -> tuple[int, str]:
    """Return the axis that is cut across, and why."""
    if listing.planar:
        return 0, "each image is one slice"
    places = {case.name: place_of(case.images[0], listing.channels_in_file) for case in cases}
    axis, why = coarsest(list(places.values()))
    if choices.axis is not None:
        axis, why = choices.axis, f"cut across the {NAMES[choices.axis]}, as stated"
    first = next(iter(places))
    for name, place in places.items():
        require_alike(name, place, axis, first, places[first])
    return axis, why


def _parts(cases: Sequence[ListedCase], patients: Mapping[str, str], choices: Choices) -> tuple[Mapping[str, Any], str]:
    """Return who trains, validates and tests, shuffled by the seed; a folder's own test cases stay that."""
    masked = {patients[case.name] for case in cases if case.mask is not None}
    own = {patients[case.name] for case in cases if case.part == "test"}
    unlabeled = {patients[case.name] for case in cases} - masked
    order = _shuffled(masked - own, choices.seed)
    least = 2 if own else 3
    if len(order) < least:
        raise DataError(
            f"masks are there of {len(order)} patients, expected at least {least}: one to train on, one to validate"
            f"{'' if own else ' and one to test'}"
        )
    tested = 0 if own else max(1, round(choices.test * len(order)))
    validated = max(1, round(choices.val * len(order)))
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
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed}\x1f{name}".encode()).hexdigest())


def _counts(cases: Sequence[ListedCase], listing: Listing) -> str:
    masked = sum(case.mask is not None for case in cases)
    predicted = len(listing.cases) - len(cases)
    others = (f"{len(cases) - masked} without", *([f"{predicted} only to predict"] if predicted else []))
    return f"{masked} cases with a mask, {', '.join(others)}"


def _listed(labels: Mapping[str, int]) -> str:
    return ", ".join(f"{value} {name}" if name != f"label {value}" else name for name, value in labels.items())


def _shown(channel: Channel) -> str:
    if channel.intensity == "mri":
        return f"{channel.name}: mri, each volume scaled by its own grey values"
    if channel.window is None:
        return f"{channel.name}: ct, window of the structures of a run's labelled patients"
    low, high = channel.window
    return f"{channel.name}: {channel.intensity}, [{low:g}, {high:g}] to [0, 1]"

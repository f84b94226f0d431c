"""Geometry and grey values that disagree: sizes, units, orientation, empty and constant images, scales."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from data.auditing.finding import Finding, Severity
from data.auditing.look import Look
from data.auditing.outliers import FEWEST, Numbers
from data.files import listed

TWICE = 2.0  # the median's size, beyond which a voxel is odd
RARE = 0.2  # share of cases up to which they are the odd ones
POWERS = (10.0, 100.0, 1000.0)
NEAR = 1.35  # of such a power, within which sizes look like other units
FINE_MM, SMALL_MM = 0.25, 60.0  # voxels within slices and whole slices that look like centimetres
COARSE_MM = 30.0  # voxels within slices that look like micrometres
SCALES, EXTREMES = 5.0, 20.0  # 95th over 5th percentile of grey values' spread, and most over least
FLAT = 0.1  # share of constant slices above which a volume is told of


STOPS = "a run stops there"
KINDS: Mapping[str, tuple[str, str, str]] = {
    "unreadable": ("unreadable", STOPS, "mend the file, or take the case out of the folder"),
    "image": ("image does not fit", STOPS, "save it as those of the other cases are"),
    "mask": ("mask unreadable", STOPS, "mend the mask, or take it out of the folder"),
    "geometry": (
        "image and mask disagree",
        "labels lie on other voxels than they were drawn on",
        "resample the mask onto its image's grid",
    ),
}
"""Of what is wrong with a case, by kind: what it is called, why that matters, and what helps."""


def unreadable(looks: Sequence[Look]) -> list[Finding]:
    """Return findings of images and masks that can't be read or do not lie on one grid, a sentence each."""
    found = []
    for kind, (title, why, cure) in KINDS.items():
        some = [look for look in looks if kind in look.wrong]
        if some:
            words = "; ".join(f"{look.name}: {look.wrong[kind]}" for look in some[:3])
            more = f" and {len(some) - 3} more" if len(some) > 3 else ""
            found.append(Finding("error", title, words + more, _names(some), why, cure))
    return found


def grey_values(looks: Sequence[Look], windowed: bool) -> list[Finding]:
    """Return findings of images that hold nothing, NaN, or grey values on scales of their own."""
    lost = [look for look in looks if any(one.not_finite for one in look.grades)]
    constant = [look for look in looks if any(one.is_constant and not one.not_finite for one in look.grades)]
    flat = [look for look in looks if look not in constant and look.shape and len(look.flat) > FLAT * look.shape[0]]
    return [
        *_simple("error", "not finite", lost, "NaN or infinite grey values are", "a run stops there", "fill them in"),
        *_simple(
            "error", "constant image", constant, "all grey values are one", "it shows nothing", "replace the file"
        ),
        *_simple(
            "note",
            "constant slices",
            flat,
            "many slices are constant",
            "they teach nothing, and cost time",
            "cut them off",
        ),
        *_scales(looks, windowed),
    ]


def sizes(looks: Sequence[Look]) -> list[Finding]:
    """Return findings of voxel sizes that differ from the set's, or are in other units than mm."""
    some = [look for look in looks if look.spacing is not None]
    if not some:
        return []
    spacing = np.array([look.spacing for look in some], float)
    median = np.median(spacing, 0)
    ratios = spacing / median
    units = np.array([_is_power(row) for row in ratios])
    odd = (np.maximum(ratios, 1 / ratios).max(1) > TWICE) & ~units
    found = []
    for which, kind, words, why in (
        (units, "units", "voxel sizes are ten, a hundred or a thousand times off the others'", UNITS),
        (odd, "odd spacing", f"voxel sizes are more than {TWICE:g} times off the median", SPACING),
    ):
        cases = [look for look, is_odd in zip(some, which, strict=True) if is_odd]
        if cases and len(some) >= FEWEST and len(cases) <= max(1, RARE * len(some)):
            found += _simple("warning", kind, cases, f"{words} ({_mm(median)} mm)", why, "mend the files' headers")
    return found + _units(some, median)


def orientations(looks: Sequence[Look]) -> list[Finding]:
    """Return a finding of cases whose axes run elsewhere in the body than most."""
    counts = Counter(look.axes for look in looks if look.axes is not None)
    if len(counts) < 2:
        return []
    usual, _ = counts.most_common(1)[0]
    some = [look for look in looks if look.axes not in (None, usual)]
    others = ", ".join(sorted(axes for axes in counts if axes and axes != usual))
    words = f"columns, rows and slices go {others}, those of most cases {usual},"
    why = "slices show the body turned or mirrored, which a network must then learn as well"
    cure = "bring all to one orientation, images and masks alike (nibabel.as_closest_canonical)"
    return _simple("warning", "orientation", some, words, why, cure)


UNITS = "they look like centimetres, micrometres or metres, and distances come out wrong by that factor"
SPACING = "a structure looks larger or smaller there than anywhere else, and distances weigh otherwise"


def _scales(looks: Sequence[Look], windowed: bool) -> list[Finding]:
    spread = np.array([look.grades[0].high - look.grades[0].low for look in looks if look.grades])
    spread = spread[spread > 0]
    if len(spread) < FEWEST:
        return []
    low, high = np.percentile(spread, (5, 95))
    if high <= SCALES * low and spread.max() <= EXTREMES * spread.min():
        return []
    severity: Severity = "warning" if windowed else "note"
    what = f"images have no common scale: the spread of grey values goes from {spread.min():.3g} to {spread.max():.3g}"
    why = (
        "one window for all leaves some images black"
        if windowed
        else "the plan scales each case by its own, as it should"
    )
    cure = "normalise per case: python -m data.plan FOLDER --force --intensity mri" if windowed else "nothing"
    return [Finding(severity, "grey scales", what, (), why, cure)]


def _units(some: Sequence[Look], median: Numbers) -> list[Finding]:
    """Return a warning where the sizes of the whole set look like no mm."""
    side = float(np.median([max(look.shape[1:]) for look in some]))
    pixel = float(median[1:].max())
    looks_like = ""
    if pixel < FINE_MM and pixel * side < SMALL_MM:
        looks_like = "centimetres or metres"
    elif pixel > COARSE_MM:
        looks_like = "micrometres"
    if not looks_like:
        return []
    what = f"all voxel sizes look like {looks_like}: {_mm(median)} mm in the middle, slices of {pixel * side:.3g} mm"
    return [Finding("warning", "units", what, (), UNITS, "mend the files' headers, unless something so small is shown")]


def _is_power(ratios: Numbers) -> bool:
    """Return whether all three sizes are off by one and the same power of ten, about."""
    factors = np.maximum(ratios, 1 / ratios)
    alike = float(ratios.max() / ratios.min()) < NEAR
    return alike and any(power / NEAR < float(np.median(factors)) < power * NEAR for power in POWERS)


def _mm(sizes: Numbers) -> str:
    return " x ".join(f"{size:.3g}" for size in sizes)


def _simple(severity: Severity, kind: str, some: Sequence[Look], words: str, why: str, cure: str) -> list[Finding]:
    if not some:
        return []
    return [Finding(severity, kind, f"{words} in {listed([look.name for look in some])}", _names(some), why, cure)]


def _names(some: Sequence[Look]) -> tuple[str, ...]:
    return tuple(sorted(look.name for look in some))

"""Masks against their images: shifted, swapped left and right; and images cut around what is to be found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from data.auditing.anatomy import REACH, Anatomy
from data.auditing.finding import Finding, Severity
from data.auditing.look import Look
from data.auditing.outliers import FEWEST, Numbers, middle_of
from data.files import listed

FAINT = 0.15  # of the image's spread: contrast below which a mask can't be told to lie wrong
STEADY = 1.5  # pixels at 96 a side: how far off most masks may seem to lie where the check has power
OFF, GAIN, BEST = 0.5, 0.5, 0.8  # contrast in place and what is gained elsewhere, of the set's usual contrast
LOST = 0.15  # contrast of a mask that has nothing to do with its image
APART = 3.0  # robust deviations by which one structure lies beside another
CENTRED = 0.03  # of the image's side: spread of the structures' centre from case to case
LEAST_EXTENT = 0.95  # of the image's side, above which a structure can't be off the centre
RIGHT = re.compile(r"(?<![a-z])(left|right|l|r)(?![a-z])", re.IGNORECASE)


def shifted(looks: Sequence[Look]) -> list[Finding]:
    """Return a finding of masks that would lie on the grey values of their structures better elsewhere, or nowhere.

    What is usual in the set says how bright a structure is beside its surroundings; where most masks don't lie best
    where they are, the check has no power, and finds nothing.
    """
    some = [look for look in looks if look.anatomy is not None and look.anatomy.sizes.any()]
    if len(some) < FEWEST:
        return []
    fits = _fits(np.array([one.anatomy.contrasts for one in some if one.anatomy is not None]))
    if fits is None:
        return []
    here = fits[:, REACH, REACH]
    flat = fits.reshape(len(fits), -1)
    best, gain = flat.argmax(1), flat.max(1) - here
    moves = np.stack(np.divmod(best, 2 * REACH + 1), 1) - REACH
    away = np.hypot(*moves.T)
    if np.median(away) > STEADY:
        return []
    middle = middle_of(here)
    elsewhere = (gain > GAIN) & (here < OFF) & (flat.max(1) > BEST) & (away >= 2)
    nowhere = here < min(LOST, middle.median - APART * middle.scale)
    cases = [one for one, is_odd in zip(some, elsewhere | nowhere, strict=True) if is_odd]
    if not cases:
        return []
    return [
        Finding(
            "warning",
            "mask beside its structure",
            f"grey values in and around the mask do not fit it where it lies in {listed([one.name for one in cases])}",
            tuple(sorted(one.name for one in cases)),
            "a mask that is shifted, turned or another's teaches what is beside the structure",
            "lay mask and image over each other and look",
        )
    ]


def swapped(looks: Sequence[Look], structures: Sequence[str]) -> list[Finding]:
    """Return findings of cases in which two structures lie to each other the other way round than in the rest."""
    some = [look for look in looks if look.anatomy is not None]
    anatomies = [one.anatomy for one in some if one.anatomy is not None]
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for one, other in combinations(range(len(structures)), 2):
        is_named = _are_sides(structures[one], structures[other])
        odd = _other_way_round(_between(anatomies, one, other))
        found[is_named] |= {look.name for look, is_odd in zip(some, odd, strict=True) if is_odd}
    findings = []
    for is_named, names in found.items():
        if names:
            severity: Severity = "error" if is_named else "warning"
            sides = (
                "left and right are swapped" if is_named else "structures lie mirrored, or their labels are swapped,"
            )
            findings.append(
                Finding(
                    severity,
                    "left and right",
                    f"{sides} in {listed(sorted(names))}, as against the other cases",
                    tuple(sorted(names)),
                    "half of the voxels of both structures count as wrong",
                    "look at the cases; swap the labels, or mend the orientation of the file",
                )
            )
    return findings + _against_the_body(anatomies, structures)


def centred(looks: Sequence[Look], planar: bool) -> list[Finding]:
    """Return a warning where the structures lie in the same place of all images, as in crops around them."""
    some = [look.anatomy for look in looks if look.anatomy is not None and look.anatomy.sizes.any()]
    if len(some) < FEWEST:
        return []
    centres, extents = (np.array([getattr(one, what) for one in some]) for what in ("centre", "extent"))
    axes = [axis for axis in range(3) if not (planar and axis == 0)]
    free = [axis for axis in axes if np.median(extents[:, axis]) < LEAST_EXTENT]
    spread = [max(middle_of(centres[:, axis]).scale, float(np.std(centres[:, axis])) / 2) for axis in free]
    voxel = np.median([look.shape for look in looks if look.anatomy is not None], 0)  # a middle falls on half of one
    if len({*free} & {1, 2}) < 2 or any(
        far > max(CENTRED, 0.5 / voxel[k]) for far, k in zip(spread, free, strict=True)
    ):
        return []
    sides = " x ".join(f"{share:.0%}" for share in np.median(extents[:, axes], 0))
    return [
        Finding(
            "warning",
            "label-centred crops",
            f"the structures' middle lies within {max(spread):.1%} of the side at one place of all {len(some)} masked "
            f"images, and they fill {sides} of the sides: the images are cut around them",
            (),
            "where to look was told by the masks, so Dice on these images is not Dice on whole scans",
            "say so beside every number, and apply what is trained here to crops of this kind only",
        )
    ]


def _fits(contrasts: Numbers) -> Numbers | None:
    """Return how well masks fit their images by shift, 1 being usual; None where structures hardly stand out."""
    usual = np.array([_usual(one) for one in contrasts[..., REACH, REACH].T])
    if np.abs(usual).max(initial=0) < FAINT:
        return None
    known = np.isfinite(contrasts[:, :, REACH, REACH])
    power = (known * usual**2).sum(1)
    total = (np.nan_to_num(contrasts) * usual[None, :, None, None]).sum(1)
    found: Numbers = total / np.where(power > 0, power, np.inf)[:, None, None]
    found[power == 0, REACH, REACH] = 1.0
    return found


def _usual(values: Numbers) -> float:
    """Return the median of the finite numbers, 0 where there is none."""
    return middle_of(values).median if np.isfinite(values).any() else 0.0


def _between(anatomies: Sequence[Anatomy], one: int, other: int) -> Numbers:
    """Return (n, 3) ways from one structure to another, in mm of the body where all cases say it, else in sides."""
    known = all(anatomy.places is not None for anatomy in anatomies)
    where = [anatomy.places if known and anatomy.places is not None else anatomy.centres for anatomy in anatomies]
    return np.array([place[other] - place[one] for place in where]).reshape(-1, 3)


def _other_way_round(ways: Numbers) -> npt.NDArray[np.bool_]:
    """Return which ways go against the others along an axis on which nearly all go one way."""
    odd = np.zeros(len(ways), bool)
    for axis in range(3):
        way = ways[:, axis]
        if np.isfinite(way).sum() < FEWEST:
            continue
        middle = middle_of(way)
        if abs(middle.median) > APART * middle.scale and abs(middle.median) > 0.02:
            against = np.nan_to_num(way) * np.sign(middle.median) < -0.5 * abs(middle.median)
            odd |= against & (against.sum() <= 0.2 * len(ways) + 1)
    return odd


def _are_sides(one: str, other: str) -> bool:
    """Return whether two names differ in nothing but left and right."""
    return bool(RIGHT.search(one) and RIGHT.search(other)) and RIGHT.sub("", one) == RIGHT.sub("", other)


def _against_the_body(anatomies: Sequence[Anatomy], structures: Sequence[str]) -> list[Finding]:
    """Return a warning where most of what is called left lies on the body's right, as the files say it."""
    placed = [one.places for one in anatomies if one.places is not None]
    found = []
    for one, other in combinations(range(len(structures)), 2):
        if not placed or not _are_sides(structures[one], structures[other]):
            continue
        left, right = (one, other) if (match := RIGHT.search(structures[one])) and match[1][0] in "lL" else (other, one)
        across = np.array([place[right, 0] - place[left, 0] for place in placed])
        if np.isfinite(across).any() and float(np.nanmedian(across)) < 0:
            what = f"{structures[left]} lies to the body's right of {structures[right]} in most cases, by the affines"
            why = "either the names or the files' orientation are wrong, and a left side is reported as a right one"
            cure = "look at a case in a viewer that shows the body's sides"
            found.append(Finding("warning", "left and right", what, (), why, cure))
    return found

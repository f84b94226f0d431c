"""Equal and nearly equal images of what the plan calls two patients."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from data.auditing.finding import Finding, Severity
from data.auditing.look import Look
from data.auditing.matching import matches, turned
from data.auditing.pictures import THUMBNAIL, Array, normalised
from data.auditing.subject import WORDS, tears
from data.files import listed

ALIKE = 0.9
"""Correlation of two slices' detail over their overlap from which they are called one picture. Of the real sets that
were looked at no two people's slices reach 0.86, and copies with noise of 5 % of the grey values' range lie above."""
WHOLE_ALIKE = 0.95  # correlation of two thumbnails, likewise
STANDS_OUT = 6.0  # robust deviations by which it is above what two patients have in common
NEEDED = 2  # slices of two volumes that agree
LEAK = "what is trained on is scored, or chosen by, so scores say less of new patients than they seem to"
TWICE = "one image counts as two patients: intervals are too narrow, and another split or fold tears them apart"
Pair = tuple[int, int]


def equal_images(looks: Sequence[Look]) -> tuple[list[Finding], set[Pair]]:
    """Return findings of images and slices that are equal voxel for voxel, and the pairs of cases."""
    wholes = _pairs(looks, [[look.digest] if look.digest and len(look.flat) < look.shape[0] else [] for look in looks])
    slices = _pairs(looks, [look.slice_digests for look in looks]) - wholes
    found = [
        *_told(looks, wholes, "equal images", "are equal voxel for voxel"),
        *_told(looks, slices, "equal slices", "share slices that are equal voxel for voxel"),
    ]
    return found, wholes | slices


def near_images(looks: Sequence[Look], known: set[Pair]) -> list[Finding]:
    """Return findings of images that are nearly equal: turned, mirrored, cropped, noisy, in other greys or sizes.

    known: pairs of cases whose patients are told of already.
    """
    people = {_people(looks, pair) for pair in known}
    found = {pair for pair in _by_slices(looks) | _by_thumbnails(looks) if _people(looks, pair) not in people}
    return _told(looks, found, "nearly equal images", f"are nearly equal (correlation above {ALIKE:g})")


def equal_masks(looks: Sequence[Look]) -> list[Finding]:
    """Return a finding of masks of two patients that are equal voxel for voxel while their images are not."""
    groups: dict[str, list[Look]] = {}
    for look in looks:
        if look.mask_digest is not None:
            groups.setdefault(look.mask_digest, []).append(look)
    twice = [g for g in groups.values() if len({one.patient for one in g}) > 1 and len({one.digest for one in g}) > 1]
    if not twice:
        return []
    words = [" and ".join(one.name for one in group[:2]) for group in twice]
    return [
        Finding(
            "warning",
            "equal masks",
            f"masks of different images are equal voxel for voxel: {listed(words)}",
            tuple(sorted(one.name for group in twice for one in group)),
            "no two patients have one outline: a mask probably lies beside another's image",
            "look whose mask it is, and put the right one beside each image",
        )
    ]


def _people(looks: Sequence[Look], pair: Pair) -> frozenset[str]:
    return frozenset(looks[k].patient for k in pair)


def _pairs(looks: Sequence[Look], digests: Iterable[Sequence[str]]) -> set[Pair]:
    """Return pairs of cases of two patients that share a digest."""
    groups: dict[str, set[int]] = {}
    for number, mine in enumerate(digests):
        for digest in mine:
            groups.setdefault(digest, set()).add(number)
    several = {tuple(sorted(group)) for group in groups.values() if len(group) > 1}
    pairs = (pair for group in several for pair in itertools.combinations(group, 2))
    return {pair for pair in pairs if looks[pair[0]].patient != looks[pair[1]].patient}


def _by_slices(looks: Sequence[Look]) -> set[Pair]:
    agree: dict[Pair, int] = {}
    for match in matches(looks):
        if match.alike >= ALIKE:
            pair = (min(match.one, match.other), max(match.one, match.other))
            agree[pair] = agree.get(pair, 0) + 1
    return {pair for pair, count in agree.items() if count >= min(NEEDED, *(looks[k].shape[0] for k in pair))}


def _by_thumbnails(looks: Sequence[Look]) -> set[Pair]:
    """Return pairs whose thumbnails are far more alike than those of two patients of the set mostly are."""
    found: set[Pair] = set()
    for axes in THUMBNAIL:
        numbers = [k for k, one in enumerate(looks) if one.pictures is not None and one.pictures.thumbnail.ndim == axes]
        if len(numbers) < 2:
            continue
        boxes: Array = np.stack([one.pictures.thumbnail for k in numbers if (one := looks[k]).pictures is not None])
        first, second = np.triu_indices(len(numbers), 1)
        alike = _most_alike(boxes)[first, second]
        who = np.unique([looks[k].patient for k in numbers], return_inverse=True)[1]
        apart = who[first] != who[second]
        scale = np.arctanh(np.clip(alike, 0, 1 - 1e-7))
        if not apart.any():
            continue
        middle = float(np.median(scale[apart]))
        spread = 1.4826 * float(np.median(np.abs(scale[apart] - middle)))
        hits = np.flatnonzero(apart & (alike >= WHOLE_ALIKE) & (scale > middle + STANDS_OUT * max(spread, 0.05)))
        found |= {(numbers[first[k]], numbers[second[k]]) for k in hits}
    return found


def _most_alike(boxes: Array) -> Array:
    """Return how alike thumbnails (n, ...) are at most, under all ways to lay one on the other: (n, n)."""
    flat = normalised(boxes.reshape(len(boxes), -1))
    best: Array = np.zeros((len(boxes), len(boxes)), np.float32)
    for way in _ways(boxes):
        fits = np.ascontiguousarray(way).reshape(len(boxes), -1) @ flat.T
        np.maximum(best, np.abs(fits, out=fits), out=best)
    return best


def _ways(boxes: Array) -> Iterable[Array]:
    """Yield squares in 8, cubes in 48 ways."""
    if boxes.ndim == 3:
        yield from (turned(boxes, turn) for turn in range(8))
        return
    for order in itertools.permutations((1, 2, 3)):
        moved = boxes.transpose(0, *order)
        for signs in itertools.product((1, -1), repeat=3):
            yield moved[:, :: signs[0], :: signs[1], :: signs[2]]


def _told(looks: Sequence[Look], pairs: set[Pair], kind: str, words: str) -> list[Finding]:
    """Return a finding of pairs that lie on two sides, and one of those that lie on one."""
    torn = {pair for pair in pairs if tears(*(looks[k].side for k in pair))}
    kinds: tuple[tuple[Severity, set[Pair], str], ...] = (("leak", torn, LEAK), ("warning", pairs - torn, TWICE))
    found = []
    for severity, some, why in kinds:
        if some:
            names = [" and ".join(f"{looks[k].name} ({WORDS[looks[k].side]})" for k in pair) for pair in sorted(some)]
            cases = tuple(sorted({looks[k].name for pair in some for k in pair}))
            where = "on two sides of the split" if severity == "leak" else "on one side"
            what = f"{len(some)} pair{'s' * (len(some) > 1)} of cases of two patients {words}, {where}: {listed(names)}"
            cure = "keep one of each pair; in a folder, or give both one patient (python -m data.plan --patients FILE)"
            found.append(Finding(severity, kind, what, cases, why, cure))
    return found

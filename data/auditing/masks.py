"""Labels that are wrong or can hardly be right: values, sizes, pieces, and structures that are missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data.auditing.finding import Finding, Severity
from data.auditing.look import Look
from data.auditing.outliers import FEWEST, far
from data.auditing.subject import WORDS, Side
from data.files import listed

DEVIATIONS, LEAST = 5.0, 0.15  # of log volume
TINY = 0.01  # of the median volume
RARE = 0.1  # share of cases up to which a lack or a second piece is an exception
WHOLE = 0.8  # share of a structure in its largest piece
IMBALANCE = 20.0  # largest structure over smallest
SCARCE = 0.001  # of all labelled voxels
Which = npt.NDArray[np.bool_]


def wrong_values(looks: Sequence[Look]) -> list[Finding]:
    """Return a finding of masks with values that the plan does not name."""
    some = [look for look in looks if look.unknown]
    if not some:
        return []
    values = sorted({value for look in some for value in look.unknown})
    return [
        Finding(
            "error",
            "label values",
            f"{_masks(some)} values that the plan does not name, {listed([str(value) for value in values])}",
            _names(some),
            "a run stops at the first such mask, and what the value means is not known",
            "name the values under labels in the plan, or mend the masks",
        )
    ]


def absent_structures(looks: Sequence[Look], structures: Sequence[str]) -> list[Finding]:
    """Return findings of structures that no training case has, or that training has and another side lacks."""
    found = []
    for k, name in enumerate(structures):
        having = {look.side for look in looks if look.anatomy is not None and look.anatomy.sizes[k]}
        sides: list[Side] = sorted({look.side for look in looks if look.anatomy is not None} - {"predict"})
        lacking = [side for side in sides if side not in having]
        if "train" in lacking:
            where = f"and in {listed([WORDS[side] for side in sorted(having)])} ones" if having else "and in no other"
            why = "a network can't learn what it is never shown, and scores 0 on it"
            cure = "split anew with another --seed, or leave the structure out of the plan"
            found.append(
                Finding("error", "structure missing", f"{name} is in no training case, {where}", (), why, cure)
            )
        elif lacking:
            what = f"{name} is in no {' and no '.join(WORDS[side] for side in lacking)} case, and in training ones"
            why = "what is in no case of a side is neither chosen by nor scored there"
            cure = "split anew with another --seed, or leave the structure out of the plan"
            found.append(Finding("warning", "structure missing", what, (), why, cure))
    return found


def odd_sizes(looks: Sequence[Look], structures: Sequence[str]) -> list[Finding]:
    """Return findings of structures that are far larger or smaller than in the other cases, or lacking there only."""
    some = [look for look in looks if look.anatomy is not None and look.anatomy.labeled]
    found = []
    for k, name in enumerate(structures):
        volumes = np.array([look.anatomy.volumes[k] for look in some if look.anatomy is not None])
        there = volumes > 0
        if there.sum() < FEWEST:
            continue
        logs = np.log(np.where(there, volumes, np.nan))
        odd = far(logs, DEVIATIONS, LEAST) | (volumes < TINY * np.median(volumes[there])) & there
        why = "a slip of the pencil, another structure, or a rare patient; one such case moves a mean"
        found += _about(some, odd, "odd volume", f"the volume of {name} is far from the median", why)
        lacks = ~there
        if 0 < lacks.sum() <= max(1, RARE * len(some)):
            words = f"{name} is missing, which nearly all cases have,"
            found += _about(some, lacks, "structure missing", words, "forgotten in the mask, or truly not there")
    return found


def fragments(looks: Sequence[Look], structures: Sequence[str]) -> list[Finding]:
    """Return findings of structures in pieces that are whole in nearly all cases."""
    some = [look for look in looks if look.anatomy is not None]
    found = []
    for k, name in enumerate(structures):
        whole = np.array([look.anatomy.whole[k] for look in some if look.anatomy is not None])
        known = np.isfinite(whole)
        if known.sum() < FEWEST:
            continue
        broken, split = known & (whole < WHOLE), known & (whole < 1)
        rare = max(1, RARE * int(known.sum()))
        odd = split if split.sum() <= max(1, rare / 2) else broken
        if odd.sum() > rare:
            continue
        severity: Severity = "note" if some[0].shape[0] == 1 else "warning"
        why = "stray voxels or a torn outline: surface distances see every piece"
        found += _about(some, odd, "fragments", f"{name} lies in pieces, and in nearly no other case,", why, severity)
    return found


def imbalance(looks: Sequence[Look], structures: Sequence[str]) -> list[Finding]:
    """Return a note where structures are of very unlike sizes, or hardly any voxel is of one."""
    some = [look.anatomy for look in looks if look.anatomy is not None and look.side == "train"]
    labeled = sum(one.labeled for one in some)
    sizes = np.array(sum((one.sizes for one in some), np.zeros(len(structures), np.int64)), float)
    there = np.flatnonzero(sizes)
    if not there.size or not labeled:
        return []
    small, large = there[sizes[there].argmin()], there[sizes[there].argmax()]
    if sizes[large] <= IMBALANCE * sizes[small] and sizes[small] >= SCARCE * labeled:
        return []
    words = f"{structures[small]} has {sizes[small] / labeled:.2g} of the labelled voxels"
    if small != large:
        words += f", {structures[large]} {sizes[large] / sizes[small]:.0f} times as many"
    why = "plain cross-entropy neglects what is small, and a mean over structures weighs each the same"
    return [Finding("note", "class imbalance", words, (), why, "look at each structure's score, not at their mean")]


def empty_masks(looks: Sequence[Look]) -> list[Finding]:
    """Return a finding of masks without any structure."""
    masked = [look for look in looks if look.anatomy is not None and look.anatomy.labeled]
    empty = np.array([not look.anatomy.sizes.any() for look in masked if look.anatomy is not None], bool)
    why = "a mask that was never drawn teaches that nothing is there"
    severity: Severity = "warning" if empty.sum() <= max(1, RARE * len(masked)) else "note"
    return _about(masked, empty, "empty mask", "no structure is in the mask", why, severity)


def _about(
    some: Sequence[Look], which: Which, kind: str, words: str, why: str, severity: Severity = "warning"
) -> list[Finding]:
    if not which.any():
        return []
    cases = [look for look, is_odd in zip(some, which, strict=True) if is_odd]
    what = f"{words} in {listed([look.name for look in cases])}"
    return [Finding(severity, kind, what, _names(cases), why, "look at the masks, and mend those that are wrong")]


def _masks(some: Sequence[Look]) -> str:
    names = listed([look.name for look in some])
    return f"the mask of {names} holds" if len(some) == 1 else f"the masks of {names} hold"


def _names(some: Sequence[Look]) -> tuple[str, ...]:
    return tuple(sorted(look.name for look in some))

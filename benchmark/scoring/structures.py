"""Which structures masks have: the labels that occur in the reference, unless the user says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmark.errors import UsageError
from benchmark.scoring.label_values import MEANT, labels_in
from benchmark.scoring.mask_files import Labels

Structures = Mapping[int, str]
"""Names by label, in ascending order of the labels."""
SHOWN = 8  # labels in a message
BACKGROUND = {"background", "bg"}  # the name of label 0, in any letters
NUMBERS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")  # 4 or 1-4
NAMED = re.compile(r"(\d{1,5})\s*:\s*(.+)")  # 4:enhancing
RIGHT = "say which there are with --structures, such as 85:liver,170:spleen, or 1-104 for numbers alone"


def structures_of(masks: Mapping[str, Labels], named: str | None, folder: Path) -> Structures:
    """Return the structures of reference masks: as named, else the labels that occur, called by their numbers.

    UsageError for more labels than can be meant, none, or one without a name.
    """
    found: dict[int, Labels] = {}
    for mask in masks.values():
        for label in labels_in(mask.values):
            found.setdefault(label, mask)
    labels = sorted(found)
    if named is not None:
        return _with_names(_names(named), found, folder)
    if not labels:
        raise UsageError(f"{folder} holds no label but 0; {RIGHT}")
    gaps = labels != list(range(1, len(labels) + 1))
    if len(labels) > MEANT or (gaps and labels[-1] > MEANT):
        raise UsageError(
            f"{folder} holds {len(labels)} labels ({_shown(labels)}; {labels[-1]} in {found[labels[-1]]}): these may "
            f"be grey values or objects; {RIGHT}"
        )
    return {label: str(label) for label in labels}


def numbered(masks: Mapping[str, Labels], structures: Structures) -> dict[str, Labels]:
    """Return masks with label k for the k-th structure; UsageError names the file that holds another label."""
    known = sorted(structures)
    table = np.zeros(max(known) + 1, np.min_scalar_type(len(known)))
    table[known] = np.arange(1, len(known) + 1)
    for mask in masks.values():
        unknown = sorted(set(labels_in(mask.values)) - set(known))
        if unknown:
            raise UsageError(f"{mask} holds {_unknown(unknown)}; known are {_listed(structures)}; mend the file")
    if known == list(range(1, len(known) + 1)):
        return dict(masks)
    return {case: replace(mask, values=table[mask.values]) for case, mask in masks.items()}


def absent(structures: Structures, *sides: Mapping[str, Labels]) -> list[str]:
    """Return the structures, as label and name, that occur in no mask of any side."""
    left = dict(structures)
    for mask in (mask for side in sides for mask in side.values()):
        if not left:
            break
        for label in labels_in(mask.values):
            left.pop(label, None)
    return [f"{label} {name}" if str(label) != name else name for label, name in left.items()]


def _unknown(labels: Sequence[int]) -> str:
    many = f"{len(labels)} labels that the reference has not ({_shown(labels)}), as an image would"
    return many if len(labels) > SHOWN else f"label {_shown(labels)}, which the reference has not"


def _listed(structures: Structures) -> str:
    names = [str(label) if str(label) == name else f"{label} {name}" for label, name in structures.items()]
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _shown(labels: Sequence[int]) -> str:
    return ", ".join(str(label) for label in labels[:SHOWN]) + (", …" if len(labels) > SHOWN else "")


def _with_names(names: Structures, found: Mapping[int, Labels], folder: Path) -> Structures:
    lacking = sorted(set(found) - set(names))
    if lacking:
        raise UsageError(
            f"--structures: {folder} has label {lacking[0]} (in {found[lacking[0]]}), which is not among those named "
            f"({_listed(names)}); give each a name of its own, as in {lacking[0]}:name"
        )
    return names


def _names(text: str) -> Structures:
    """Return what --structures says: names of labels 1, 2, …, pairs as 4:enhancing, or labels alone as 1,2,4 or 1-4."""
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise UsageError(f"--structures {text!r} has an empty name; give one name a label, with commas between")
    numbers = [NUMBERS.fullmatch(part) for part in parts]
    pairs = [NAMED.fullmatch(part) for part in parts]
    if any(numbers) or any(pairs):
        if not all(number or pair for number, pair in zip(numbers, pairs, strict=True)):
            raise UsageError(f"--structures {text}: give all labels by name alone, or all by number, as in 4:enhancing")
        listed = [one for part in parts for one in _numbered(part)]
    else:
        if parts[0].lower() in BACKGROUND:
            raise UsageError(f"--structures {text}: label 0 is not named; begin with the name of label 1")
        listed = list(enumerate(parts, 1))
    named = dict(sorted(listed))
    if not named or len(named) < len(listed) or len(set(named.values())) < len(listed) or 0 in named:
        raise UsageError(f"--structures {text}: give each label but 0 once, and each a name of its own")
    return named


def _numbered(part: str) -> Iterator[tuple[int, str]]:
    """Yield labels and names of 4:enhancing, 4 or 1-4."""
    if pair := NAMED.fullmatch(part):
        yield int(pair[1]), pair[2]
        return
    numbers = NUMBERS.fullmatch(part)
    assert numbers is not None
    for label in range(int(numbers[1]), int(numbers[2] or numbers[1]) + 1):
        yield label, str(label)

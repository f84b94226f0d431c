"""Who is on which side of the split, by the plan and by what names usually say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from data.auditing.finding import Finding
from data.auditing.look import Look
from data.auditing.subject import SIDES, WORDS, Item, Side, Subject, tears
from data.files import listed
from data.folders.patients import PHASES, TIMES, cut_from, said_less
from data.folders.patients import SIDES as LATERAL

TIME = rf"(?:{TIMES}|(?:fr|acq|d|w|m|y|follow-up|bl|exam|study|series|echo|rep)[_-]?\d+)"
SIDE = rf"(?:{PHASES}|{LATERAL}|follow-up|systole|diastole)"
DATE = r"(?:19|20)\d{2}-?[01]\d-?[0-3]\d"
AGAIN = re.compile(rf"(?:^|[_\-. ])(?:{TIME}|{SIDE}|{DATE})(?=$|[_\-. ])", re.IGNORECASE)
"""Parts of a name that tell one of a person's cases from another: a time, a session, a side, a date."""
GENERAL = re.compile(
    r"(?:case|scan|slice|patient|pat|subject|subj|sub|image|img|vol|volume|data|mri|ct|id|sample)?[_\-. ]*",
    re.IGNORECASE,
)
"""What is left of a name that names nobody."""
PAIRED = re.compile(
    r"hippocamp[a-z]*|amygdala|eye|retina|fundus|optic|cochlea|inner-?ear|knee|hip(?![a-z])|femur|femoral|tibia|shoulder|"
    r"humer[a-z]+|wrist|hand(?![a-z])|foot|ankle|carotid|breast|mammo[a-z]*|ovar[a-z]+|kidney|lung"
)
"""What people have two of."""
FILLED = 0.4
"""Of an image's sides, which a structure fills at least where an image shows one side of a person."""
KNOWN: Mapping[str, str] = {
    r"hippocampus_\d{3}": "; the Medical Segmentation Decathlon, whose names these are, numbers volumes, not people",
}
COLLAPSED = "of two patients by the plan, and of one person by their names"


def person_of(name: str, planar: bool) -> str | None:
    """Return whom a case is of by its name alone, None where the name tells of one case only."""
    found = cut_from(said_less(name)) if planar else name
    found = AGAIN.sub("", found).strip("_-. ").lower()
    if found == name.lower() or GENERAL.fullmatch(found):
        return None
    return found


def persons(names: Sequence[str], planar: bool) -> Mapping[str, str]:
    """Return the person of each case whose name tells one; none where it would be one and the same for all."""
    found = {name: who for name in names if (who := person_of(name, planar))}
    return {} if len(found) == len(names) and len({*found.values()}) == 1 else found


def on_two_sides(subject: Subject) -> list[Finding]:
    """Return patients that the plan lists on two sides, in whatever letters."""
    sides: dict[str, dict[Side, str]] = {}
    for side in SIDES:
        for patient in subject.sides.get(side, ()):
            sides.setdefault(plain(patient), {}).setdefault(side, patient)
    torn = {who: where for who, where in sides.items() if _apart(where)}
    if not torn:
        return []
    words = [f"{listed(sorted({*where.values()}))} ({_and(where)})" for where in torn.values()]
    cases = [item.name for item in subject.items if plain(item.patient) in torn]
    return [
        Finding(
            "leak",
            "patient on two sides",
            f"{_count(torn, 'patient')} on two sides of the split: {listed(words)}",
            tuple(sorted(cases)),
            "what is trained on is scored, so scores say nothing of new patients",
            "list each patient once in the plan",
        )
    ]


def torn_apart(subject: Subject) -> list[Finding]:
    """Return cases that are of one person by their names and lie on different sides, as patients of their own."""
    told = persons([item.name for item in subject.items], subject.planar)
    groups: dict[str, list[Item]] = {}
    for item in subject.items:
        if item.name in told:
            groups.setdefault(told[item.name], []).append(item)
    torn = [group for group in groups.values() if _apart({item.side: "" for item in group}) and _are_two(group)]
    if not torn:
        return []
    cases = tuple(sorted(item.name for group in torn for item in group))
    words = [" and ".join(f"{item.name} ({WORDS[item.side]})" for item in _ends(group)) for group in torn]
    return [
        Finding(
            "leak",
            "frames torn apart",
            f"{len(cases)} cases, {COLLAPSED}, lie on different sides: {listed(words)}",
            cases,
            "two frames, sessions or slices of a person are nearly one image, so what is trained on is scored",
            "say whose cases are whose: python -m data.plan FOLDER --force --patients RULE",
        )
    ]


def one_person_twice(subject: Subject, looks: Sequence[Look]) -> list[Finding]:
    """Return a warning where images show one side of what people have two of, and each counts as a patient."""
    words = {subject.dataset, *subject.structures, *(item.name for item in subject.items)}
    organ = next((match[0] for word in sorted(words) if (match := PAIRED.search(word.lower()))), None)
    sided = any(re.search(r"(?<![a-z])(left|right)(?![a-z])", name.lower()) for name in subject.structures)
    extents = [look.anatomy.extent[1:] for look in looks if look.anatomy is not None]
    if organ is None or not subject.own or sided or not extents:
        return []
    filled = [float(share) for share in np.nanmedian(np.array(extents), axis=0)]
    if min(filled) < FILLED:
        return []
    known = next(
        (words for rule, words in KNOWN.items() if all(re.fullmatch(rule, one.name) for one in subject.items)), ""
    )
    where = ", ".join(f"{len(subject.sides.get(side, ()))} {WORDS[side]}" for side in SIDES if subject.sides.get(side))
    return [
        Finding(
            "warning",
            "left and right of one person",
            f"each case is one {organ} and counts as a patient of its own ({where}), so left and right of one person "
            f"may be on two sides of the split{known}",
            (),
            "both sides of a person are alike, so scores may be those of people who were trained on",
            "say so beside every number, or say whose cases are whose: python -m data.plan FOLDER --patients FILE.csv",
        )
    ]


def plain(patient: str) -> str:
    """Return a patient's name without what is mostly a slip: capitals, hyphens for underscores, leading zeros."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\s_.-]+", "-", patient.strip().lower()))


def _ends(group: Sequence[Item]) -> tuple[Item, Item]:
    """Return two cases of a group that lie apart."""
    first = group[0]
    pairs = ((one, other) for one in group for other in group if tears(one.side, other.side))
    return next(pairs, (first, first))


def _are_two(group: Sequence[Item]) -> bool:
    return len({plain(item.patient) for item in group}) > 1


def _apart(sides: Iterable[Side]) -> bool:
    found = list(sides)
    return any(tears(one, other) for one in found for other in found)


def _and(where: Iterable[Side]) -> str:
    return " and ".join(WORDS[side] for side in where)


def _count(things: Mapping[str, object], word: str) -> str:
    return f"1 {word} is" if len(things) == 1 else f"{len(things)} {word}s are"

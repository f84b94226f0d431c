"""The whole audit of a data set, and the part of it that needs no image."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from data.auditing.copies import equal_images, equal_masks, near_images
from data.auditing.finding import Finding, Report, ordered
from data.auditing.grids import grey_values, orientations, sizes, unreadable
from data.auditing.look import Look, look_at
from data.auditing.masks import absent_structures, empty_masks, fragments, imbalance, odd_sizes, wrong_values
from data.auditing.persons import on_two_sides, one_person_twice, torn_apart
from data.auditing.pictures import stride_for
from data.auditing.placement import centred, shifted, swapped
from data.auditing.subject import Subject
from data.errors import DataError


def examined(subject: Subject, progress: Callable[[int, int], None] = lambda done, total: None) -> Report:
    """Return all that is found of a data set; each case is read once. progress: told of cases done, and of how many."""
    looks = looks_at(subject, progress)
    names = subject.structures
    equal, pairs = equal_images(looks)
    found = [
        *by_names(subject),
        *equal,
        *near_images(looks, pairs),
        *unreadable(looks),
        *grey_values(looks, subject.windowed),
        *wrong_values(looks),
        *absent_structures(looks, names),
        *swapped(looks, names),
        *shifted(looks),
        *equal_masks(looks),
        *odd_sizes(looks, names),
        *fragments(looks, names),
        *empty_masks(looks),
        *one_person_twice(subject, looks),
        *centred(looks, subject.planar),
        *sizes(looks),
        *orientations(looks),
        *imbalance(looks, names),
    ]
    return Report(subject.dataset, *subject.fingerprints(), "all", ordered(found))


def by_names(subject: Subject) -> Sequence[Finding]:
    """Return what the plan and the cases' names tell of leaks; no file is read."""
    return [*on_two_sides(subject), *torn_apart(subject)]


def looks_at(subject: Subject, progress: Callable[[int, int], None]) -> Sequence[Look]:
    """Return a look at each case."""
    looks, stride = [], _stride(subject)
    for number, item in enumerate(subject.items, 1):
        looks.append(look_at(item, len(subject.structures), stride))
        progress(number, len(subject.items))
    return looks


def _stride(subject: Subject) -> int:
    """Return the one scale at which all slices are compared, that of the first image that can be read."""
    for item in subject.items:
        try:
            return stride_for(item.read().channels[0].shape)
        except DataError:
            continue
    return 1

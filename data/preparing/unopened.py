"""Cases of a folder that can't be taken as they lie there, found before any is read: each for a reason of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from data.errors import DataError
from data.folders.agreement import check_slices
from data.folders.axes import ways_of
from data.folders.cases import kinds_of
from data.folders.images import is_flat, place_of, read_mask
from data.folders.listed import ListedCase, Listing, Part, unusable
from data.folders.plan import Plan
from data.folders.planning import in_file
from data.orientation import Place
from data.preparing.alone import Guard
from data.preparing.aside import PlaceError

TRAINED: tuple[Part, ...] = ("labeled", "unlabeled", "test")


def unopened(listing: Listing, guard: Guard, plan: Plan | None = None) -> Mapping[str, str]:
    """Return what is wrong with cases whose files can't be opened, or that are not of the kind that the others are.

    Masks are opened where they have to tell the labels. Without a plan most cases say whether a case is one slice.
    """
    wrong, places = dict(unusable(listing.cases)), dict[str, Place]()
    if plan is not None:
        wrong |= dict(_without_masks(listing, plan))
    for case in listing.of(*TRAINED):
        if case.name not in wrong:
            try:
                places[case.name] = guard.read(case.name, _opened, case, in_file(case, listing), listing.labels is None)
            except PlaceError:
                raise
            except DataError as error:
                wrong[case.name] = str(error)
    wrong |= dict(_odd(listing, places) if plan is None else _not_planar(listing, places) if plan.planar else ())
    left = {name: place for name, place in places.items() if name not in wrong}
    ways = ways_of(left, None if plan is None else plan.axis)[0] if left else {}
    return wrong | {name: str(way) for name, way in ways.items() if isinstance(way, DataError)}


def first_unread(listing: Listing, guard: Guard, broken: Mapping[str, str]) -> Mapping[str, str]:
    """Return what is wrong with the first labelled images up to one that can be read, by which channels are told."""
    wrong = dict[str, str]()
    for case in listing.of("labeled"):
        if case.name in broken:
            continue
        try:
            guard.read(case.name, _read, case, len(listing.channels) or len(case.images))
        except PlaceError:
            raise
        except DataError as error:
            wrong[case.name] = str(error)
        else:
            break
    return wrong


def _opened(case: ListedCase, is_in_file: bool, with_mask: bool) -> Place:
    """Return where a case's first image lies; DataError where a file of it can't be opened."""
    first, *_ = (place_of(path, is_in_file) for path in case.images)
    if case.mask is not None and with_mask:
        read_mask(case.mask)
    return first


def _read(case: ListedCase, channels: int) -> None:
    kinds_of(case, channels)


def _without_masks(listing: Listing, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the cases of patients that a plan has among those with masks, and of whom no mask is left."""
    known = {case.name: plan.patients.get(case.name, case.name) for case in listing.cases}
    bare = {*plan.train, *plan.val, *plan.test} - {known[case.name] for case in listing.cases if case.mask is not None}
    for case in listing.of("unlabeled"):
        if known[case.name] in bare:
            cure = f"put it there, or move {known[case.name]} to unlabeled in the plan"
            yield case.name, f"case {case.name} has no mask; {cure}"


def _not_planar(listing: Listing, places: Mapping[str, Place]) -> Iterator[tuple[str, str]]:
    """Yield the volumes among cases of which a plan says that each is one slice."""
    cases = {case.name: case for case in listing.cases}
    for name, place in places.items():
        try:
            check_slices(cases, {name: place})
        except DataError as error:
            yield name, str(error)


def _odd(listing: Listing, places: Mapping[str, Place]) -> Iterator[tuple[str, str]]:
    """Yield the volumes among 2-D files, or the 2-D files among volumes, whichever are fewer."""
    files = {case.name: case.images[0] for case in listing.cases}
    single = {name for name, place in places.items() if place.shape[0] == 1}
    flat = {name for name in single if is_flat(files[name])} if len(single) < len(places) else set[str]()
    if not flat or 2 * len(single) == len(places):
        return
    most_single = 2 * len(single) > len(places)
    for name in sorted({*places} - single if most_single else flat):
        slices = f"has {places[name].shape[0]} slices, most others one" if most_single else "is 2-D, most others 3-D"
        yield name, f"case {name}: {files[name].name} {slices}; expected files of one kind"

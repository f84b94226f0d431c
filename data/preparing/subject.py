"""The data set that is prepared: of a folder of one's own, what can be read of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from data.catalog import find, names_folder
from data.errors import DataError
from data.folders.axes import ways_of
from data.folders.cases import read_volume
from data.folders.found import plan_at, plan_file, published_at, require_own
from data.folders.images import place_of, read_mask
from data.folders.listed import ListedCase, Listing, Part, unusable
from data.folders.listing import list_any
from data.folders.plan import read_plan, write_plan
from data.folders.planning import Choices, in_file, name_of, planned
from data.folders.source import Folder
from data.orientation import Place
from data.published import Published

Stored = Folder | Published
TRAINED: tuple[Part, ...] = ("labeled", "unlabeled", "test")


def subject_of(spec: str, data_root: Path | None) -> Stored:
    """Return a data set by name or path, as ``data.catalog.find`` does.

    Of a folder of one's own, cases whose files can't be opened are left out, and those that were left out before and
    can be opened now are taken up again. One without a plan gets it.
    """
    found = plan_at(spec)
    if found is not None:
        plan = read_plan(found[0])
        listing = list_any(Path(plan.folder))
        plan = plan.model_copy(update={"broken": _unopened(listing, plan.axis)})
        return Folder(listing, plan, *found)
    folder = Path(spec).expanduser()
    if names_folder(spec) and folder.is_dir():
        published = published_at(folder)
        return _planned(folder) if published is None else cast(Stored, published)
    return cast(Stored, find(spec, data_root))


def leaving_out(folder: Folder, broken: Mapping[str, str]) -> Folder:
    """Return a folder without some more cases; DataError where too few are left to train and test on."""
    plan = folder.plan.model_copy(update={"broken": {**folder.plan.broken, **broken}})
    return Folder(folder.listing, plan, folder.root, folder.fold)


def keep_broken(folder: Folder) -> bool:
    """Write into the folder's plan which cases are broken, where it says otherwise; return whether it did."""
    assert folder.root is not None
    plan = read_plan(folder.root)  # as its user may have edited it meanwhile
    if plan.broken == folder.plan.broken:
        return False
    write_plan(plan.model_copy(update={"broken": dict(sorted(folder.plan.broken.items()))}), folder.root)
    return True


def _planned(folder: Path) -> Folder:
    """Return a folder that has no plan yet with one, which is written down."""
    listing = list_any(folder)
    path = plan_file(name_of(listing, None))
    if path.exists():
        require_own(read_plan(path), folder, path)
    broken = {**_unopened(listing)}
    broken |= _first_unread(listing, broken)
    _, plan = planned(folder, Choices(), broken)
    made = Folder(listing, plan, path)
    write_plan(plan, path)
    return made


def _unopened(listing: Listing, axis: int | None = None) -> Mapping[str, str]:
    """Return what is wrong with the cases whose files can't be opened, or that can't be cut as the others are.

    Masks are opened where they have to tell the labels.
    """
    wrong, places = dict(unusable(listing.of(*TRAINED))), dict[str, Place]()
    for case in listing.of(*TRAINED):
        if case.name not in wrong:
            try:
                places[case.name] = _opened(case, listing)
            except DataError as error:
                wrong[case.name] = str(error)
    ways = ways_of(places, axis)[0] if places else {}
    return wrong | {name: str(way) for name, way in ways.items() if isinstance(way, DataError)}


def _opened(case: ListedCase, listing: Listing) -> Place:
    """Return where a case's first image lies; DataError where a file of it can't be opened."""
    first, *_ = (place_of(path, in_file(case, listing)) for path in case.images)
    if case.mask is not None and listing.labels is None:
        read_mask(case.mask)
    return first


def _first_unread(listing: Listing, broken: Mapping[str, str]) -> Mapping[str, str]:
    """Return what is wrong with the first labelled images up to one that can be read, by which channels are told."""
    wrong = dict[str, str]()
    for case in listing.of("labeled"):
        if case.name in broken:
            continue
        try:
            read_volume(case, len(listing.channels) or len(case.images))
        except DataError as error:
            wrong[case.name] = str(error)
        else:
            break
    return wrong

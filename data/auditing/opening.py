"""The data set that an audit is asked for: a folder by its plan, ACDC, or the phantom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np

from data.auditing.subject import Item, Labels, Opened, Side, Subject
from data.case import Case
from data.errors import DataError
from data.folders.axes import Cut, coarsest, ways_of
from data.folders.cases import classes_of, read_volume, unnamed
from data.folders.found import plan_at, plan_file, plan_of
from data.folders.images import Volume, place_of, read_image, read_mask
from data.folders.listing import ListedCase, Listing, list_folder
from data.folders.marked import only_marked
from data.folders.patients import patients_of
from data.folders.plan import Plan, read_plan
from data.folders.source import Folder
from data.held_out import Gate
from data.orientation import Place, brought, difference
from data.source import Source


def opened(spec: str, data_root: Path | None = None) -> tuple[Subject, Path]:
    """Return what a name or path means, and the plan's file, real or as it would be; DataError where it is not there.

    A plan that was edited into one that no run would take is taken, and told of.
    """
    found = plan_at(spec)
    if found is not None:
        path, fold = found
        plan = read_plan(path)
        name = plan.dataset if fold is None else f"{plan.dataset}-fold{fold}"
        return of_plan(list_folder(Path(plan.folder), broken=plan.broken), plan, path, fold), path.with_name(
            f"{name}.json"
        )
    from data.catalog import find

    source = find(spec, data_root)
    if plan_of(source) is not None:  # it was just made
        return opened(spec, data_root)
    return of_source(source), plan_file(source.dataset)


def of_plan(listing: Listing, plan: Plan, path: Path, fold: int | None) -> Subject:
    """Return a folder as its plan says, of a fold (from 1) or of its own split."""
    sides = _sides(plan, fold)
    where = {patient: side for side, patients in sides.items() for patient in reversed(patients)}
    habit = patients_of([case.name for case in listing.cases], None, plan.planar)
    ways = _ways(listing, plan)
    items = []
    for case in listing.cases:
        predicted = case.part == "predict"
        patient = habit[case.name] if predicted else plan.patients.get(case.name, case.name)
        side: Side = "predict" if predicted else where.get(patient, "train")
        items.append(Item(case.name, patient, side, partial(read_listed, case, plan, ways[case.name])))
    return Subject(
        plan.dataset if fold is None else f"{plan.dataset}-fold{fold}",
        tuple(plan.labels),
        plan.planar,
        items,
        sides,
        not plan.patients,
        all(channel.intensity != "mri" for channel in plan.channels),
        f"{plan.folder}, read as {path.name} says",
        partial(_fingerprints, partial(Folder, listing, plan, path, fold)),
    )


def _ways(listing: Listing, plan: Plan) -> Mapping[str, Cut | DataError]:
    """Return how each case is cut as a run would, or what a run would say; any way for one whose header is broken."""
    places = dict[str, Place]()
    for case in listing.cases if not plan.planar else ():
        with suppress(DataError):  # reading the case says it
            places[case.name] = place_of(case.images[0], len(case.images) == 1 and len(plan.channels) > 1)
    trained = {case.name for case in listing.of("labeled", "unlabeled", "test")}
    return {**{case.name: Cut(0) for case in listing.cases}, **ways_of(places, plan.axis, trained)[0]}


def of_source(source: Source) -> Subject:
    """Return a data set of papers, or the phantom, as they are read for training and scoring."""
    split = source.split
    sides: dict[Side, Sequence[str]] = {"train": split.train, "val": split.val, "test": split.test}
    items = [
        Item(name, patient, side, partial(_read_case, read))
        for side, patients in sides.items()
        for name, patient, read in _readers(source, side, patients)
    ]
    return Subject(
        source.dataset,
        source.task.structures,
        source.task.planar,
        items,
        sides,
        False,
        source.dataset == "lits",  # whose grey values are Hounsfield units
        source.origin,
        partial(_fingerprints, lambda: source),
    )


def read_listed(case: ListedCase, plan: Plan, way: Cut | DataError) -> Opened:
    """Return a case of a folder, with what is wrong in words instead of errors; DataError for an unreadable image."""
    volume, wrong = _volume(case, plan)
    if isinstance(way, DataError):
        wrong["image"] = _said(way, case)
    cut = Cut(coarsest(volume.place)) if isinstance(way, DataError) else way
    with np.errstate(over="ignore", invalid="ignore"):
        channels = tuple(cut.apply(one).astype(np.float32) for one in volume.channels)
    mask, unknown = _mask(case, volume, plan, cut, wrong)
    place = cut.place(volume.place)
    spacing = None if place.spacing is None else (place.spacing[0], place.spacing[1], place.spacing[2])
    return Opened(channels, mask, spacing, place.affine, unknown, wrong)


def _volume(case: ListedCase, plan: Plan) -> tuple[Volume, dict[str, str]]:
    """Return a case's image as a run reads it, or its first file alone and what a run would say."""
    try:
        return read_volume(case, len(plan.channels)), {}
    except DataError as error:
        first = read_image(case.images[0], len(case.images) == 1 and len(plan.channels) > 1)
        return Volume(first.channels[:1], first.place, first.planar), {"image": _said(error, case)}


def _mask(
    case: ListedCase, image: Volume, plan: Plan, cut: Cut, wrong: dict[str, str]
) -> tuple[Labels | None, tuple[int, ...]]:
    """Return the classes of a case's voxels, and values that the plan does not name; what is wrong is written down."""
    if case.mask is None:
        return None, ()
    try:
        found = read_mask(case.mask)
        values = brought(found.channels[0], found.place, image.place)
        if values is None:
            wrong["geometry"] = difference(found.place, image.place, ("mask", "image"))
            return None, ()
        classes = classes_of(plan.labels, plan.ignored)[cut.apply(values)]
        marked = only_marked(classes, case, plan.partly, image.place, cut)
        return marked, tuple(unnamed(values, plan.labels, plan.ignored))
    except DataError as error:
        wrong["mask"] = str(error)
        return None, ()


def _said(error: DataError, case: ListedCase) -> str:
    """Return what is said of a case, to stand behind its name."""
    return str(error).removeprefix(f"case {case.name}: ")


def _sides(plan: Plan, fold: int | None) -> Mapping[Side, Sequence[str]]:
    if fold is None:
        return {"train": plan.train, "unlabeled": plan.unlabeled, "val": plan.val, "test": plan.test}
    split = plan.split(fold)
    return {"train": split.masked, "unlabeled": split.unmasked, "val": split.val, "test": split.test}


def _readers(source: Source, side: Side, patients: Sequence[str]) -> Iterator[tuple[str, str, Callable[[], Case]]]:
    """Yield name, patient and a reader of each case of a side: nothing of a test patient is handed on but marks."""
    from data.sources import acdc, lits

    if isinstance(source, acdc.Acdc):
        for patient in patients:
            for volume in sorted(volume for volume in source.layout.volumes() if volume.startswith(f"{patient}_")):
                yield volume, patient, partial(acdc.read_case, source.layout, volume)
    elif isinstance(source, lits.Lits):
        yield from ((patient, patient, partial(lits.read_case, source.layout, patient)) for patient in patients)
    else:
        gate = Gate(source)
        cases = gate.open("audit", 0) if side == "test" else source.cases(patients)
        yield from ((case.name, case.patient, partial(_same, case)) for case in cases)


def _same(case: Case) -> Case:
    return case


def _read_case(read: Callable[[], Case]) -> Opened:
    case = read()
    return Opened(case.channels, case.mask, case.spacing, case.affine)


def _fingerprints(make: Callable[[], Source]) -> tuple[str | None, str | None]:
    """Return the fingerprints of content and split; None of what is so wrong that no run could take it."""
    try:
        source = make()
        return source.fingerprint(), source.split.fingerprint
    except DataError:
        return None, None

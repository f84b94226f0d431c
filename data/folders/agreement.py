"""Whether a plan, which its user may have edited, is of what its folder holds and says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from data.errors import DataError
from data.files import listed
from data.folders.broken import check_enough
from data.folders.listed import ListedCase, Listing
from data.folders.plan import Plan
from data.folders.said import changes, said_of
from data.orientation import Place
from data.split import Split


def check_plan(
    plan: Plan,
    split: Split,
    root: Path | None,
    of_patient: Mapping[str, Iterable[str]],
    cases: Mapping[str, ListedCase],
    left_out: Collection[str],
) -> None:
    """Raise DataError where a plan is of other patients or cases than its folder holds.

    root: the plan's file. of_patient: cases of each patient that is there. cases: by name. left_out: broken ones.
    """
    planned = {*split.train, *split.val, *split.test}
    if left_out:
        check_enough(split, plan.folder)
    found = {*of_patient}
    for name, words in ((planned - found, "names"), (found - planned, "lacks")):
        if name:
            raise DataError(
                f"{root} {words} {split.unit} {min(name)}, and {plan.folder} "
                f"{'has none such' if words == 'names' else 'holds it'}; edit the plan, or make it anew: "
                f"python -m data.plan {plan.folder} --force"
            )
    masked = {plan.patients.get(name, name) for name, case in cases.items() if case.mask is not None}
    without = sorted(planned - {*split.unmasked} - masked)
    if without:
        raise DataError(f"{root}: {without[0]} has no mask; move it to the plan's list unlabeled")
    _check_partly(plan, root, cases, left_out)


def check_said(plan: Plan, root: Path | None, listing: Listing, left_out: Collection[str]) -> None:
    """Raise DataError where a folder's own files say something else than they did when its plan was made.

    What the plan itself says, which is its user's to edit, is not asked. left_out: broken cases, of which it is told
    elsewhere what is wrong.
    """
    if plan.said is None:
        return
    now = said_of(Path(plan.folder), listing, has_slices=plan.said.slices is not None)
    for change, fields in changes(plan.said.without(left_out), now.without(left_out), plan.patients):
        raise DataError(
            f"{root}: {change}; edit {fields} in the plan, or make it anew: python -m data.plan {plan.folder} --force"
        )


def _check_partly(plan: Plan, root: Path | None, cases: Mapping[str, ListedCase], left_out: Collection[str]) -> None:
    """Refuse labelled slices of a case that isn't there: all of the meant one's mask would be taken for labelled.

    One that is left alone may have some.
    """
    known = {name for name, case in cases.items() if case.mask is not None}
    for name in sorted({*plan.partly} - known - {*left_out}):
        if plan.patients.get(name, name) not in plan.aside:
            raise DataError(
                f"{root}: partly names case {name}, and no case of that name has a mask; with masks are "
                f"{listed(sorted(known))}"
            )


def check_slices(cases: Mapping[str, ListedCase], places: Mapping[str, Place]) -> None:
    """Raise DataError for a volume among cases of which a plan says that each is one slice (slices, rows, columns)."""
    for name, place in places.items():
        if place.shape[0] != 1:
            raise DataError(
                f"case {name}: {cases[name].images[0].name} has {place.shape[0]} slices, and the plan says that each "
                "case is one (planar); mend that, or make the plan anew"
            )

"""Folders of one's own by path or by the name that their plan gives them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from data.digits import whole_number
from data.errors import DataError, DataUsageError
from data.files import whole_path
from data.folders.listing import list_folder
from data.folders.plan import Plan, read_plan, write_plan
from data.folders.planning import Choices, name_of, planned
from data.folders.source import Folder
from data.source import Source

PLANS = Path(__file__).resolve().parents[1] / "plans"
AUDIT = ".audit.json"
"""The end of the name under which an audit is kept beside a plan."""
FOLD = re.compile(r"(?P<name>.+?)(?:(?::|-)fold(?P<fold>[0-9]{1,9}))?")


def folder_of(spec: str) -> Source:
    """Return the data set that a path names: a folder, or a plan for one; ``:fold2`` behind it means one of its folds.

    A folder without a plan gets one, in data/plans, and it is said. What is ACDC or LiTS as published is returned as
    that.
    """
    name, _, fold = spec.partition(":fold")
    number = whole_number(fold)
    if fold and number is None:
        raise DataUsageError(f"--dataset {spec}: expected a number behind :fold, such as {name}:fold2")
    path = whole_path(name)
    if not path.exists():
        raise DataError(f"--dataset {name} does not exist; name a folder of images and masks, or a plan for one")
    if path.is_file():
        plan = read_plan(path)
        return Folder(list_folder(Path(plan.folder), broken=plan.broken), plan, path, number)
    published = published_at(path)
    if published is None:
        return _planned(path, number)
    if number is not None:
        raise DataUsageError(f"--dataset {spec}: {published.dataset} has its published split and no folds; name {name}")
    return published


def published_at(folder: Path) -> Source | None:
    """Return the data set of papers that a folder holds as it is published, and say so; None for any other folder."""
    from data.sources import acdc, lits, lits_files

    of_acdc = acdc.layout_of(folder)
    if of_acdc is not None:
        return _said(acdc.Acdc(of_acdc), f"{folder} is ACDC, {of_acdc.name}", folder)
    of_lits = lits_files.layout_of(folder, lits_files.FEWEST)
    return None if of_lits is None else _said(lits.Lits(of_lits), f"{folder} is LiTS, {of_lits.name}", folder)


def _said(found: Source, what: str, folder: Path) -> Source:
    print(f"{what}, and read as such, by its published split", file=sys.stderr)
    found.root = folder
    return found


def plan_of(source: Source) -> Path | None:
    """Return the file of a source's plan; None of a data set of papers, wherever it was found."""
    return source.root if source.root is not None and source.root.suffix == ".json" else None


def planned_before(dataset: str, root: Path | None) -> Source | None:
    """Return the folder whose plan has this name, at ``root`` or in data/plans; None where no plan has."""
    match = FOLD.fullmatch(dataset)
    if match is None:
        return None
    fold = int(match["fold"]) if match["fold"] else None
    paths = [root] if root is not None and root.suffix == ".json" else []
    for path in [*paths, PLANS / f"{match['name']}.json"]:
        if path.is_file() and (plan := read_plan(path)).dataset == match["name"]:
            return Folder(list_folder(Path(plan.folder), broken=plan.broken), plan, path, fold)
    return None


def plan_at(spec: str) -> tuple[Path, int | None] | None:
    """Return the plan that a path or name leads to, and the fold that is meant; None where there is none yet."""
    match = FOLD.fullmatch(spec)
    if match is None:
        return None
    path, fold = whole_path(match["name"]), int(match["fold"]) if match["fold"] else None
    if path.is_file():
        return path, fold
    if path.is_dir():
        same = (plan for plan in plans() if Path(read_plan(plan).folder).resolve() == path.resolve())
        return next(((plan, fold) for plan in same), None)
    named = plan_file(match["name"])
    return (named, fold) if named.is_file() else None


def plans() -> list[Path]:
    """Return the files of the plans that were made; what an audit keeps beside them is none."""
    return [path for path in sorted(PLANS.glob("*.json")) if not path.name.endswith(AUDIT)]


def plan_file(name: str) -> Path:
    """Return where the plan of a data set of this name lies, if it has been made."""
    return PLANS / f"{name}.json"


def require_own(plan: Plan, folder: Path, path: Path) -> None:
    """Raise DataError where a plan of this name is of another folder."""
    if Path(plan.folder).resolve() != folder.resolve():
        raise DataError(
            f"{path} is the plan of {plan.folder}, another folder that is called {plan.dataset}; give this one a name "
            f"of its own, python -m data.plan {folder} --name OTHER, or, where it only moved, edit folder in the plan"
        )


def _planned(folder: Path, fold: int | None) -> Folder:
    for path in plans():
        plan = read_plan(path)
        if Path(plan.folder).resolve() == folder.resolve():
            return Folder(list_folder(folder, broken=plan.broken), plan, path, fold)
    path = plan_file(name_of(list_folder(folder), None))
    if path.exists():
        require_own(read_plan(path), folder, path)
    listing, plan = planned(folder, Choices())
    write_plan(plan, path)
    print(f"{folder}: what was decided of it is in {path}, which you may edit", file=sys.stderr)
    return Folder(listing, plan, path, fold)

"""The data set that is prepared: of a folder of one's own, what can be read of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from data.catalog import find, names_folder
from data.files import whole_path
from data.folders.found import plan_at, plan_file, published_at, require_own
from data.folders.listing import list_any
from data.folders.plan import read_plan, write_plan
from data.folders.planning import Choices, name_of, planned
from data.folders.source import Folder
from data.preparing.alone import Guard
from data.preparing.findings import Findings
from data.preparing.preparation import Stored, digests_of
from data.preparing.unopened import first_unread, unopened


def subject_of(spec: str, data_root: Path | None, findings: Findings) -> Stored:
    """Return a data set by name or path, as ``data.catalog.find`` does, and note what is found of it.

    Of a folder of one's own, cases whose files can't be opened are left out, and those that were left out before and
    can be opened now are taken up again. One without a plan gets it.
    """
    found = plan_at(spec)
    if found is not None:
        plan = read_plan(found[0])
        findings.of_plan(plan, *found)
        listing = list_any(Path(plan.folder))
        with Guard(findings.place, findings.suspects()) as guard:
            broken = unopened(listing, guard, plan)
        findings.add(broken)
        return Folder(listing, plan.model_copy(update={"broken": broken}), *found)
    folder = whole_path(spec)
    if names_folder(spec) and folder.is_dir():
        published = published_at(folder)
        if published is None:
            return _planned(folder, findings)
        source = cast(Stored, published)
    else:
        source = cast(Stored, find(spec, data_root))
    if isinstance(source, Folder) and source.root is not None:
        findings.of_plan(source.plan, source.root, source.fold)
    elif digests_of(source):
        split = source.split
        findings.of_split(split, source.named((*split.train, *split.val, *split.test)).get)
    return source


def leaving_out(folder: Folder, broken: Mapping[str, str]) -> Folder:
    """Return a folder without some more cases; DataError where too few are left to train and test on."""
    plan = folder.plan.model_copy(update={"broken": {**folder.plan.broken, **broken}})
    return Folder(folder.listing, plan, folder.root, folder.fold)


def _planned(folder: Path, findings: Findings) -> Folder:
    """Return a folder that has no plan yet with one, which is written down."""
    listing = list_any(folder)
    path = plan_file(name_of(listing, None))
    if path.exists():
        require_own(read_plan(path), folder, path)
    findings.ledger.dataset = name_of(listing, None)
    with Guard(findings.place, findings.suspects()) as guard:
        findings.add(unopened(listing, guard))
        findings.add(first_unread(listing, guard, findings.ledger.broken))
    _, plan = planned(folder, Choices(), dict(findings.ledger.broken))
    findings.of_plan(plan, path, None)
    made = Folder(listing, plan, path)
    write_plan(plan, path)
    return made

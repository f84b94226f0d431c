"""nnU-Net v2's own list of files, ``dataset`` in dataset.json, which may lead anywhere and is not followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from data.errors import DataError
from data.folders.dataset_json import Named
from data.folders.listed import ListedCase


def check_stated(folder: Path, named: Named, cases: Iterable[ListedCase]) -> None:
    """Raise DataError where ``dataset`` has other files, other pairs of them or other cases than a folder to train on.

    cases: those of the folder. One without a mask may be there and not in ``dataset``; of one whose files make no case
    nothing is said here.
    """
    stated = named.entries.get("dataset")
    if not isinstance(stated, Mapping) or not stated:
        return
    trained = [case for case in cases if case.part in ("labeled", "unlabeled")]
    mine = {_resolved(folder, (*case.images, case.mask)): case for case in trained if case.wrong is None}
    broken = {path for case in trained if case.wrong for path in _resolved(folder, (*case.images, case.mask)) if path}
    entries = {name: _resolved(folder, _files(entry)) for name, entry in stated.items()}
    theirs = {name: files for name, files in entries.items() if not broken.intersection(files)}
    wrong = [name for name, files in theirs.items() if files not in mine]
    wrong += [case.name for files, case in mine.items() if case.mask and files not in set(theirs.values())]
    if wrong:
        raise DataError(
            f"{named.path}: dataset, a list of files that is not followed, has other files for case {wrong[0]} than "
            "lie beside it; put or link all into imagesTr and labelsTr, and take the list out"
        )


def _files(entry: object) -> tuple[object, ...]:
    """Return the images of an entry and its mask."""
    images, mask = (entry.get("images"), entry.get("label")) if isinstance(entry, Mapping) else (None, None)
    return (*(images if isinstance(images, list) else [None]), mask)


def _resolved(folder: Path, files: Iterable[object]) -> tuple[Path | None, ...]:
    """Return where paths lead, those in it from the folder on; None for what is no path."""
    found = list[Path | None]()
    for one in files:
        try:
            found.append((folder / one).resolve() if isinstance(one, str | Path) else None)
        except (OSError, ValueError, RuntimeError):  # a name of no file, or links in a circle
            found.append(None)
    return tuple(found)

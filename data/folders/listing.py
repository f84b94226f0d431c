"""What lies in anybody's folder, recognised by looking: nnU-Net's, the Decathlon's, or a plain pair."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from data.errors import DataError
from data.files import seen_in
from data.folders.dataset_json import FILE, read_names
from data.folders.listed import ListedCase, Listing, NameRules, unusable
from data.folders.nnunet import is_v2, list_decathlon, list_v2
from data.folders.pairs import expected, has_pair, list_pair
from data.folders.stated_files import check_stated

__all__ = ["ListedCase", "Listing", "NameRules", "list_any", "list_folder"]


def list_folder(folder: Path, names: NameRules | None = None, broken: Collection[str] = ()) -> Listing:
    """Return the cases of a folder and what is named of them; DataError of one sentence for one that is broken.

    Of the files only their names are read, and of a plain pair of pictures some of their colours. broken: cases that
    are known not to be usable, of which nothing is said.
    """
    found = list_any(folder, names)
    for name, wrong in unusable(found.cases).items():
        if name not in broken:
            raise DataError(wrong)
    return found


def list_any(folder: Path, names: NameRules | None = None) -> Listing:
    """Return the cases of a folder, those that can't be read among them, and what is named of them.

    Files that are missing, empty or named so that they make no case are one case's fault, which ``unusable`` tells.
    """
    rules = names or NameRules()
    if not folder.is_dir():
        raise DataError(f"{folder} {seen_in(folder)}; expected a folder of images and masks")
    named = read_names(folder)
    if named is not None and not is_v2(folder, named):
        return list_decathlon(folder, named)
    if named is not None and ((folder / "imagesTr").exists() or not has_pair(folder, rules)):
        return list_v2(folder, named)
    if has_pair(folder, rules):
        found = list_pair(folder, rules, named)
        if named is not None:
            check_stated(folder, named, found.cases)
        return found
    near = [path.name for path in folder.iterdir() if path.name.lower() == FILE and path.name != FILE]
    raise DataError(f"{folder} holds {near[0]}; name it {FILE}" if near else expected(folder))

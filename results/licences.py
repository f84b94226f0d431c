"""The licence ledger: on whose code's facts each method rests, and on what terms that code and the data stand."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from pydantic import BaseModel, ConfigDict

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LEDGER = Path(__file__).with_suffix(".toml")
NOT_STATED = "not stated"
_WORDS = {"none given": "none given: all rights reserved", "not read": "licence not read"}
_SPDX = re.compile(rb"SPDX-License-Identifier:[ \t]*([^\r\n]+)")
_NON_COMMERCIAL = re.compile(r"\bnc\b|non[- ]?commercial", re.IGNORECASE)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Code(_Frozen):
    """A repository that was looked at for facts.

    commits: at which, seven hex digits each. licence: its SPDX name, ``none given`` or ``not read``; seen: where that
    was read.
    """

    repository: str
    commits: tuple[str, ...]
    licence: str
    seen: str

    def __str__(self) -> str:
        """The repository with its commits, its licence, and where that was read."""
        commits = "".join(f" @{commit}" for commit in self.commits)
        return f"{self.repository}{commits}: {_WORDS.get(self.licence, self.licence)} ({self.seen})"


class Data(_Frozen):
    """A data set's terms. commercial: whether they allow a commercial use; None where they were not read."""

    title: str
    paper: str
    licence: str
    commercial: bool | None = None
    terms: str
    seen: str
    code: tuple[str, ...]

    def __str__(self) -> str:
        """The licence, what it forbids, further terms, and where they were read."""
        forbids = "non-commercial use only, " if self.commercial is False else ""
        return f"{_WORDS.get(self.licence, self.licence)}: {forbids}{self.terms} ({self.seen})"


class Ledger(_Frozen):
    """Methods with the names of the code that was looked at for them, that code, and data sets.

    elsewhere: the code that files outside methods/ cite, with its commits there, by their paths and by its name.
    """

    methods: Mapping[str, tuple[str, ...]]
    elsewhere: Mapping[str, Mapping[str, tuple[str, ...]]]
    code: Mapping[str, Code]
    data: Mapping[str, Data]

    def cited_by(self, path: str) -> list[Code]:
        """Return the code that a file outside methods/ cites, at the commits that it names."""
        cited = self.elsewhere.get(path, {})
        return [self.code[name].model_copy(update={"commits": commits}) for name, commits in cited.items()]

    def data_named(self, dataset: str) -> Data | None:
        """Return the terms of a data set, or of the one that it is a fold of; None of those that are not here."""
        return self.data.get(dataset.partition("-fold")[0])


@cache
def ledger() -> Ledger:
    """Return the ledger, read once."""
    return Ledger.model_validate(tomllib.loads(LEDGER.read_text(encoding="utf-8")))


def restriction(dataset: str, stated: str | None) -> str:
    """Return in a sentence that a data set is not for commercial use, or that nobody read whether it is; else empty.

    stated: the licence that a folder of one's own tells.
    """
    known = ledger().data_named(dataset)
    if known is None:
        forbids = stated is not None and is_non_commercial(stated)
        return f"{dataset} is for non-commercial use only, as it says itself ({stated})." if forbids else ""
    if known.commercial is None:
        return f"The terms of {known.title} were not read here ({known.terms}): ask before any commercial use."
    return "" if known.commercial else f"{known.title} is for non-commercial use only ({known.licence})."


def licence_words(dataset: str, stated: str | None) -> str | None:
    """Return the licence of a data set as a model card says it; None where it is not known."""
    known = ledger().data_named(dataset)
    if known is not None:
        return str(known)
    forbids = ", non-commercial use only" if stated is not None and is_non_commercial(stated) else ""
    return None if stated is None else f"{stated}{forbids}"


def is_non_commercial(licence: str) -> bool:
    """Return whether a licence, as it is named, forbids commercial use."""
    return _NON_COMMERCIAL.search(licence.replace("_", " ")) is not None


def stated_by(name: str, content: bytes) -> str:
    """Return the licence that code from outside states: in the file that is run, else in its package's metadata.

    name: of the file, or of the package with its version. ``not stated`` where neither tells.
    """
    found = _SPDX.search(content)
    if found is not None:
        return found[1].decode("utf-8", errors="replace").strip().removesuffix("*/").strip()
    return NOT_STATED if name.endswith(".py") else stated_by_package(name)


def stated_by_package(name: str) -> str:
    """Return the licence that an installed package's metadata tell. name: with its version behind it."""
    package, _, version = name.rpartition(" ")
    try:
        told = metadata(package).json
    except (PackageNotFoundError, ValueError):
        return NOT_STATED
    if told.get("version") != version:
        return NOT_STATED
    classes = [one.rpartition(" :: ")[2] for one in told.get("classifier", []) if one.startswith("License :: ")]
    named = str(told.get("license_expression") or ", ".join(classes) or told.get("license") or "")
    return next(iter(named.strip().splitlines()), "") or NOT_STATED

"""How the code of a record stands to that of a checkout: whose work a number is, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from results.checksums import read_whole
from results.code import CODE, TRAINED, Parts, Sources, code_of, differing, parts_in
from results.errors import ResultError
from results.outside import FOLDER, METHOD, is_outside
from results.record import Record
from results.same_code import SameCode
from results.store import LoadedRecord

Kind = Literal["same", "called same", "other", "untold"]
UNTOLD = "code that nobody can tell"
MADE_BY_OTHER = "made by other code than this checkout's"
NAMED = 3
"""Files that a sentence names; of more, the rest is counted."""


@dataclass(frozen=True)
class Standing:
    """kind: of what trained. files: of it that differ. scored, inspected: files of these that differ
    beyond them.

    other_scoring, other_inspection: whether another code scored, or made ledger and diagnosis. commit: of a record
    whose code is not told by content.
    """

    kind: Kind
    files: tuple[str, ...] = ()
    other_scoring: bool = False
    scored: tuple[str, ...] = ()
    other_inspection: bool = False
    inspected: tuple[str, ...] = ()
    commit: str = ""

    @property
    def words(self) -> str:
        """What is said of the record beside its name; empty for this checkout's own code."""
        if self.kind == "untold":
            return f"of {self.commit}, whose code is not told by content"
        parts = []
        if self.kind != "same":
            parts.append(f"{MADE_BY_OTHER}{named(self.files)}")
        if self.kind == "called same":
            parts.append("which the canary calls the same")
        if self.other_scoring:
            than = " than this checkout's" if self.kind == "same" else ""
            parts.append(f"scored by other code{than}{named(self.scored)}")
        if self.inspected or (self.other_inspection and not parts):
            than = " than this checkout's" if not parts else ""
            parts.append(f"ledger and diagnosis made by other code{than}{named(self.inspected)}")
        return ", ".join(parts)


def way_on(begun: str) -> str:
    """Return what can be done about a training that other code began, by the words that say so of it.

    To code that nobody can tell there is no way back.
    """
    anew = "start it anew with --force"
    return anew if UNTOLD in begun else f"go back to that code to go on with it, or {anew}"


class Checkout:
    """A checkout's code beside that of records. sources: as the files were at one moment.

    registered: the file of each method's class, where a process has imported them; "" for one outside the checkout.
    """

    def __init__(self, sources: Sources, registered: Mapping[str, str] | None = None) -> None:
        self.sources, self.same, self.registered = sources, SameCode.read(), registered
        self._parts: dict[tuple[str, str], Parts] = {}

    def parts(self, method: str, dataset: str) -> Parts:
        """Return the files of each part of the code for a method on a data set, looked for once."""
        if (method, dataset) not in self._parts:
            file = None if self.registered is None else self.registered.get(method, "")
            self._parts[method, dataset] = self.sources.parts(method, dataset, file)
        return self._parts[method, dataset]

    def parts_with(self, method: str, dataset: str, outside: Mapping[str, Mapping[str, bytes]]) -> Parts:
        """Return the same with code from outside: the contents of its files by their paths, of each role."""
        mine = self.parts(method, dataset)
        files = {} if METHOD in outside else dict(mine["method"])
        for role, contents in outside.items():
            files |= self.sources.outside(role, contents)
        return {**mine, "method": dict(sorted(files.items()))}

    def beside(self, method: str, dataset: str, theirs: Parts) -> Parts:
        """Return the same, with a method's files as another code lists them where its own one can't be told here.

        So are those from outside, which a cell's identity holds; of what they import here it is as it is now.
        """
        mine, listed = self.parts(method, dataset), theirs.get("method", {})
        outside = {path: digest for path, digest in listed.items() if is_outside(path)}
        if outside:
            own = {} if any(path.startswith(f"{FOLDER}/{METHOD}/") for path in outside) else mine["method"]
            files = {**own, **outside, **self.sources.closure(path for path in listed if not is_outside(path))}
            return {**mine, "method": dict(sorted(files.items()))}
        if mine["method"] or self.registered is not None:
            return mine
        return {**mine, "method": self.sources.closure(theirs.get("method", {}))}

    def begun(self, folder: Path) -> str:
        """Return of a training that was cut off that other code began it, and which files; empty where this did."""
        folder = again if (again := folder / "again").exists() else folder
        try:
            theirs, cell = parts_in((folder / CODE).read_bytes()), json.loads((folder / "cell.json").read_bytes())
            files = _differing(theirs, self.beside(cell["method"], cell["dataset"], theirs), TRAINED)
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        if theirs and not theirs.get("method"):
            return f"begun by {UNTOLD}"
        return f"begun by other code than this checkout's{named(files)}" if files else ""

    def standing(self, loaded: LoadedRecord) -> Standing:
        """Return how a record's code stands to this one's; its files are read where they differ."""
        record, cell = loaded.record, loaded.record.cell
        mine, theirs = self.parts(cell.method, cell.dataset), record.code
        if theirs is None or theirs.trained is None:
            return Standing("untold", commit=commit_of(record))
        here = code_of(mine)
        if theirs.digests == here.digests:
            return Standing("same")
        files = files_of(loaded)
        mine = self.beside(cell.method, cell.dataset, files)
        here = code_of(mine)
        trained, scored, seen = (_differing(files, mine, names) for names in (TRAINED, ("scoring",), ("inspection",)))
        kind: Kind = "same" if theirs.trained == here.trained else "other"
        if kind == "other" and self.same.calls_same(cell.method, theirs.trained, here.trained):
            kind = "called same"
        return Standing(
            kind,
            trained,
            theirs.scoring != here.scoring,
            tuple(path for path in scored if path not in trained),
            theirs.inspection not in (None, here.inspection),
            tuple(path for path in seen if path not in (*trained, *scored)),
        )


def commit_of(record: Record) -> str:
    """Return the commit a record is of, in words, and whether the code differed from it."""
    words = f"commit {record.commit[:8]}" if record.commit else "no commit"
    return f"{words} with changes" if record.dirty else words


def files_of(loaded: LoadedRecord) -> Parts:
    """Return the files of a record's code; {} where its folder holds none, or a damaged one."""
    try:
        return parts_in(read_whole(loaded.folder, CODE)) if (loaded.folder / CODE).exists() else {}
    except ResultError:
        return {}


def named(files: Sequence[str]) -> str:
    """Return files in brackets, some of many; empty for none."""
    if not files:
        return ""
    rest = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
    return f" ({', '.join(files[:NAMED])}{rest})"


def _differing(theirs: Parts, mine: Parts, names: Sequence[str]) -> tuple[str, ...]:
    """Return the files that differ, none where a record's are not known."""
    return tuple(differing(theirs, mine, names)) if any(theirs.get(name) for name in names) else ()

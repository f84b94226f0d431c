"""How the code of a record stands to that of a checkout: whose work a number is, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from results.checksums import read_whole
from results.code import CODE, TRAINED, Parts, Sources, code_of, differing, parts_in
from results.errors import ResultError
from results.same_code import SameCode
from results.store import LoadedRecord

Kind = Literal["same", "called same", "other", "untold"]
MADE_BY_OTHER = "made by other code than this checkout's"
NAMED = 3
"""Files that a sentence names; of more, the rest is counted."""


@dataclass(frozen=True)
class Standing:
    """kind: of what trained. files: of it that differ. scored: files of scoring that differ, beyond those.

    other_scoring: whether another code scored. commit: of a record whose code is not told by content.
    """

    kind: Kind
    files: tuple[str, ...] = ()
    other_scoring: bool = False
    scored: tuple[str, ...] = ()
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
        return ", ".join(parts)


class Checkout:
    """A checkout's code beside that of records. sources: as the files were at one moment."""

    def __init__(self, sources: Sources, same: SameCode | None = None) -> None:
        self.sources, self.same = sources, same or SameCode.read()
        self._parts: dict[tuple[str, str], Parts] = {}

    def parts(self, method: str, dataset: str) -> Parts:
        """Return the files of each part of the code for a method on a data set, looked for once."""
        if (method, dataset) not in self._parts:
            self._parts[method, dataset] = self.sources.parts(method, dataset)
        return self._parts[method, dataset]

    def begun(self, folder: Path) -> str:
        """Return of a training that was cut off that other code began it, and which files; empty where this did."""
        folder = again if (again := folder / "again").exists() else folder
        try:
            theirs, cell = parts_in((folder / CODE).read_bytes()), json.loads((folder / "cell.json").read_bytes())
            files = _differing(theirs, self.parts(cell["method"], cell["dataset"]), TRAINED)
        except (OSError, ValueError, KeyError, TypeError):
            return ""
        return f"begun by other code than this checkout's{named(files)}" if files else ""

    def standing(self, loaded: LoadedRecord) -> Standing:
        """Return how a record's code stands to this one's; its files are read where they differ."""
        record, cell = loaded.record, loaded.record.cell
        mine, theirs = self.parts(cell.method, cell.dataset), record.code
        here = code_of(mine)
        if theirs is None or theirs.trained is None:
            return Standing("untold", commit=f"commit {record.commit[:8]}" if record.commit else "no commit")
        other_scoring = theirs.scoring != here.scoring
        if theirs.trained == here.trained and not other_scoring:
            return Standing("same")
        files = files_of(loaded)
        trained, scored = (_differing(files, mine, names) for names in (TRAINED, ("scoring",)))
        kind: Kind = "same" if theirs.trained == here.trained else "other"
        if kind == "other" and self.same.calls_same(cell.method, theirs.trained, here.trained):
            kind = "called same"
        return Standing(kind, trained, other_scoring, tuple(path for path in scored if path not in trained))


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

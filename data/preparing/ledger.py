"""What became of each case that was prepared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from data.folders.broken import NOBODY_VALIDATES
from data.writing import write_text

State = Literal["made", "mended", "kept", "looked"]


def ledger_of(dataset: str) -> str:
    """Return the name of a data set's ledger; no shard is called so."""
    return f"ledger-{dataset}.json"


@dataclass
class Ledger:
    """The cases of a data set by what became of them.

    states: by case, ``made``, ``mended`` (made anew, since it was damaged), ``kept``, or ``looked`` at, as cases are
    that nobody prepares. broken: by case, the reason. sides: by broken case, on which side of the split it is, where
    that is known. shards: the name of each case's files. bytes: that were written. unvalidated: whether all validation
    cases are broken.
    """

    dataset: str = ""
    states: dict[str, State] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    sides: dict[str, str] = field(default_factory=dict)
    shards: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    unvalidated: bool = False

    def lines(self) -> Iterator[str]:
        """Yield in words what became of the cases, and a line a broken one."""
        counts = Counter(self.states.values())
        anew = f", {counts['mended']} of them anew, since they were damaged" if counts["mended"] else ""
        made = counts["made"] + counts["mended"]
        yield (
            f"made {made} ({self.bytes / 2**20:.1f} MiB{anew}), kept {counts['kept']} that "
            f"were there, broken {len(self.broken)}; {counts['looked']} test cases were only looked at"
        )
        for name, reason in sorted(self.broken.items()):
            side = f" ({self.sides[name]})" if name in self.sides else ""
            yield f"  broken: {name}{side}: {reason}"
        if self.unvalidated:
            yield f"  {NOBODY_VALIDATES}"

    def write(self, folder: Path) -> Path:
        """Write the ledger beside the shards, whole or not at all; OSError where that is not possible."""
        path = folder / ledger_of(self.dataset)
        values = {**asdict(self), "shards": dict(sorted(self.shards.items()))}
        write_text(path, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
        return path

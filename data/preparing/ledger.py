"""What became of each case that was prepared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from data.writing import write_text

State = Literal["made", "mended", "kept", "looked"]


@dataclass
class Ledger:
    """The cases of a data set by what became of them.

    states: by case, ``made``, ``mended`` (made anew, since it was damaged), ``kept``, or ``looked`` at, as cases are
    that nobody prepares. broken: by case, the reason. shards: the name of each case's files. bytes: that were written.
    """

    dataset: str
    states: dict[str, State] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    shards: dict[str, str] = field(default_factory=dict)
    bytes: int = 0

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
            yield f"  broken: {name}: {reason}"

    def write(self, folder: Path) -> Path:
        """Write the ledger beside the shards, whole or not at all; OSError where that is not possible."""
        path = folder / f"ledger-{self.dataset}.json"  # no shard is called so
        values = {**asdict(self), "shards": dict(sorted(self.shards.items()))}
        write_text(path, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
        return path

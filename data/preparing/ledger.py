"""What became of each case that was prepared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from data.writing import write_text


@dataclass
class Ledger:
    """The cases of a data set by what became of them; looked: that are read for what they hold and not prepared.

    shards: the name of each case's files. broken: by case, the reason. mended: made anew, since they were damaged.
    """

    dataset: str
    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    shards: dict[str, str] = field(default_factory=dict)
    bytes: int = 0

    def lines(self) -> Iterator[str]:
        """Yield in words what became of the cases, and a line a broken one."""
        anew = f", {len(self.mended)} of them anew, since they were damaged" if self.mended else ""
        yield (
            f"made {len(self.made)} ({self.bytes / 2**20:.1f} MiB{anew}), kept {len(self.kept)} that were there, "
            f"broken {len(self.broken)}; {len(self.looked)} test cases were only looked at"
        )
        for name, reason in sorted(self.broken.items()):
            yield f"  broken: {name}: {reason}"

    def write(self, folder: Path) -> Path:
        """Write the ledger beside the shards, whole or not at all; OSError where that is not possible."""
        path = folder / f"ledger-{self.dataset}.json"
        values = {**asdict(self), "shards": dict(sorted(self.shards.items()))}
        write_text(path, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
        return path

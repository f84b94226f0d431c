"""What each preset is and about how long a run of it takes here: for ``--help``, with the standard library alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
NATIVE = ("amx_bf16", "avx512_bf16")  # of a Linux x86 processor that computes bf16 itself
FOLLOWS_SECONDS = 20.0  # imports, data, scoring and page of a run, beside what it trains


@dataclass(frozen=True)
class Told:
    """A preset in words. updates: in all, or a stage, of which ACTION has three.

    supervised, action: CPU seconds of an update of the cheapest method and of a dear one, on a core that computes bf16
    and on one that does not; measured on 2026-11-27, docs/decisions/072.
    """

    size: int
    updates: int
    supervised: tuple[float, float]
    action: tuple[float, float]
    per_stage: bool = False
    note: str = ""

    def seconds(self, bf16: bool) -> tuple[float, float]:
        """Return about how long a run takes, of the cheapest method and of a dear one."""
        stages = 3 if self.per_stage else 1
        place = 0 if bf16 else 1
        return (
            FOLLOWS_SECONDS + self.updates * self.supervised[place],
            FOLLOWS_SECONDS + self.updates * stages * self.action[place],
        )


PRESETS: Mapping[str, Told] = {
    "paper": Told(256, 30_000, (1.2, 3.5), (3.3, 8.1), per_stage=True, note="as published; wants a GPU"),
    "short": Told(256, 6_000, (1.2, 3.5), (3.3, 8.1)),
    "medium": Told(128, 1_000, (0.23, 0.57), (0.65, 1.5), per_stage=True, note="as published, a thirtieth as long"),
    "quick": Told(128, 1_000, (0.23, 0.57), (0.65, 1.5)),
    "demo": Told(64, 100, (0.06, 0.09), (0.17, 0.26), note="of make demo, on phantom_close"),
    "smoke": Told(64, 12, (0.06, 0.09), (0.17, 0.26), note="shows that all works; learns nothing"),
}
"""The presets that a user chooses among; size and updates are those of benchmark/cells/preset.py."""


def presets(cpuinfo: Path = CPUINFO) -> str:
    """Return a table of the presets: size, updates, and how long a run takes on a core of this machine."""
    bf16 = computes_bf16(cpuinfo)
    lines = [f"presets, and about how long a run takes on one CPU core {'with' if bf16 else 'without'} bf16, as here:"]
    for name, told in PRESETS.items():
        low, high = (_about(seconds) for seconds in told.seconds(bf16))
        whole = f"{told.size} x {told.size}, {told.updates:,} updates{' a stage' * told.per_stage}"
        lines.append(f"  {name:<6} {whole:<32} {f'{low} to {high}' if low != high else low}".rstrip())
        if told.note:
            lines[-1] += f"; {told.note}"
    return "\n".join([*lines, "the first figure is of supervised training, the second of ACTION"])


def computes_bf16(cpuinfo: Path = CPUINFO) -> bool:
    """Return whether this processor says that it computes bf16 itself; False where nothing tells."""
    try:
        words = set(cpuinfo.read_text(encoding="ascii", errors="replace").split())
    except OSError:
        return False
    return not words.isdisjoint(NATIVE)


def _about(seconds: float) -> str:
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit or (unit == 60 and seconds >= 60):
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"

"""Make reference bands of finished runs: where losses and validation Dice of a cell lie, by its seeds.

``python -m benchmark.bands`` makes them of results/kept, ``--list`` prints those there are.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from benchmark.paths import KEPT
from shell.folders import require_writable
from shell.options import Parser

if TYPE_CHECKING:
    from results.bands import Band

BANDS = KEPT.parent / "bands"


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.bands", __doc__)
    add = options.add_argument
    add("runs", type=Path, nargs="*", default=[KEPT], help="folders of run folders (default results/kept)")
    add(
        "--into",
        type=Path,
        default=BANDS,
        metavar="DIR",
        help="a file of bands a preset (default results/bands)",
    )
    add("--anew", action="store_true", help="from nothing, without the seeds that its files hold already")
    add("--list", action="store_true", help="print the bands there are, and make none")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Make the bands of some stores' records and say what each rests on."""
    given = parser().parse_args(arguments)
    from results.bands import read_bands

    if given.list:
        for path in sorted(given.into.glob("*.json")):
            print("\n".join(_line(band) for band in read_bands(path)))
        return 0
    require_writable(given.into, "name another with --into")
    _make(given)
    return 0


def _make(given: argparse.Namespace) -> None:
    from benchmark.errors import UsageError
    from benchmark.watching.making import bands_of, complete, joined
    from results.bands import FEWEST, file_of, read_bands, write_bands
    from results.same_code import SameCode
    from results.store import Store

    records = [loaded for runs in given.runs for loaded in Store(runs).records()]
    if not records:
        raise UsageError(f"{', '.join(map(str, given.runs))}: no finished run there; name a folder of run folders")
    same = SameCode.read()
    bands, notes = bands_of(records, same)
    for preset in sorted({str(band.cell["preset"]) for band in bands}):
        path = file_of(preset, given.into)
        before = [] if given.anew else [complete(band) for band in read_bands(path)]
        now = joined(before, [band for band in bands if band.cell["preset"] == preset], same)
        kept = [band for band in now if len(band.seeds) >= FEWEST]
        for band in kept:
            print(_line(band))
        if len(now) > len(kept):
            print(f"{len(now) - len(kept)} cells of preset {preset} have one seed, and no band")
        if kept:
            write_bands(path, kept)
    print("\n".join(notes), end="\n" * bool(notes))


def _line(band: Band) -> str:
    code = band.code or "not told"
    return f"{band.name}: {len(band.seeds)} seeds, {len(band.points)} points; code {code}; {'; '.join(band.machines)}"


if __name__ == "__main__":
    main("benchmark.bands", command)

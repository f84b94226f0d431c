"""Is a run as our own seeds of its cell were? Inside or outside their band, by term and update, and what is usual then.

``python -m benchmark.doctor results/runs/CELL``, from its first logged updates on. Exit 1 where it is outside.
"""

from __future__ import annotations

import argparse
import glob
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from benchmark.paths import KEPT, RUNS
from shell.options import Parser

if TYPE_CHECKING:
    from results.bands import Band

BANDS = KEPT.parent / "bands"


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.doctor", __doc__)
    add = options.add_argument
    add("run", metavar="RUN", help="a run's folder, or its id: under way, cut off, failed or done")
    add("--out", type=Path, default=RUNS, help="folder of run folders, for an id (default results/runs)")
    add("--bands", type=Path, default=BANDS, metavar="DIR", help="folder of bands (default results/bands)")
    against = (
        "hold it against this band, of another cell too, by the name in benchmark.bands --list (default: its cell's)"
    )
    add("--against", metavar="BAND", help=against)
    add("--json", action="store_true", help="print one JSON object")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Say what a run is beside its band; 1 where it is outside."""
    given = parser().parse_args(arguments)
    folder = _folder(given.run, given.out)
    from benchmark.running.failures import failure_of
    from benchmark.watching.signs import is_not_finite, signs
    from benchmark.watching.state import state_of
    from benchmark.watching.verdict import bands_for, held, reason
    from benchmark.watching.watched import watched
    from benchmark.watching.words import as_object, lines
    from results.store import Store

    run, state = watched(folder), state_of(Store(folder.resolve().parent), folder.resolve().name)
    against = _named(given.against, given.bands) if given.against else None
    verdict = held(run, bands_for(run.preset, given.bands), against)
    failed = failure_of(folder) if state.kind == "failed" else None
    failure = failed.reason if failed else ""
    why = f"outside: {failure}" if is_not_finite(failure) else reason(run, verdict, given.bands)
    said = (run, state, verdict, signs(run, verdict, failure), why)
    print(json.dumps(as_object(*said), indent=1) if given.json else "\n".join(lines(*said)))
    return 1 if verdict.outside or is_not_finite(failure) else 0


def _folder(word: str, out: Path) -> Path:
    """Return the folder of a run that is named by its folder or its id; UsageError where there is none."""
    from benchmark.errors import UsageError

    places = dict.fromkeys([Path(word), out / word, KEPT / word])  # which are one, of a whole path
    for place in filter(_is_run, places):
        return place
    if Path(word).is_dir():
        inside = sorted(filter(_is_run, Path(word).iterdir()))
        right = f"a run of it, such as {inside[0]}" if inside else "one of results/runs"
        raise UsageError(f"{word} is no run's folder: it holds no cell.json; name {right}")
    looked = " and ".join(map(str, places))
    raise UsageError(f"there is no run {word}; looked for {looked}; {_right(Path(word), out)}")


def _is_run(place: Path) -> bool:
    return any((place / name).is_file() for name in ("cell.json", "record.json", "progress.json"))


def _right(missing: Path, out: Path) -> str:
    """Return which run may be meant: the only one of our folders whose id begins so; else how to name one."""
    begun = f"{glob.escape(missing.name)}*"
    folders = [*out.glob(begun), *RUNS.parent.glob(f"*/{begun}"), *missing.parents[:1]]
    near = list({place.resolve(): place for place in folders if _is_run(place)}.values())
    if len(near) == 1:
        return f"did you mean {near[0]}?"
    several = f", or more of its id, with which {len(near)} runs begin" if near else ""
    return f"name its folder, or by --out the folder that holds it{several}"


def _named(name: str, folder: Path) -> Band:
    """Return the band of a name, or the only one whose name begins so; UsageError where there is none."""
    from benchmark.errors import UsageError
    from results.bands import read_bands

    bands = [band for path in sorted(folder.glob("*.json")) for band in read_bands(path)]
    found = [band for band in bands if band.name.startswith(name)]
    if len(found) != 1:
        known = ", ".join(band.name for band in found or bands) or "none"
        raise UsageError(f"--against {name}: {len(found)} bands of {folder} are named so; there are: {known}")
    return found[0]


if __name__ == "__main__":
    main("benchmark.doctor", command)

"""Whether a run is outside its band, for who looks at many: a word, found in two small files, and silence in doubt."""

from __future__ import annotations

from pathlib import Path

from benchmark.watching.verdict import Verdict, bands_for, held, point
from benchmark.watching.watched import watched
from results.errors import ResultError


def mark_of(folder: Path) -> str:
    """Return ``outside`` or ``inside`` for a run that has a band, and is that far; else nothing.

    ResultError where the bands are damaged; of a damaged run others tell.
    """
    verdict = _verdict(folder)
    return verdict.word if verdict is not None and verdict.word in ("inside", "outside") else ""


def told_of(folder: Path) -> str:
    """Return of a run that ended that it is inside or outside its band, and where first; empty for no band."""
    try:
        verdict = _verdict(folder)
    except ResultError:
        return ""  # damaged bands are the doctor's to name, and stop no sweep
    if verdict is None or verdict.band is None:
        return ""
    if not verdict.outside:
        return "inside its band" if verdict.word == "inside" else ""
    return f"outside its band: {point(verdict.outside[0])}; python -m benchmark.doctor {folder}"


def _verdict(folder: Path) -> Verdict | None:
    try:
        run = watched(folder)
    except ResultError:
        return None
    bands = bands_for(run.preset)
    return held(run, bands) if bands and run.values else None

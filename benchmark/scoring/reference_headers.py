"""What is told of the headers of references, which give distances their unit: unlikely axes, sizes not filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.metrics.conventions import Convention
from benchmark.scoring.mask_files import Labels
from data.orientation import Place, doubtful_axes, say_once, says_nothing, unlikely_axes


def say_axes(name: str, cases: Mapping[str, Labels]) -> None:
    """Say of the first reference whose slices seem to lie elsewhere how it was read."""
    for case, one in cases.items():
        if unlikely := unlikely_axes(one.values.shape, one.spacing):
            say_once(Path(name), f"case {case} is {unlikely}; if so, save masks with the slices first")
            return
        if doubtful := doubtful_axes(one.values.shape, one.spacing):
            say_once(Path(name), f"case {case} is {doubtful}; if the shape is right, its distances in mm are wrong")
            return


def unsized(cases: Mapping[str, Labels]) -> str | None:
    """Return in a sentence that references don't say how large their voxels are; None where all do."""
    silent = [one for one in cases.values() if one.spacing is None]
    if not silent:
        return None
    some = f"{len(silent)} of {len(cases)} references don't say how large their voxels are, such as"
    words = (
        f"{some} {silent[0]}: of these" if len(silent) < len(cases) else "no reference says how large its voxels are:"
    )
    return f"{words} distances are in voxels, of single slices in pixels"


def check_sizes(name: str, cases: Mapping[str, Labels], conventions: Sequence[Convention]) -> None:
    """Say which reference has a header that nobody filled in; UsageError where an average would mix it with others.

    Such a one says 1 x 1 x 1 or 10 x 1 x 1 mm at the origin, so its millimetres may be voxels.
    """
    sized = {case: one for case, one in cases.items() if one.spacing is not None}
    unsaid = {case: one for case, one in sized.items() if says_nothing(_place(one))}
    if not unsaid:
        return
    real = [(case, one) for case, one in sized.items() if case not in unsaid]
    mixed = [(two, other) for two in unsaid.items() for other in real if two[1].spacing != other[1].spacing]
    (case, one), other = mixed[0] if mixed else (next(iter(unsaid.items())), None)
    says = f"case {case} says {_size(one)} mm at the origin, which may be a header that nobody filled in"
    in_mm = [convention.name for convention in conventions if convention.millimetres]
    if other and in_mm:
        raise UsageError(
            f"{name}: {says}, and case {other[0]} says {_size(other[1])} mm; {in_mm[0]} would average voxels with mm: "
            "mend the header, or choose a --convention in voxels, such as ssl4mis"
        )
    say_once(Path(name), f"{says}: its distances may be in voxels")


def _place(one: Labels) -> Place:
    return Place(one.values.shape, one.spacing, one.affine)


def _size(one: Labels) -> str:
    return " x ".join(f"{side:g}" for side in one.spacing or ())

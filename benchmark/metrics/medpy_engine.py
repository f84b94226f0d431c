"""MedPy's numbers for a pair of masks, to check ours against; slower, GPL, and an optional install (extra ``test``)."""

from collections.abc import Sequence

from benchmark.metrics.conventions import Measurement
from benchmark.metrics.errors import MetricError
from benchmark.metrics.overlap import BoolArray


def measure(prediction: BoolArray, reference: BoolArray, spacing: Sequence[float]) -> Measurement:
    """Return the numbers of two masks that are not empty; give it to ``conventions.score`` as the engine."""
    try:
        from medpy.metric import binary
    except ImportError as error:
        raise MetricError("the medpy engine needs MedPy, which is not installed: pip install medpy") from error
    overlaps = binary.dc(prediction, reference), binary.jc(prediction, reference)
    pair = prediction, reference, tuple(spacing)
    distances = binary.hd95(*pair), binary.assd(*pair), binary.asd(*pair)
    return Measurement(*(float(number) for number in (*overlaps, *distances)))

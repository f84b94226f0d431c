"""MedPy's numbers for a pair of masks, to check ours against; slower, GPL, and an optional install (extra ``test``)."""

from benchmark.metrics.errors import MetricError
from benchmark.metrics.pairs import Pair
from benchmark.metrics.rules import Percentile
from benchmark.metrics.scoring import Measurement
from benchmark.metrics.surface import Steps


def measure(pair: Pair, steps: Steps, percentile: Percentile) -> Measurement:
    """Return the numbers of two masks that are not empty; give it to ``scoring.score`` as the engine."""
    try:
        from medpy.metric import binary
    except ImportError as error:
        raise MetricError("the medpy engine needs MedPy, which is not installed: pip install medpy") from error
    if percentile != "pooled":
        raise MetricError(
            f"MedPy's hd95 pools both directions, this convention takes {percentile!r}; use the default engine for it"
        )
    masks = pair.predicted, pair.true
    distances = (metric(*masks, steps) for metric in (binary.hd95, binary.assd, binary.asd))
    return Measurement(*(float(number) for number in (binary.dc(*masks), binary.jc(*masks), *distances)))

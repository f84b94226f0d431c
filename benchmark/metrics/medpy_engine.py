"""MedPy's numbers for a pair of masks, to check ours against; slower, GPL, and an optional install (extra ``test``)."""

from benchmark.metrics.errors import MetricError
from benchmark.metrics.measurement import PERCENTILES, Measurement
from benchmark.metrics.pairs import Pair
from benchmark.metrics.rules import Percentile
from benchmark.metrics.surface import Steps, SurfaceDistances

DIRECTED = "__surface_distances"  # private to the module, as MedPy 0.5 has it


def measure(pair: Pair, steps: Steps, percentile: Percentile) -> Measurement:
    """Return the numbers of two masks that are not empty; give it to ``scoring.score`` as the engine.

    MedPy has the pooled percentile; for the others its own directed distances are ranked here.
    """
    try:
        from medpy.metric import binary
    except ImportError as error:
        raise MetricError("the medpy engine needs MedPy, which is not installed: pip install medpy") from error
    masks = pair.predicted, pair.true
    if percentile == "pooled":
        hd95 = binary.hd95(*masks, steps)
    else:
        directed = getattr(binary, DIRECTED)
        hd95 = PERCENTILES[percentile](SurfaceDistances(directed(*masks, steps), directed(*masks[::-1], steps)))
    numbers = binary.dc(*masks), binary.jc(*masks), hd95, binary.assd(*masks, steps), binary.asd(*masks, steps)
    return Measurement(*(float(number) for number in numbers))

"""The conventions of this field's scripts, by name: what each would have said of the same masks.

Each value is cited where it was read. ``unverified`` names what was not read in the code and why it is here.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping

from benchmark.metrics.errors import MetricError
from benchmark.metrics.measurement import Measure, Measurement, measure
from benchmark.metrics.pairs import Mask
from benchmark.metrics.rules import DEFAULT, METRICS, WORST, Convention, Cost
from benchmark.metrics.scores import Scores, score, score_pairs

__all__ = [
    "CONVENTIONS",
    "DEFAULT",
    "METRICS",
    "WORST",
    "Convention",
    "Cost",
    "Mask",
    "Measure",
    "Measurement",
    "Scores",
    "convention_named",
    "measure",
    "printed",
    "score",
    "score_pairs",
]  # fmt: skip

NOTHING = Cost(overlap=0.0)
"""No overlap, and no distance either: a missed structure is the best surface there is."""
PERFECT = Cost(overlap=1.0)
ONE_PER_CENT = Cost(overlap=0.01)
LEFT_OUT = None

ACTION = Convention(
    "action",
    both_empty=NOTHING,
    missed=NOTHING,
    false_alarm=PERFECT,
    millimetres=False,
    asd="prediction",
    resize="labels",
    source="ACTION code/test_2D.py @9a5b6aa, calculate_metric_percase and test_single_volume; ARCO code/test_2D.py "
    "@5d436ff has the same functions",
    unverified="MONA, said to do likewise; its code could not be read",
)
SSL4MIS = Convention(
    "ssl4mis",
    both_empty=NOTHING,
    missed=NOTHING,
    false_alarm=LEFT_OUT,  # MedPy raises on an empty reference and the script stops
    millimetres=False,
    asd="prediction",
    resize="labels",
    prints=("dice", "hd95", "asd"),
    source="SSL4MIS code/val_2D.py @f5b9b38 (prediction empty: 0 and 0; voxels) and code/test_2D_fully.py @01ecaa9 "
    "(ASD, resizing)",
    unverified="test_2D_fully.py (@01ecaa9, @f5b9b38) has no rule for empty masks and stops; the validation script's "
    "is used for both. That of @126084d has another: either empty, Dice 0, HD95 50, ASD 10; spacing 10, 1, 1",
)
BCP = Convention(
    "bcp",
    both_empty=NOTHING,
    missed=NOTHING,
    false_alarm=LEFT_OUT,  # as above
    millimetres=False,
    asd="prediction",
    resize="labels",
    source="BCP code/LA&ACDC/test_ACDC.py @26504d4 and code/utils/val_2d.py @b446183",
)
DHC = Convention(
    "dhc",
    # code/evaluate_Ntimes.py @6ec1a63 and @990998d: 1 where other Dice values are multiplied by 100
    both_empty=ONE_PER_CENT,
    missed=Cost(overlap=0.0, asd=128.0),
    false_alarm=Cost(overlap=0.0, asd=128.0),
    millimetres=False,
    asd="prediction",
    prints=("dice", "asd"),
    source="DHC code/evaluate_Ntimes.py @6ec1a63 and @990998d",
    unverified="the reference is halved in plane to the network's grid, which masks at full size can't show",
)
PYMIC = Convention(
    "pymic",
    both_empty=PERFECT,
    missed=Cost(overlap=0.0, hd95=100.0, asd=20.0),
    false_alarm=Cost(overlap=0.0, hd95=100.0, asd=20.0),
    millimetres=True,
    percentile="larger_rank",
    hd95_limit=50.0,
    asd_limit=20.0,
    source="PyMIC pymic/util/evaluation_seg.py @02ed81f and a later version (binary_hd95, binary_assd, binary_dice); "
    "pymic/transform/rescale.py @0015ade (the prediction is resized, zoom of order 1, before softmax and argmax)",
    unverified="the limits of 50 and 20 mm. None of four texts has them (evaluation_seg.py or evaluation.py @02ed81f, "
    "@4f58f1d, a later one, @4a3ca70); there one empty mask costs 100 (HD95) and 20 (ASSD), which the limits make 50 "
    "and 20. They hold in mm only: of data without spacing nothing is limited. "
    "Its Dice adds 1e-5 above and below, which is left out here",
)
MONAI = Convention(
    "monai",
    both_empty=LEFT_OUT,
    missed=Cost(overlap=0.0, hd95=math.nan, asd=math.inf),
    false_alarm=Cost(overlap=math.nan, hd95=math.nan, asd=math.inf),
    millimetres=True,
    percentile="larger",
    asd="prediction",
    source="MONAI 1.6.1, run: compute_dice, compute_iou, compute_hausdorff_distance, compute_average_surface_distance",
    unverified="spacing is an option of the call, taken here where it is known",
)
NNUNET = Convention(
    "nnunet",
    both_empty=LEFT_OUT,
    missed=NOTHING,
    false_alarm=NOTHING,
    millimetres=True,
    prints=("dice", "jaccard"),
    source="nnU-Net v2 nnunetv2/evaluation/evaluate_predictions.py @0a50fa0 (compute_metrics, nanmean over cases); "
    "nnunetv2/inference/export_prediction.py @50694aa (logits are resampled, then argmax)",
    unverified="its resampling function is set by its plans and taken as bilinear here; an early text, "
    "export_prediction.py @0a3c6b2, names softmax maps where @50694aa has logits",
)
CONVENTIONS: Mapping[str, Convention] = {
    one.name: one for one in (DEFAULT, ACTION, SSL4MIS, BCP, DHC, PYMIC, MONAI, NNUNET)
}


def convention_named(name: str) -> Convention:
    """Return a convention by name; MetricError names the known ones."""
    if name in CONVENTIONS:
        return CONVENTIONS[name]
    near = difflib.get_close_matches(name.lower(), CONVENTIONS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(CONVENTIONS)}"
    raise MetricError(f"there is no convention {name!r}; {hint}")


def printed(scores: Scores, convention: Convention) -> dict[str, float]:
    """Return what the convention's script prints of a case and structure: NaN where it prints or counts nothing."""
    asd = scores.asd if convention.asd == "symmetric" else scores.asd_pred
    values = {"dice": scores.dice, "jaccard": scores.jaccard, "hd95": scores.hd95, "asd": asd}
    return {name: value if name in convention.prints else math.nan for name, value in values.items()}

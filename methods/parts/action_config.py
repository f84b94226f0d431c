"""ACTION's constants and choices, those of its contrast last, with each one's value under every fidelity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from methods.parts.anatomical import Sampling
from methods.parts.fidelity import choice, same
from methods.parts.self_training_config import SelfTrainingConfig

_CODE = "ACTION code @77730a7"
_PAPER = "ACTION, arXiv 2206.02307"
_ARCO = "ARCO, arXiv 2302.01735"
_PLUS = "ACTION++, arXiv 2304.02689"
_OURS = "ours"

TWIN: Mapping[str, Any] = {
    "pretrain_weight": 0.0,
    "global_weight": 0.0,
    "local_weight": 0.0,
    "unsupervised_weight": 0.0,
    "contrast_weight": 0.0,
}
"""Nothing is learnt from unlabelled slices; the contrast goes whole: labelled pixels meet unlabelled ones."""

LOADERS: Mapping[str, Mapping[str, Any]] = {
    "official": {"resizing": "cubic", "test_resizing": "nearest", "augmentation": "action"}
}
"""ACTION code dataset.py, augment.py, test_2D.py @77730a7: cubic in training, nearest at test, nothing moved."""

SETTLED_ELSEWHERE: Mapping[int, tuple[str, str]] = {
    4: (
        "the class named RandomNoise blurs",
        "the augmentation policy: `action`, which `official` asks for, and `geometric` blur, `mri` adds noise as well",
    ),
    27: ("test split: 140/20/60 scans in the paper, 140/20/40 in the lists", "data/splits/acdc.json: 140/20/40"),
    28: (
        "ASD: mm in the caption, in the code voxels, one direction, 0 for an empty prediction",
        "the convention and the column `asd_pred`",
    ),
    29: (
        "resizing: cubic in training, nearest at test",
        "the preset's `resizing` and `test_resizing`: `official` asks for cubic and nearest, preset `paper` has "
        "nearest for both, the others `smooth`; logits go back to the volume's size",
    ),
}
"""Rows of docs/ACTION.md that are no choice of the method."""


class ActionConfig(SelfTrainingConfig):
    """Constants of ACTION; ``difference`` numbers are the rows of docs/ACTION.md."""

    # stage iii: anatomical contrast
    contrast_weight: float = choice(
        8, f"{_PLUS}: equal weights; {_CODE} and {_ARCO}: 0.01", paper=1.0, official=0.01, fixed=0.01, ge=0
    )
    representation_head: Literal["pyramid", "convolved"] = choice(
        21,
        f"{_ARCO}: feature pyramid; {_CODE}: a 3x3 convolution of all maps side by side",
        paper="pyramid",
        official="convolved",
    )
    enlarging: Literal["centres", "corners"] = choice(
        21,
        f"how decoder maps are brought to the image's size for that head; {_CODE} model.py: corners aligned",
        paper="centres",
        official="corners",
        added=True,
    )
    representation: int = same(512, f"{_PAPER} section 3: width of the representation head", ge=1)
    queries_for: Literal["batch", "class"] = choice(
        12,
        f"{_PAPER}: 256 queries and 512 keys a batch; {_CODE}: a class, and a query",
        paper="batch",
        official="class",
        fixed="class",
    )
    queries: int = same(256, f"{_PAPER} section 3; {_CODE} train_2D_action.py: hard queries", ge=1)
    negatives: int = same(512, f"{_PAPER} section 3: keys; {_CODE} train_2D_action.py: negatives a query", ge=1)
    keys: int = same(
        512, f"{_OURS}: pixels a class from which an update's negatives are drawn, fresh each update", ge=1
    )
    negatives_from: Literal["keys", "pixels"] = choice(
        12,
        f"{_CODE}: each negative is drawn from all valid pixels of its class, not from an update's keys",
        paper="keys",
        official="pixels",
        added=True,
    )
    temperature: float = same(0.5, f"{_PAPER} section 3: tau of the anatomical contrast", gt=0)
    similarity: Literal["cosine", "dot"] = choice(
        9, f"{_PAPER} section 2.2: dot product; {_CODE}: cosine", paper="dot", official="cosine", fixed="cosine"
    )
    reduction: Literal["mean", "mean_of_present", "sum"] = choice(
        10,
        f"{_PAPER} section 2.2: sum over classes and queries; {_CODE}: mean over queries, sum over classes, divided by "
        "the number of present ones, also those without a hard pixel; mean: without these",
        paper="sum",
        official="mean_of_present",
        fixed="mean",
    )
    negative_temperature: float = choice(
        11, f"of the shares of negatives; {_PAPER} states none; {_CODE}: 0.5", paper=1.0, official=0.5, fixed=0.5, gt=0
    )
    hard: float = same(0.97, f"{_PAPER} section 2.2: theta_s", gt=0, le=1)
    hard_by: Literal["confidence", "label"] = choice(
        14,
        f"{_PAPER} section 2.2: the predicted probability; {_CODE}: that of the (pseudo-)label's class",
        paper="confidence",
        official="label",
        fixed="label",
    )
    valid: float = choice(
        13,
        f"least teacher confidence of an unlabelled pixel in the contrast; {_CODE}: 0.7",
        paper=0.0,
        official=0.7,
        fixed=0.7,
        ge=0,
        le=1,
    )

    def sampling(self, classes: int) -> Sampling:
        """Return how the contrast draws and compares its pixels, with this many classes."""
        shared = classes if self.queries_for == "batch" else 1  # then the numbers are the whole batch's
        return Sampling(
            max(1, self.queries // shared), self.negatives, max(1, self.keys // shared), self.hard,
            self.temperature, self.negative_temperature, self.similarity, self.reduction, self.hard_by,
            self.negatives_from,
        )  # fmt: skip

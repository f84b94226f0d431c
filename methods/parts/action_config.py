"""ACTION's constants and choices, each with its value under every fidelity and where that stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Literal

from pydantic import model_validator
from torch import nn
from torch.optim import SGD

from data.batch import View
from methods.base import Trained
from methods.parts.anatomical import Sampling
from methods.parts.fidelity import choice, same
from methods.parts.lr_schedule import polynomial_decay
from methods.parts.relational_config import RelationalConfig

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


class ActionConfig(RelationalConfig):
    """Constants of ACTION; ``difference`` numbers are the rows of docs/ACTION.md."""

    # schedule and optimiser
    global_share: float = choice(
        5,
        f"{_PAPER} section 3: 100 epochs; {_CODE} train_2D.sh: as many updates as the other stages",
        paper=100,
        official=1,
        ge=0,
    )
    local_share: float = choice(5, "the same; 0 leaves stage ii out", paper=100, official=1, ge=0)
    anatomical_share: float = choice(
        5,
        f"{_PAPER} section 3: 200 epochs; {_CODE}: the same updates as the others; 0 leaves stage iii out",
        paper=200,
        official=1,
        ge=0,
    )
    whole_updates: int = choice(
        5,
        "of all stages, cut by their shares, where a preset gives each stage its updates; 0: as that gives them;"
        f" {_CODE}: 30,000 each; {_PAPER} counts epochs; ours: in all as many as the code",
        paper=90_000,
        official=0,
        ge=0,
    )
    lr_power: float = choice(
        6,
        f"{_PAPER} section 3: a fixed rate; {_CODE}: (1 - update / total) ** 0.9, which every method here has",
        paper=0.0,
        official=0.9,
        fixed=0.9,
        ge=0,
    )
    nesterov: bool = choice(6, f"{_CODE} train_2D_action.py: in stage iii", paper=False, official=True)
    pretrain_batch: int = choice(
        7,
        f"slices of each kind in stages i and ii, 0: the preset's; {_PAPER}: 6 in all; {_CODE}: 3 + 3",
        paper=3,
        official=3,
        fixed=0,
        ge=0,
    )
    contrast_batch: int = choice(
        7, f"the same in stage iii; {_PAPER}: 6 in all; {_CODE}: 4 + 4", paper=3, official=4, fixed=0, ge=0
    )
    # views
    pseudo_view: View = choice(
        1, f"what the teacher labels in stage iii; {_CODE}: the stored slice", paper="weak", official="plain"
    )
    mixed_view: View = choice(
        15,
        f"what the student sees of unlabelled slices in stage iii, before they are mixed; {_PAPER}: strong; "
        f"{_CODE}: the stored slice, altered after the mixing",
        paper="strong",
        official="plain",
    )
    labeled_view: View = choice(
        31,
        f"{_CODE} train_2D_action.py: labelled slices are never augmented in stage iii",
        paper="weak",
        official="plain",
    )
    # the teacher
    follows: int = choice(
        16,
        f"averages a stage iii update, the last after the step, others before it; {_CODE}: 2, one in an extra forward",
        paper=1,
        official=2,
        ge=1,
    )
    extra_forward: bool = choice(
        17,
        f"{_CODE}: before the step the student passes over the clean unlabelled slices and the teacher twice over the "
        "mixed ones, which moves their batch norm",
        paper=False,
        official=True,
    )
    teacher_start: Literal["teacher", "student"] = choice(
        18, f"of stage iii; {_CODE}: the student's weights", paper="teacher", official="student"
    )
    pseudo_mode: Literal["batch", "training", "running"] = choice(
        26,
        f"how the teacher labels: batch statistics without dropout, with it ({_CODE}), or running statistics",
        paper="running",
        official="training",
        fixed="batch",
    )
    # stage iii: pseudo-labels
    student_calls: Literal["together", "apart"] = choice(
        None,
        f"of the student on labelled and mixed slices; {_CODE}: two, so that each has statistics of its own",
        paper="together",
        official="apart",
        added=True,
    )
    unsupervised_weight: float = same(1.0, f"{_CODE} train_2D_action.py", ge=0)
    unsupervised_ramp: float = same(0.0, f"{_OURS}: fraction of stage iii over which that weight grows", ge=0, le=1)
    mixing: Literal["none", "cutmix", "cutmix_pixels", "classmix", "classmix_kept"] = choice(
        15,
        f"{_CODE} train_2D.sh: cutmix (argument's default: classmix); cutmix_pixels, classmix_kept: as drawn there",
        paper="none",
        official="cutmix_pixels",
        fixed="cutmix",
    )
    alteration: Literal["none", "jitter_blur"] = choice(
        15,
        f"of each slice after the mixing; {_CODE} augment.py: jitter with 0.5, blur with 0.5, as 8-bit images",
        paper="none",
        official="jitter_blur",
        added=True,
    )
    image_weight: Literal["share", "one"] = choice(
        15, f"{_CODE}: an image counts by its share of confident pixels", paper="one", official="share", fixed="share"
    )
    confident: float = same(0.97, f"{_CODE}: the confidence of that share", ge=0, le=1)
    unsupervised_over: Literal["all", "positive"] = choice(
        None,
        f"pixels of the mean of pseudo-labels' losses; {_CODE}: those whose loss is above 0, over the whole batch",
        paper="all",
        official="positive",
        added=True,
    )
    warp: float = choice(
        30,
        f"{_CODE} augment.py: probability of a random warp of the image without its label",
        paper=0.0,
        official=0.5,
        ge=0,
        le=1,
    )
    warp_by: Literal["slice", "batch"] = choice(
        30, f"what that probability is of; {_CODE}: a whole batch", paper="slice", official="batch", added=True
    )
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

    @model_validator(mode="after")
    def _segments(self) -> ActionConfig:
        if not self.local_share + self.anatomical_share:
            raise ValueError("local_share and anatomical_share are both 0, and stage i alone trains no segmentation")
        return self

    def trained_last(self, parameters: Iterable[nn.Parameter]) -> Trained:
        """Return the optimiser of stage iii, whose rate lags behind under no fidelity."""
        optimizer = self.trained(parameters).optimizer
        assert isinstance(optimizer, SGD)
        for group in optimizer.param_groups:
            group["nesterov"] = self.nesterov
        return Trained(optimizer, partial(polynomial_decay, power=self.lr_power))

"""ACTION's constants and choices, each with its value under every fidelity and where that stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field, model_validator
from torch import nn
from torch.optim import SGD

from methods.base import Trained
from methods.parts.fidelity import choice, same
from methods.parts.sgd import SgdConfig

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


def added(value: Any, source: str, **bounds: Any) -> Any:
    """Declare a field that came after records were made and whose default is what they did.

    At its default it is no part of a cell's identity, so that those records stay valid.
    """
    return Field(value, description=source, json_schema_extra={"added": True}, **bounds)


class ActionConfig(SgdConfig):
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
    geometry: bool = choice(
        3, f"rotate, flip, zoom as the policy says; {_CODE} dataset.py: commented out", paper=True, official=False
    )
    teacher_view: str = choice(
        1,
        f"{_PAPER}, ablation: a weak teacher is best; {_CODE}: jitter and blur go to the teacher",
        paper="weak",
        official="strong",
    )
    student_view: str = choice(
        2,
        f"{_PAPER}: strong; {_CODE}: jitter in place reaches the student too, blur does not",
        paper="strong",
        official="strong_sharp",
    )
    pseudo_view: str = choice(
        1, f"what the teacher labels in stage iii; {_CODE}: the stored slice", paper="weak", official="plain"
    )
    mixed_view: str = same("strong", f"what the student sees of unlabelled slices in stage iii; {_PAPER}, {_CODE}")
    labeled_view: str = choice(
        31,
        f"{_CODE} train_2D_action.py: labelled slices are never augmented in stage iii",
        paper="weak",
        official="plain",
    )
    # the teacher
    decay: float = same(0.99, f"{_PAPER} section 3: teacher momentum", ge=0, lt=1)
    follows: int = choice(
        16, f"averages a stage iii update; {_CODE}: 2, one inside an extra forward pass", paper=1, official=2, ge=1
    )
    extra_forward: bool = choice(
        17,
        f"{_CODE}: the student passes over the clean unlabelled batch, which moves its batch norm",
        paper=False,
        official=True,
    )
    teacher_start: Literal["teacher", "student"] = choice(
        18, f"of stage iii; {_CODE}: the student's weights", paper="teacher", official="student"
    )
    teacher_heads: Literal["averaged", "trained"] = choice(
        19,
        f"{_PAPER}: momentum copies; {_CODE}: their own weights, trained through a target that is not detached",
        paper="averaged",
        official="trained",
    )
    teacher_average: Literal["all", "weights"] = choice(
        26, f"{_CODE}: batch norm's statistics are not averaged", paper="all", official="weights"
    )
    pseudo_mode: Literal["batch", "training", "running"] = choice(
        26,
        f"how the teacher labels: batch statistics without dropout, with it ({_CODE}), or running statistics",
        paper="running",
        official="training",
        fixed="batch",
    )
    # stages i and ii
    labeled_in_global: bool = choice(
        23,
        f"{_PAPER}: stage i sees unlabelled slices; {_CODE}: labelled ones too, without their labels",
        paper=False,
        official=True,
    )
    anchors: Literal["queue", "redrawn", "batch"] = choice(
        25,
        f"{_PAPER}: random slices, drawn anew; {_CODE}: the last ones seen; batch: the batch's own, the ablation",
        paper="redrawn",
        official="queue",
        fixed="queue",
    )
    bank: int = same(36, f"{_PAPER} section 3: size of the memory bank", ge=1)
    projection: Literal["perceptron", "plain", "linear"] = choice(
        20, f"{_PAPER}: non-linear heads; {_CODE} model.py: two linear layers", paper="perceptron", official="linear"
    )
    local_relations: Literal["place", "mixed"] = choice(
        22,
        f"{_PAPER}: the same place; {_CODE}: a reshape mixes slice, window and channel",
        paper="place",
        official="mixed",
    )
    last_strip: bool = choice(
        22, f"{_CODE}: no window starts in the last half window, 6 x 6", paper=True, official=False
    )
    student_temperature: float = same(0.1, f"{_PAPER} section 3: tau_s", gt=0)
    teacher_temperature: float = same(0.01, f"{_PAPER} section 3: tau_t; {_CODE} train_2D.sh", gt=0)
    embedding: int = same(512, f"{_CODE} model.py: width of the global embedding", ge=1)
    pretrain_weight: float = added(1.0, f"{_PAPER} section 2.1: stage i has one term", ge=0)
    global_weight: float = choice(
        24,
        f"in stage ii; {_PAPER}: the decoder's term; {_CODE} and {_ARCO}: all three",
        paper=0.0,
        official=1.0,
        fixed=1.0,
        ge=0,
    )
    local_weight: float = same(1.0, f"{_ARCO}: L_global + L_local + L_sup; {_CODE}", ge=0)
    # stage iii: pseudo-labels
    unsupervised_weight: float = same(1.0, f"{_CODE} train_2D_action.py", ge=0)
    unsupervised_ramp: float = same(0.0, f"{_OURS}: fraction of stage iii over which that weight grows", ge=0, le=1)
    mixing: Literal["none", "cutmix", "classmix"] = choice(
        15, f"{_CODE} train_2D.sh: cutmix, its default classmix", paper="none", official="cutmix", fixed="cutmix"
    )
    image_weight: Literal["share", "one"] = choice(
        15, f"{_CODE}: an image counts by its share of confident pixels", paper="one", official="share", fixed="share"
    )
    confident: float = same(0.97, f"{_CODE}: the confidence of that share", ge=0, le=1)
    warp: float = choice(
        30,
        f"{_CODE} augment.py: probability of a random warp of the image without its label",
        paper=0.0,
        official=0.5,
        ge=0,
        le=1,
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
    temperature: float = same(0.5, f"{_PAPER} section 3: tau of the anatomical contrast", gt=0)
    similarity: Literal["cosine", "dot"] = choice(
        9, f"{_PAPER} section 2.2: dot product; {_CODE}: cosine", paper="dot", official="cosine", fixed="cosine"
    )
    reduction: Literal["mean", "sum"] = choice(
        10,
        f"{_PAPER} section 2.2: sum over classes and queries; {_CODE}: mean",
        paper="sum",
        official="mean",
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

    @model_validator(mode="after")
    def _segments(self) -> ActionConfig:
        if not self.local_share + self.anatomical_share:
            raise ValueError("local_share and anatomical_share are both 0, and stage i alone trains no segmentation")
        return self

    def trained_with(self, parameters: Iterable[nn.Parameter], nesterov: bool) -> Trained:
        """Return the optimiser of a stage."""
        trained = self.trained(parameters)
        if nesterov:
            assert isinstance(trained.optimizer, SGD)
            for group in trained.optimizer.param_groups:
                group["nesterov"] = True
        return trained

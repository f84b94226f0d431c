"""Constants and choices of ACTION's schedule, and of its stage iii's teacher and pseudo-labels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal

from pydantic import model_validator
from torch import nn
from torch.optim import SGD

from data.batch import View
from methods.base import Trained
from methods.parts.fidelity import choice, same
from methods.parts.lr_schedule import polynomial_decay
from methods.parts.relational_config import RelationalConfig

_CODE = "ACTION code @77730a7"
_PAPER = "ACTION, arXiv 2206.02307"
_OURS = "ours"


class SelfTrainingConfig(RelationalConfig):
    """Constants of three stages of which the last has pseudo-labels; numbers are the rows of docs/ACTION.md."""

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

    @model_validator(mode="after")
    def _segments(self) -> SelfTrainingConfig:
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

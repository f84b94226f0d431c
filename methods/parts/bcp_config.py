"""Constants of bidirectional copy-paste (Bai et al., CVPR 2023, arXiv 2305.00673)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from torch import Tensor

from data.batch import View
from methods.parts.components import largest_components
from methods.parts.fidelity import choice, same
from methods.parts.sgd import SgdConfig
from methods.parts.supervised import DICE_SMOOTH

_CODE = "BCP code/ACDC_BCP_train.py @7879f98"
_PAPER = "BCP, arXiv 2305.00673"


class BcpConfig(SgdConfig):
    """Constants of bidirectional copy-paste."""

    pretrain_share: float = same(10, f"{_PAPER}, {_CODE}: 10,000 updates", gt=0)
    self_train_share: float = same(30, f"{_PAPER}, {_CODE}: 30,000 updates", gt=0)
    whole_updates: int = same(
        40_000, f"of both stages, where a preset gives each stage its updates; {_PAPER}, {_CODE}: 10,000 + 30,000", ge=0
    )
    lr_power: float = choice(
        None, f"{_CODE}: a fixed rate; ours: 0.9, as every method's here", paper=0.0, official=0.0, fixed=0.9, ge=0
    )
    keep: Literal["last", "best"] = choice(
        None,
        f"weights of the first stage that the second starts from; {_CODE}: the best of validation, with their momentum,"
        f" and taken for {_PAPER} too; ours: the last, as in every method here, so that nothing is chosen",
        paper="best",
        official="best",
        fixed="last",
    )
    passes: Literal["together", "apart"] = choice(
        None,
        f"both halves of a batch in teacher and student; {_CODE}: a pass each; ours: one",
        paper="together",
        official="apart",
        added=True,
    )
    dice_smooth: float = choice(
        None,
        f"added above and below in Dice; {_CODE}: 1e-10; ours: as in every method's loss",
        paper=DICE_SMOOTH,
        official=1e-10,
        added=True,
        gt=0,
    )
    pasted: Literal["unlabeled", "labeled"] = choice(
        None,
        f"what goes into labelled slices in the second stage, and they into it; {_PAPER}, {_CODE}: unlabelled slices;"
        " labelled ones alone: the twin",
        paper="unlabeled",
        official="unlabeled",
        added=True,
    )
    side: float = same(2 / 3, f"{_PAPER}: beta; {_CODE}, generate_mask: of the pasted rectangle", gt=0, le=1)
    unlabeled_weight: float = same(0.5, f"{_PAPER}: alpha; {_CODE}: u_weight", ge=0)
    decay: float = same(0.99, f"{_PAPER}; {_CODE}: of weights and buffers, no warm-up", ge=0, lt=1)
    teacher_mode: Literal["batch", "training", "running"] = choice(
        None,
        f"how the teacher labels; {_CODE}: training; {_PAPER} says nothing; ours: as ACTION, without dropout",
        paper="training",
        official="training",
        fixed="batch",
    )
    cleaned: Literal["largest", "all"] = same("largest", f"{_PAPER}, {_CODE}: components of a class that stay")
    view: View = same("weak", f"{_CODE}: labelled and unlabelled slices are augmented alike; presets say how")


def everything(classes: Tensor) -> Tensor:
    """Return the classes as they are."""
    return classes


CLEANINGS: Mapping[str, Callable[[Tensor], Tensor]] = {"largest": largest_components, "all": everything}

"""SS-Net's constants."""

from __future__ import annotations

from typing import Literal

from methods.parts.fidelity import choice, same
from methods.parts.one_stage import RAMP, RampedConfig

_CODE = "SS-Net train_ss_2d.py @8b3ec97"
_LOSSES = "SS-Net utils/losses.py @8b3ec97"
_NET = "SS-Net networks/unet.py @6365bbb"
_KEPT = "as BCP keeps it"


class SsNetConfig(RampedConfig):
    """Constants of SS-Net. Lengths of a perturbation are those at 256 x 256, and the same a pixel at other sizes."""

    weight: float = same(0.1, f"{_CODE}: consistency", ge=0)
    ramp: float = same(1.0, f"{RAMP}; {_CODE}: 200 x 150 of 30,000 updates", ge=0)
    separation: float = same(0.1, f"what separation counts beside smoothness; {_CODE}", ge=0)
    magnitude: float = same(6.0, f"length of the perturbation of a slice; {_CODE}: magnitude", gt=0)
    probe: float = same(10.0, f"how far off a slice the slope is taken; {_LOSSES}: xi", gt=0)
    rounds: int = same(1, f"times that the direction is turned to the slope; {_LOSSES}: ip", ge=0)
    clean: Literal["shared", "own"] = choice(
        None,
        f"prediction that the perturbed one is to keep to; ours: that of the update; {_LOSSES}: of a further pass",
        paper="shared",
        official="own",
    )
    embedding: int = same(32, f"{_NET}: feat_dim of heads and selectors", ge=1)
    prototypes: int = same(32, f"a class; {_CODE}: elements_per_class", ge=2)
    kept: Literal["highest", "lowest"] = choice(
        None,
        f"scores of the pixels that become prototypes; utils/feature_memory.py {_KEPT} @b446183: sorts upwards and"
        " takes the first, where it says highest",
        paper="highest",
        official="lowest",
    )
    prototype_weights: Literal["learned", "alike"] = choice(
        None,
        f"what prototypes count beside each other; utils/contrastive_losses.py {_KEPT} @e882742: alike, since their"
        " scores are divided by themselves",
        paper="learned",
        official="alike",
    )
    supervised: Literal["cross_entropy_dice", "dice"] = choice(
        None, f"{_CODE}: Dice alone; ours: the loss of all methods", paper="cross_entropy_dice", official="dice"
    )
    lr_power: float = choice(
        None, f"{_CODE}: the rate is constant; ours: that of all methods", paper=0.9, official=0.0, ge=0
    )

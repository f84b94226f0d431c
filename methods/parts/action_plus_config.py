"""ACTION++'s constants and choices beside ACTION's, each with its value under every fidelity."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from methods.parts.action_config import ActionConfig
from methods.parts.fidelity import choice, same

_CODE = "ACTION code @77730a7, the files with ++"
_PAPER = "ACTION++, arXiv 2304.02689"


class ActionPlusConfig(ActionConfig):
    """Constants of ACTION++ beside ACTION's."""

    global_share: float = choice(
        5,
        f"{_PAPER} and {_CODE}: no stage i, pre-training trains encoder and decoder together",
        paper=0,
        official=0,
        ge=0,
    )
    local_share: float = choice(
        5, f"{_PAPER}: 10,000 updates of pre-training; {_CODE}: 30,000", paper=10, official=30, ge=0
    )
    anatomical_share: float = choice(5, "the same of fine-tuning: 20,000 and 30,000", paper=20, official=30, ge=0)
    whole_updates: int = choice(
        5, f"of both stages; {_PAPER}: 30,000; {_CODE}: 60,000", paper=30_000, official=60_000, ge=0
    )
    global_weight: float = choice(
        24,
        f"in pre-training, the only stage that can have it; {_CODE}: 1; {_PAPER}'s own weight was not read",
        paper=1.0,
        official=1.0,
        ge=0,
    )
    pretrain_batch: int = choice(
        7,
        f"slices of each kind, 0: the preset's; {_PAPER}: 8 in all; {_CODE}: 3 + 3",
        paper=4,
        official=3,
        fixed=0,
        ge=0,
    )
    contrast_batch: int = choice(
        7, f"the same in stage iii; {_PAPER}: 8 in all; {_CODE}: 4 + 4", paper=4, official=4, fixed=0, ge=0
    )
    follows: int = same(1, f"{_PAPER}, {_CODE}: one average a stage iii update", ge=1)
    extra_forward: bool = same(False, f"{_PAPER}, {_CODE}: no pass in stage iii but those of the losses")
    representation: int = choice(
        32, f"{_PAPER}: d; {_CODE}: all decoder maps side by side", paper=128, official=496, ge=1
    )
    centre_weight: float = choice(33, f"{_PAPER}: lambda_a; {_CODE}: default", paper=0.2, official=0.1, ge=0)
    adaptive_temperature: float = choice(
        34, f"lowest of the supervised contrast; {_PAPER}: tau-; {_CODE}: 0.07", paper=0.1, official=0.07, gt=0
    )
    period: float = choice(
        35,
        f"of the temperature, fraction of a stage; {_PAPER}: all of it; {_CODE}: 10 cycles",
        paper=1.0,
        official=0.1,
        gt=0,
    )
    temperature_steps: int = choice(
        35,
        f"equal steps of a stage in which it moves, 0: at every update; {_CODE}: each epoch, of 100 where tested",
        paper=0,
        official=100,
        added=True,
        ge=0,
    )
    negatives_at: Literal["constant", "moving"] = choice(
        35,
        f"temperature of the shares of negatives; constant: negative_temperature; {_CODE}: the contrast's, which moves",
        paper="constant",
        official="moving",
        added=True,
    )
    supervised_contrast: Literal["batch", "memory"] = choice(
        36,
        f"{_PAPER}: two terms, over the batch's pixels; {_CODE}: one softmax over the teacher's raw decoder features "
        "of the pixel and of a memory, and the centres",
        paper="batch",
        official="memory",
        added=True,
    )
    memory: int = choice(
        36, f"labelled pixels in that memory; {_CODE}: 12,288", paper=0, official=12_288, added=True, ge=0
    )
    memory_pixels: int = choice(
        36, f"labelled pixels a class and update that meet it; {_CODE}: 256", paper=256, official=256, added=True, ge=1
    )
    temperature: float = same(0.1, f"{_PAPER}: tau-, the lowest of the anatomical contrast", gt=0)
    highest_temperature: float = same(1.0, f"{_PAPER}: tau+, of all contrastive losses", gt=0)
    means_rate: float = same(0.1, f"{_CODE}: class means move by 0.1", gt=0, le=1)

    @model_validator(mode="after")
    def _remembered(self) -> ActionPlusConfig:
        if self.supervised_contrast == "memory" and not self.memory:
            raise ValueError("memory=0 leaves supervised_contrast=memory nothing to remember; expected at least 1")
        return self

"""MONA's constants beside ACTION's, and ARCO's where they are others.

MONA's paper (arXiv 2209.13476) was read to the end of its abstract, of ARCO's (arXiv 2302.01735v5) most
of the text and appendices A to E, G to K and N (docs/MONA.md); it describes MONA's two phases, and takes its constants
over (appendices C and E). Both released training files were read: MONA code
@866fd8b and ARCO code @5d436ff; they differ in how pixels are drawn, ``--func`` rand and smc.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import model_validator

from data.batch import View
from methods.parts.action_config import ActionConfig
from methods.parts.anatomical import Sampling
from methods.parts.equivariance import Turning
from methods.parts.fidelity import choice, same
from methods.parts.pixel_draws import picked

_ARCO = "ARCO, arXiv 2302.01735"
_CODE = "MONA code @866fd8b train_arco_2d.py"
_TPS = "MONA code @866fd8b train_arco_2d.py; ARCO code @5d436ff rand_tps.py"
_OURS = "ours"
_GRID = "ARCO code @5d436ff loss_helper_3d.py"


class MonaConfig(ActionConfig):
    """Constants of MONA beside ACTION's."""

    # phases
    global_share: float = choice(
        5, f"{_ARCO} section 3.1, {_CODE}: no stage i, two phases; pre-training has all three terms", paper=0,
        official=0, ge=0,
    )  # fmt: skip
    local_share: float = choice(5, f"{_ARCO} appendix C: 100 epochs of pre-training", paper=100, official=1, ge=0)
    anatomical_share: float = choice(5, f"{_ARCO} appendix C: 200 epochs of fine-tuning", paper=200, official=1, ge=0)
    whole_updates: int = choice(
        5,
        f"of both phases; {_CODE}: 30,000 of fine-tuning after 30,000; {_ARCO} counts epochs; ours: in all as many",
        paper=60_000,
        official=0,
        ge=0,
    )
    lr_power: float = same(
        0.9,
        f"{_CODE}: (1 - update / total) ** 0.9; {_ARCO} appendix C prints a tenth every 2,500 updates, 10^-12"
        " of the rate after 30,000",
        ge=0,
    )
    global_weight: float = choice(
        24,
        f"in pre-training, which has all three terms; {_ARCO} section 3.1; ARCO code @5d436ff pretrain_2D.py: k1, 1",
        paper=1.0,
        official=1.0,
        ge=0,
    )
    nesterov: bool = choice(6, f"{_CODE}: in fine-tuning", paper=False, official=True)
    pretrain_batch: int = choice(
        7, f"slices of each kind, 0: the preset's; {_ARCO} appendix C: 6 in all", paper=3, official=3, fixed=0, ge=0
    )
    contrast_batch: int = choice(
        7, f"the same in fine-tuning; {_ARCO} appendix C: 8 in all", paper=4, official=4, fixed=0, ge=0
    )
    # fine-tuning
    follows: int = same(1, f"{_CODE}: one average a fine-tuning update", ge=1)
    extra_forward: bool = same(False, f"{_CODE}: no pass of which no loss is made moves the teacher")
    contrast_weight: float = same(0.01, f"{_ARCO} appendix C: lambda_1; {_CODE}: k1", ge=0)
    unsupervised_weight: float = same(1.0, f"{_ARCO} appendix C: lambda_2; {_CODE}: k3", ge=0)
    representation_head: Literal["pyramid"] = same(
        "pyramid", f"{_ARCO} appendix C: feature pyramid with 512 outputs; {_CODE}: its own pyramid with 496"
    )
    pixels: Literal["any", "groups", "opposites"] = same(
        "any", f"how queries and keys are drawn; {_ARCO} section 3.2: MONA draws from all pixels; {_CODE}: --func rand"
    )
    grid: int = same(4, f"cells a side of an image where pixels are drawn by groups; {_GRID}: cut_count", ge=1)
    # diversity: nearest neighbours
    nearest_weight: float = same(1.0, f"{_ARCO} appendix C: lambda_3; {_CODE}: k4", ge=0)
    neighbors: int = same(
        5,
        f"nearest slices of the memory; {_CODE}: topk; there the student's are sought and the teacher moved to them,"
        " which has no gradient",
        ge=1,
    )
    nearest_bank: int = same(36, f"last unlabelled slices remembered, first in, first out; {_ARCO} C; {_CODE}: K", ge=1)
    nearest_cells: int = same(
        8, f"{_OURS}: cells a side of which a slice's vector is made; {_CODE}: each pixel, 4.7 GB of memory", ge=1
    )
    # consistency: equivariance
    equivariance_weight: float = same(
        1.0,
        f"{_CODE}: k2; the paper's own was not read; ours: it grows as unsupervised_weight does, where that grows",
        ge=0,
    )
    turn_degrees: float = same(60.0, f"most that a slice is turned; {_TPS}", ge=0, le=180)
    least_zoom: float = same(0.8, f"least that it is enlarged; {_TPS}", gt=0)
    most_zoom: float = same(1.2, f"most that it is enlarged; {_TPS}", gt=0)
    shift: float = same(0.1, f"most that it is moved, in halves of its side; {_TPS}", ge=0)
    bend: float = same(
        0.01, f"most that points of a lattice are moved; {_TPS}: tps_sigma, by thin plates; ours: bicubic", ge=0
    )

    def sampling(self, classes: int) -> Sampling:
        """Return ACTION's, with the way pixels are drawn."""
        return replace(super().sampling(classes), pick=picked(self.pixels, self.grid))

    def turning(self) -> Turning:
        """Return how slices are turned for the equivariance."""
        return Turning(self.turn_degrees, self.least_zoom, self.most_zoom, self.shift, self.bend)

    @model_validator(mode="after")
    def _within(self) -> MonaConfig:
        if self.neighbors > self.nearest_bank:
            raise ValueError(
                f"neighbors={self.neighbors} are more than nearest_bank={self.nearest_bank} holds; expected no more"
            )
        if self.least_zoom > self.most_zoom:
            raise ValueError(f"least_zoom={self.least_zoom} is above most_zoom={self.most_zoom}; expected no more")
        return self


class ArcoConfig(MonaConfig):
    """Constants of ARCO beside MONA's."""

    student_view: View = choice(
        2,
        f"{_ARCO} appendix C: rotation, crop, flip alone for both; ours: MONA's",
        paper="weak",
        official="strong_sharp",
        fixed="strong",
    )
    mixed_view: View = choice(
        15, f"the same in fine-tuning; {_ARCO} appendix C; ours: MONA's", paper="weak", official="plain", fixed="strong"
    )
    pixels: Literal["any", "groups", "opposites"] = same(
        "groups",
        f"how queries and keys are drawn; {_ARCO} section 3.3: stratified groups (SG), opposites: antithetic (SAG);"
        f" {_GRID}: the grid is of the list of a class's pixels, not of the image, with replacement",
    )
    equivariance_weight: float = choice(
        None, f"{_ARCO} appendix E: no such term; ARCO code @5d436ff: k2, 1", paper=0.0, official=1.0, ge=0
    )

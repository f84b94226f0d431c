"""What a user asks for, by options or by a protocol, before anything is looked up."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

Scalar = bool | int | float | str | None


class Wish(BaseModel):
    """What a user asks for, before anything is looked up; ratio and labeled exclude each other.

    variant: what a protocol calls it; no part of the cell. twin: the same with unlabelled terms that weigh nothing.
    label_seed, init_seed, data_seed: instead of seed, for which patients are labelled, the initial weights, and the
    order and augmentation of batches. place: the file and block it is from, for messages.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str
    dataset: str = "auto"
    ratio: float | None = None
    labeled: int | None = None
    label_draw: str = "canonical"
    backbone: str = "unet"
    preset: str = "auto"
    fidelity: str = "fixed"
    seed: int = 0
    set: Mapping[str, Scalar] = {}
    variant: str = ""
    twin: bool = False
    label_seed: int | None = None
    init_seed: int | None = None
    data_seed: int | None = None
    place: str = ""

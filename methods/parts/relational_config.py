"""Constants and choices of stages i and ii of ACTION, and of its teacher, with their values under every fidelity."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from data.batch import View
from methods.parts.fidelity import choice, same
from methods.parts.sgd import SgdConfig

_CODE = "ACTION code @77730a7"
_PAPER = "ACTION, arXiv 2206.02307"
_ARCO = "ARCO, arXiv 2302.01735"


def added(value: Any, source: str, **bounds: Any) -> Any:
    """Declare a field that came after records were made and whose default is what they did.

    At its default it is no part of a cell's identity, so that those records stay valid.
    """
    return Field(value, description=source, json_schema_extra={"added": True}, **bounds)


class RelationalConfig(SgdConfig):
    """Constants of distillation by relations; ``difference`` numbers are the rows of docs/ACTION.md."""

    # the rate
    lr_lag: int = choice(
        6,
        f"updates by which the decay lags behind in stages i and ii; {_CODE} train_2D_pretrain.py: 1, since the rate is"
        " set with the number before it counts up; stage iii has none",
        paper=0,
        official=1,
        added=True,
        ge=0,
    )
    # views
    geometry: bool = choice(
        3, f"rotate, flip, zoom as the policy says; {_CODE} dataset.py: commented out", paper=True, official=False
    )
    teacher_view: View = choice(
        1,
        f"{_PAPER}, ablation: a weak teacher is best; {_CODE}: jitter and blur go to the teacher",
        paper="weak",
        official="strong",
    )
    student_view: View = choice(
        2,
        f"{_PAPER}: strong; {_CODE}: jitter in place reaches the student too, blur does not",
        paper="strong",
        official="strong_sharp",
    )
    # the teacher
    decay: float = same(0.99, f"{_PAPER} section 3: teacher momentum", ge=0, lt=1)
    decay_start: Literal["warm", "constant"] = choice(
        None,
        "of stages i and ii; warm: a young teacher follows fast, as SSL4MIS' do; "
        f"{_CODE}: constant from the first update of each",
        paper="warm",
        official="constant",
        added=True,
    )
    teacher_passes: Literal["once", "twice"] = choice(
        None,
        f"of an update of stages i and ii; {_CODE}: an unused one before the average moves, another in a drawn order",
        paper="once",
        official="twice",
        added=True,
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
    # relations
    labeled_in_global: bool = choice(
        23,
        f"{_PAPER}: stage i sees unlabelled slices; {_CODE}: labelled ones too, without their labels",
        paper=False,
        official=True,
    )
    global_pass: Literal["encoder", "network"] = choice(
        None,
        f"what stage i passes through; {_CODE}: the frozen decoder too, whose statistics move",
        paper="encoder",
        official="network",
        added=True,
    )
    heads_start: Literal["kept", "anew"] = choice(
        None,
        f"heads, predictors and anchors in stage ii; {_CODE}: built anew, only the networks are carried over",
        paper="kept",
        official="anew",
        added=True,
    )
    anchors: Literal["queue", "ring", "redrawn", "batch"] = choice(
        25,
        f"{_PAPER}: random slices, drawn anew; {_CODE}: the last ones seen, in a ring of which an entry of the local"
        " branch mixes slices; queue: the last ones, unit length; batch: the batch's own, the ablation",
        paper="redrawn",
        official="ring",
        fixed="queue",
    )
    bank: int = same(36, f"{_PAPER} section 3: size of the memory bank", ge=1)
    projection: Literal["plain", "perceptron", "linear"] = choice(
        20,
        f"{_PAPER}: non-linear heads; {_CODE} model.py: two linear layers; perceptron: with batch norm between,"
        " fixed's until 2026-11-27, which left the encoder with hardly a direction (docs/decisions/055)",
        paper="plain",
        official="linear",
    )
    local_predictor: Literal["window", "cell"] = choice(
        None,
        f"the student's extra layers in stage ii; {_CODE} model.py: two 1x1 convolutions of the classes, 4 - 4 - 4",
        paper="window",
        official="cell",
        added=True,
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
    embedding: int = same(512, f"{_CODE} train_2D.sh: width of the global embedding; model.py's own default: 256", ge=1)
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

    @model_validator(mode="after")
    def _two_views(self) -> RelationalConfig:
        both = self.teacher_view
        if both == self.student_view and both not in ("weak", "strong"):
            words = f"teacher_view={both} and student_view={both} are one image"
            raise ValueError(f"{words}; give one of them another, such as weak")
        return self

    @model_validator(mode="after")
    def _one_memory(self) -> RelationalConfig:
        if self.anchors == "batch" and self.local_relations == "mixed":
            raise ValueError("anchors=batch gives each slice its own, and local_relations=mixed has rows across slices")
        return self

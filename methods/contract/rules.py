"""The rules, by name: what each expects, and what of it a method that breaks it shows."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from methods.contract import (
    blind,
    constants,
    described,
    learning,
    norms,
    passes,
    places,
    repeated,
    schedule,
    unlabelled,
)
from methods.contract.subject import Broken, Subject
from methods.errors import MethodError


@dataclass(frozen=True)
class Rule:
    """A rule: its name, what is expected in a sentence, what finds a method that breaks it.

    after: rules without which this one can't be looked at.
    """

    name: str
    expected: str
    look: Callable[[Subject], None]
    after: Sequence[str] = ()


BUILT, TRAINS = ("builds",), ("builds", "budget", "trains")
RULES = (
    Rule("sources", "every constant of Config says where its value is from", described.sources),
    Rule("words", "title, paper and the docstring's first line are there", described.words),
    Rule("builds", "networks are made by networks.segmenter(), for any task", described.builds),
    Rule("budget", "stages spend the updates they are granted, neither more nor fewer", described.budget, BUILT),
    Rule("logits", "each predictor maps (N, C, H, W) to (N, classes, H, W)", described.logits, BUILT),
    Rule("init", "another seed gives other initial weights", repeated.other_seed, BUILT),
    Rule("trains", "each stage moves weights and logs finite terms", learning.trains, ("builds", "budget")),
    Rule("constants", "every constant of Config is read by the method", constants.constants, TRAINS),
    Rule("batch", "a step leaves its batch as it came", learning.batch_left_alone, TRAINS),
    Rule("devices", "what a step makes lies where its batch does, so that it runs on a GPU", places.devices, TRAINS),
    Rule("reported", "training moves the first predictor, which tables report", learning.moves_the_reported, TRAINS),
    Rule("repeats", "the same seeds give the same weights to the last bit", repeated.same_seed, TRAINS),
    Rule(
        "resumes",
        "begin(stage) and load_state_dict go on as if nothing had stopped, and predict the same",
        repeated.resumes,
        (*TRAINS, "logits", "repeats"),
    ),
    Rule(
        "unlabelled",
        "each unlabelled term moves the weights of a predictor, by more than rounding",
        unlabelled.unlabelled,
        (*TRAINS, "reported", "repeats"),
    ),
    Rule(
        "twin",
        "at the values of twin the total is the supervised term alone, times a fixed weight",
        learning.twin,
        (*TRAINS, "unlabelled"),
    ),
    Rule(
        "blind",
        "at the values of twin no number of unlabelled slices reaches a predictor, but through batch norm",
        blind.blind,
        (*TRAINS, "twin"),
    ),
    Rule(
        "passes",
        "at the values of twin batch norm of each predictor follows the batches and slices that it does in the method",
        passes.passes,
        (*TRAINS, "twin"),
    ),
    Rule("norms", "statistics that a predictor normalises by have followed training", norms.norms, TRAINS),
    Rule("fidelities", "every fidelity trains in every stage", learning.fidelities, TRAINS),
    Rule(
        "schedule",
        "at the values of twin stages, draws, optimisers and rates are those of the method, under every fidelity",
        schedule.schedule,
        (*TRAINS, "twin", "fidelities"),
    ),
    Rule(
        "tasks",
        "one structure or many, two channels, single slices, unlabelled pixels",
        learning.tasks,
        (*TRAINS, "logits"),
    ),
    Rule("ignored", "pixels that nobody labelled teach no label", learning.ignored, ("tasks",)),
    Rule("backbones", "other networks do as well: resnet18 of segmentation-models-pytorch", learning.backbones, TRAINS),
)


@dataclass(frozen=True)
class Found:
    """What was seen of a rule: kept, broken with what was seen, or not looked at for another one that is broken."""

    rule: Rule
    seen: str = ""
    waits_for: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether the method breaks the rule."""
        return bool(self.seen)


def look(
    subject: Subject, rules: Sequence[Rule] = RULES, told: Callable[[Found], object] = lambda _: None
) -> list[Found]:
    """Return what is seen of each rule, each told as it is found."""
    found: dict[str, Found] = {}
    for rule in rules:
        missing = [name for name in rule.after if name in found and (found[name].seen or found[name].waits_for)]
        found[rule.name] = Found(rule, waits_for=missing[0]) if missing else Found(rule, _seen(rule, subject))
        told(found[rule.name])
    return list(found.values())


def _seen(rule: Rule, subject: Subject) -> str:
    try:
        rule.look(subject)
    except Broken as broken:
        return f"{broken}{_place(broken, subject)}"
    except MethodError as error:
        return f"{error}{_place(error, subject)}"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a stranger's method meets, leaving the process too
        said = next(filter(None, map(str.strip, str(error).splitlines())), "no reason given")
        return f"{type(error).__name__}: {said}{_place(error, subject)}"
    return ""


def _place(error: BaseException, subject: Subject) -> str:
    """Return the line of the method's files that an error, or what it was made of, came through last."""
    each = [traceback.extract_tb(one.__traceback__) for one in (error.__cause__, error) if one is not None]
    mine = [frame for frames in each for frame in frames if frame.filename in subject.files]
    return f" ({subject.files[mine[-1].filename]}, line {mine[-1].lineno})" if mine else ""

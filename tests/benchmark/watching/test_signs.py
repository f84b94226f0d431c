"""What a history shows by itself: each fault by its name, and none in a history that is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.training.resume import AGAIN
from benchmark.watching import watched
from benchmark.watching.signs import signs
from benchmark.watching.verdict import Verdict
from benchmark.watching.watched import Watched
from results.logged import Row, logged

SOUND = [
    (200, {"total": 1.0, "supervised": 0.9, "effective_rank": 6.0, "encoder_gradient": 0.4, "val_dice": 0.2}),
    (400, {"total": 0.8, "supervised": 0.7, "effective_rank": 5.0, "encoder_gradient": 0.3, "val_dice": 0.4}),
    (600, {"total": 0.7, "supervised": 0.6, "effective_rank": 5.0, "encoder_gradient": 0.3, "val_dice": 0.5}),
]


def found(failure: str = "", **changed: tuple[float, float, float]) -> list[tuple[str, str]]:
    rows: list[Row] = []
    for place, (update, terms) in enumerate(SOUND):
        now = {**terms, **{term: values[place] for term, values in changed.items()}}
        rows += [("train", update, term, value) for term, value in now.items()]
    run = Watched(Path("a"), {"config": {"lr": 0.9}}, logged(rows), None)
    return [(one.name, one.words) for one in signs(run, Verdict(None), failure)]


def test_a_sound_history_shows_nothing() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "name", "words"),
    [
        ({"total": (0.5, 0.5, 0.5)}, "constant loss", "total is 0.5 to the last digit at updates 200, 400, 600"),
        ({"consistency": (0.0, 0.0, 0.0)}, "term at 0", "consistency is 0 to the last digit at updates 200, 400, 600"),
        ({"encoder_gradient": (0.3, 0.2, 0.0)}, "zero gradient", "the encoder's gradient is 0 at update 600"),
        ({"effective_rank": (6.0, 2.0, 1.2)}, "collapse", "the bottleneck's effective rank is 1.20 at update 600"),
        (
            {"supervised": (0.5, 0.7, 0.61)},
            "rising loss",
            "supervised rose from 0.5 to 0.61. Usual cause: a learning rate",
        ),
        (
            {"val_dice": (0.1, 0.0, 0.0)},
            "Dice at 0",
            "validation Dice is 0 after 600 updates: all is called background",
        ),
        ({"val_dice": (0.3, 0.3, 0.3)}, "standing teacher", "validation Dice is 0.3 to the last digit at updates 200"),
    ],
)
def test_a_fault_is_named_with_what_was_seen(changed: dict[str, tuple], name: str, words: str) -> None:
    ((told, said),) = found(**changed)
    assert told == name and said.startswith(words)


def test_what_is_nearly_a_fault_is_none() -> None:
    assert found(total=(0.5, 0.5, 0.500001), supervised=(0.5, 0.7, 0.6), effective_rank=(6.0, 1.2, 1.6)) == []
    assert found(val_dice=(0.0, 0.0, 0.01)) == []


def test_a_failure_of_a_value_that_is_not_finite_names_the_learning_rate() -> None:
    ((name, words),) = found("loss term 'total' is nan, which is not finite")
    assert name == "NaN" and "a learning rate too high (lr 0.9)" in words
    assert found("CUDA out of memory") == []


def test_a_dice_of_0_after_few_updates_is_no_fault() -> None:
    run = Watched(Path("a"), {}, logged([("train", 12, "val_dice", 0.0)]), None)
    (sign,) = signs(run, Verdict(None))
    assert "12 updates are too few to learn from" in sign.words


def test_a_loss_that_is_higher_in_a_later_stage_has_not_risen() -> None:
    rows = [("one", at, "supervised", 0.2) for at in (1,)]
    rows += [("two", at, "supervised", value) for at, value in ((21, 1.0), (41, 0.9), (61, 0.8))]
    assert signs(Watched(Path("a"), {}, logged(rows), None), Verdict(None)) == []


def test_a_training_anew_lies_where_the_trainer_puts_it() -> None:
    assert watched.AGAIN == AGAIN

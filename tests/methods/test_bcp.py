"""Bidirectional copy-paste: what is pasted where, which labels count how much, best weights, teacher."""

import math
from functools import partial
from typing import Any

import pytest
import torch

from data.batch import Batch
from methods import registry
from methods.base import Stage
from methods.bcp import BidirectionalCopyPaste
from methods.parts.boxes import one_box
from methods.parts.components import largest_components
from methods.parts.copy_paste import halves, region_loss
from methods.parts.fidelity import FIDELITIES
from methods.parts.passes import DIVIDED
from methods.parts.supervised import DICE_SMOOTH, segmentation_loss
from tests.contract.toy import BUDGET, batch_for
from tests.methods import toy_runs
from tests.methods.toy_runs import clock, logits, moved, weights_after


def begun(number: int = 1, **overrides: Any) -> tuple[BidirectionalCopyPaste, Stage]:
    method, stage = toy_runs.begun("bcp", number, **overrides)
    assert isinstance(method, BidirectionalCopyPaste)
    return method, stage


def caught(method: BidirectionalCopyPaste, stage: Stage) -> tuple[dict[str, float], torch.Tensor, torch.Tensor]:
    """Return one update's terms, the images that went into the student and the logits that came out."""
    seen = []
    handle = method.student.register_forward_hook(lambda _, args, out: seen.append((args[0], out.detach())))
    values = {k: float(v) for k, v in method.step(batch_for(stage), clock()).items()}
    handle.remove()
    return values, *seen[0]


def test_region_loss_equals_the_loop() -> None:
    found, inside = logits(), torch.zeros(1, 4, 4, dtype=torch.bool)
    inside[0, 1:3, :3] = True
    classes = torch.arange(32).view(2, 4, 4) % 3
    places = [(n, y, x) for n in range(2) for y, x in torch.nonzero(inside[0]).tolist()]
    chances = {place: found[place[0], :, place[1], place[2]].softmax(0).tolist() for place in places}
    entropy = -sum(math.log(chances[place][int(classes[place])]) for place in places) / len(places)
    dice = 0.0
    for k in range(3):
        own = [place for place in places if classes[place] == k]
        size = sum(chances[place][k] ** 2 for place in places) + len(own)
        dice += (2 * sum(chances[place][k] for place in own) + DICE_SMOOTH) / (size + DICE_SMOOTH)
    assert region_loss(found, classes, inside).item() == pytest.approx((entropy + 1 - dice / 3) / 2, rel=1e-5)


def test_the_whole_image_as_region_is_the_usual_loss() -> None:
    found, classes = logits(), torch.arange(32).view(2, 4, 4) % 3
    whole = torch.ones(1, 4, 4, dtype=torch.bool)
    torch.testing.assert_close(region_loss(found, classes, whole), segmentation_loss(found, classes))


@pytest.mark.parametrize(
    ("items", "count", "expected"),
    [(4, 2, [[0, 1], [2, 3]]), (3, 2, [[0, 1], [1, 2]]), (1, 1, [[0], [0]]), (2, 3, [[0, 1, 0], [1, 0, 1]])],
)
def test_halves_fit_whatever_the_batch(items: int, count: int, expected: list[list[int]]) -> None:
    assert [half.tolist() for half in halves(torch.arange(items), count)] == expected


def test_pretraining_pastes_one_half_of_the_labelled_slices_into_the_other() -> None:
    method, stage = begun(0)
    assert stage.keep == "last"
    assert stage.draw.unlabeled == 0
    values, images, out = caught(method, stage)
    batch = batch_for(stage)
    (outer, inner), inside = batch.labeled.views["weak"], one_box(images, 2 / 3, clock().rng)
    assert torch.equal(images[0], torch.where(inside, inner, outer))
    expected = region_loss(out, batch.masks[:1], ~inside) + region_loss(out, batch.masks[1:], inside)
    assert values["supervised"] == pytest.approx(expected.item(), rel=1e-5)


def test_self_training_pastes_both_ways_and_weighs_the_teachers_labels() -> None:
    method, stage = begun(unlabeled_weight=0.3)
    batch = batch_for(stage)
    pseudo = method.pseudo_labels(batch.view("weak")[1])
    values, images, out = caught(method, stage)
    (image_a, image_b), (bare_a, bare_b) = batch.view("weak")
    inside = one_box(images, 2 / 3, clock().rng)
    assert torch.equal(images[0], torch.where(inside, image_a, bare_a))
    assert torch.equal(images[1], torch.where(inside, bare_b, image_b))
    known = region_loss(out[:1], batch.masks[:1], inside) + region_loss(out[1:], batch.masks[1:], ~inside)
    taught = region_loss(out[:1], pseudo[:1], ~inside) + region_loss(out[1:], pseudo[1:], inside)
    assert values["supervised"] == pytest.approx(known.item(), rel=1e-5)
    assert values["unsupervised"] == pytest.approx(taught.item(), rel=1e-5)
    assert values["total"] == pytest.approx((known + 0.3 * taught).item(), rel=1e-5)


def test_pseudo_labels_are_the_teachers_largest_components_without_gradient() -> None:
    method, stage = begun()
    images = batch_for(stage).view("weak")[1]
    raw = begun(cleaned="all")[0].pseudo_labels(images)
    cleaned = method.pseudo_labels(images)
    assert not torch.equal(raw, cleaned)
    assert torch.equal(cleaned, largest_components(raw))
    assert not any(weight.requires_grad for weight in method.teacher.parameters())


def test_the_term_moves_the_weights() -> None:
    with_it, without = weights_after("bcp"), weights_after("bcp", unlabeled_weight=0.0)
    assert any(key.startswith("student") for key in moved(with_it, without))


def test_the_teacher_starts_as_the_student_and_moves_by_one_minus_decay_with_its_buffers() -> None:
    method, stage = begun(0, decay=0.9)
    method.step(batch_for(stage), clock())
    stage = method.stages(BUDGET)[1]
    method.begin(stage)
    before = {key: value.clone() for key, value in method.student.network.state_dict().items()}
    assert all(torch.equal(value, before[key]) for key, value in method.teacher.state_dict().items())
    method.config = method.config.model_copy(update={"teacher_mode": "running"})  # else labelling moves its buffers
    method.step(batch_for(stage), clock(50, 100))
    after = method.student.network.state_dict()
    for key, value in method.teacher.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(value, 0.9 * before[key] + 0.1 * after[key])


def test_the_second_stage_starts_with_the_momentum_of_the_weights_that_were_kept() -> None:
    method, stage = begun(0)
    method.step(batch_for(stage, 0), clock(0, 10))
    best = {key: value.clone() for key, value in next(iter(method.predictors().values())).state_dict().items()}
    momentum = [value["momentum_buffer"].clone() for value in method.optimizer.state.values()]
    method.step(batch_for(stage, 1), clock(1, 10))
    next(iter(method.predictors().values())).load_state_dict(best)  # as the trainer does at the end of such a stage
    trained = method.begin(method.stages(BUDGET)[1])["student"]
    for weight, expected in zip(method.student.network.parameters(), momentum, strict=True):
        assert torch.equal(trained.optimizer.state[weight]["momentum_buffer"], expected)
    assert all(group["lr"] == method.config.lr for group in trained.optimizer.param_groups)


def test_halves_pass_at_once_or_one_after_the_other() -> None:
    items = torch.tensor([0.0, 2.0, 10.0, 20.0])
    found = {
        name: passed(lambda part: part - part.mean(), items, partial(halves, count=2))
        for name, passed in DIVIDED.items()
    }
    assert [half.tolist() for half in found["together"]] == [[-8.0, -6.0], [2.0, 12.0]]
    assert [half.tolist() for half in found["apart"]] == [[-1.0, 1.0], [-5.0, 5.0]]


@pytest.mark.parametrize(("passes", "counts"), [("together", [2, 2]), ("apart", [1, 1, 1, 1])])
def test_officially_teacher_and_student_see_the_halves_apart(passes: str, counts: list[int]) -> None:
    method, stage = begun(passes=passes)
    seen: list[tuple[str, int]] = []
    for name in ("teacher", "student"):
        method.get_submodule(name).register_forward_hook(
            lambda _, args, __, name=name: seen.append((name, len(args[0])))
        )
    method.step(batch_for(stage), clock())
    assert [count for _, count in seen] == counts
    assert [name for name, _ in seen] == sorted((name for name, _ in seen), reverse=True)


def twin_after(updates: int, other: int) -> BidirectionalCopyPaste:
    """Return a twin after both stages, whose unlabelled slices are those of batches of another number."""
    method, first = begun(0, **BidirectionalCopyPaste.twin)
    torch.manual_seed(0)
    method.step(batch_for(first), clock())
    second = method.stages(BUDGET)[1]
    method.begin(second)
    for update in range(updates):
        known, unknown = batch_for(second, update), batch_for(second, update + other)
        torch.manual_seed(0)
        method.step(Batch(known.labeled, known.masks, unknown.unlabeled), clock(update, updates))
    return method


def test_unlabelled_slices_have_no_influence_on_the_twin_at_all() -> None:
    one, two = (twin_after(3, other).state_dict() for other in (0, 50))
    assert [key for key in one if not torch.equal(one[key], two[key])] == []


def test_the_twin_pastes_labelled_slices_into_labelled_ones_both_ways() -> None:
    method, stage = begun(**BidirectionalCopyPaste.twin)
    values, images, out = caught(method, stage)
    batch, inside = batch_for(stage), one_box(images, 2 / 3, clock().rng)
    one, two = batch.labeled.views["weak"]
    assert torch.equal(images[0], torch.where(inside, one, two))
    assert torch.equal(images[1], torch.where(inside, two, one))
    expected = region_loss(out, batch.masks, inside) + region_loss(out, batch.masks.flip(0), ~inside)
    assert values["supervised"] == values["total"] == pytest.approx(expected.item(), rel=1e-5)


def test_dice_is_smoothed_by_its_own_constant() -> None:
    found, classes, whole = logits(), torch.zeros(2, 4, 4, dtype=torch.int64), torch.ones(1, 4, 4, dtype=torch.bool)
    some, none = (region_loss(found, classes, whole, smooth) for smooth in (1.0, 1e-10))
    assert (none - some).item() == pytest.approx(0.5 * dice_gap(found.softmax(1)), rel=1e-4)


def dice_gap(chances: torch.Tensor) -> float:
    """Return how much a constant of 1 in place of none raises the mean Dice where all is background."""
    own, size = chances[:, 0].sum().item(), [chances[:, k].square().sum().item() for k in range(3)]
    with_one = (2 * own + 1) / (size[0] + 32 + 1) + 1 / (size[1] + 1) + 1 / (size[2] + 1)
    return (with_one - 2 * own / (size[0] + 32)) / 3


def test_the_papers_and_the_codes_values() -> None:
    chosen = {name: registry.configure("bcp", name, {}) for name in FIDELITIES}
    assert [config.lr_power for config in chosen.values()] == [0.0, 0.0, 0.9]
    assert [config.keep for config in chosen.values()] == ["best", "best", "last"]
    assert [config.passes for config in chosen.values()] == ["together", "apart", "together"]
    assert [config.dice_smooth for config in chosen.values()] == [1e-5, 1e-10, 1e-5]
    assert {config.pasted for config in chosen.values()} == {"unlabeled"}
    assert [config.teacher_mode for config in chosen.values()] == ["training", "training", "batch"]

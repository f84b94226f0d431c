"""Each choice of ACTION's stages i and ii, and of its teacher, changes what it claims to change."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from methods import registry
from methods.errors import MethodError
from methods.parts.anchors import Bank, BatchAnchors, RedrawnBank, RingBank
from methods.parts.distillation import CellPredictor, LocalHead, Predictor, local_places
from methods.parts.relational import draw_order
from methods.parts.relational_config import RelationalConfig
from tests.contract.toy import BUDGET, batch_for, clock
from tests.methods.action_toy import action, begun, buffers, inputs_of, stage_of, update, weights
from tests.methods.choices import Covers, rng

covers = Covers()


def tracked(network: nn.Module) -> set[int]:
    """Return how many batches the norms of a network saw."""
    return {int(part.num_batches_tracked) for part in network.modules() if isinstance(part, nn.BatchNorm2d)}


def test_every_choice_has_a_test() -> None:
    extras = {name: info.json_schema_extra for name, info in RelationalConfig.model_fields.items()}
    assert {name for name, extra in extras.items() if isinstance(extra, dict) and "values" in extra} == covers.fields


@covers("lr_lag")
def test_the_rate_lags_behind_in_stages_i_and_ii_alone() -> None:
    made = action(lr_lag=1, lr_power=1.0)
    for name, factor in (("global", 1.0), ("local", 1.0), ("anatomical", 0.75)):
        stage = stage_of(made, name)
        moment = type(clock(0, stage))(1, 4, rng())
        assert made.begin(stage)["student"].schedule(moment) == factor


@covers("labeled_in_global")
def test_stage_i_may_see_labelled_slices_too() -> None:
    draw = stage_of(action(pretrain_batch=3, labeled_in_global=True), "global").draw
    assert (draw.labeled, draw.unlabeled) == (3, 3)


@covers("decay_start")
@pytest.mark.parametrize(("chosen", "kept"), [("warm", 0.0), ("constant", 0.9)])
def test_a_teachers_first_average_is_the_student_or_at_the_full_decay(chosen: str, kept: float) -> None:
    for name in ("global", "local"):
        made, stage = begun(name, decay_start=chosen, decay=0.9)
        with torch.no_grad():
            for weight in made.teacher.network.parameters():
                weight.add_(1)
        expected = kept * weights(made.teacher.network) + (1 - kept) * weights(made.student.network)
        update(made, stage, 0)
        torch.testing.assert_close(weights(made.teacher.network), expected, atol=1e-6, rtol=1e-5)


@covers("teacher_passes")
def test_a_second_pass_of_the_teacher_sees_the_slices_in_another_order() -> None:
    for chosen, passes in (("once", 1), ("twice", 2)):
        made, stage = begun("local", teacher_passes=chosen)
        seen = inputs_of(made.teacher.network.encoder[0], made, stage)
        assert len(seen) == passes
        assert tracked(made.teacher.network) == {passes}
        assert tracked(made.student.network) == {1}
    order = draw_order(seen[0], clock(1, stage).rng)
    assert sorted(order.tolist()) == [0, 1, 2, 3] != order.tolist()
    assert torch.equal(seen[1], seen[0][order])


def test_targets_of_a_drawn_order_are_put_back() -> None:
    losses = []
    for passes in ("once", "twice"):
        made, stage = begun("local", teacher_passes=passes)
        for part in made.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.0
        losses.append(update(made, stage, 0))
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


@covers("global_pass")
def test_stage_i_passes_the_encoder_or_the_whole_network() -> None:
    for chosen, counts in (("encoder", {0, 1}), ("network", {1})):
        made, stage = begun("global", global_pass=chosen)
        frozen = weights(made.student.network.decoder)
        update(made, stage)
        assert tracked(made.student.network) == tracked(made.teacher.network) == counts
        assert torch.equal(weights(made.student.network.decoder), frozen)


@covers("heads_start")
@pytest.mark.parametrize("heads", ["averaged", "trained"])
def test_stage_ii_goes_on_with_the_heads_or_with_new_ones(heads: str) -> None:
    for chosen in ("kept", "anew"):
        made = action(heads_start=chosen, teacher_heads=heads, anchors="ring", local_relations="mixed")
        made.global_bank.oldest.fill_(3)
        before = {name: value.clone() for name, value in made.state_dict().items()}
        made.begin(stage_of(made, "local"))
        moved = {name for name, value in made.state_dict().items() if not torch.equal(value, before[name])}
        assert {name.rpartition(".perceptron")[0] or name for name in moved} == (
            set()
            if chosen == "kept"
            else {f"{side}.{kind}_head" for side in ("student", "teacher") for kind in ("global", "local")}
            | {"predict_global", "predict_local", "global_bank.anchors", "local_bank.anchors", "global_bank.oldest"}
        )
        same = torch.equal(weights(made.teacher.local_head), weights(made.student.local_head))
        assert same == (heads == "averaged")


@covers("local_predictor")
def test_the_local_predictor_is_of_a_window_or_of_its_cells() -> None:
    assert type(action().predict_local) is Predictor
    made = action(local_predictor="cell", projection="linear")
    assert type(made.predict_local) is CellPredictor
    assert [tuple(weight.shape) for weight in made.predict_local.parameters()] == [(4, 4), (4,), (4, 4), (4,)]


@covers("local_relations")
def test_rows_that_mix_slices_need_one_memory_for_all() -> None:
    made, stage = begun("local", local_relations="mixed", anchors="ring")
    assert update(made, stage)["locally"] > 0
    with pytest.raises(MethodError, match="anchors=batch gives each slice its own"):
        registry.configure("action", "official", {"anchors": "batch"})


def test_the_width_of_the_global_embedding_is_said_to_be_the_scripts() -> None:
    assert RelationalConfig().embedding == 512
    assert "train_2D.sh" in str(RelationalConfig.model_fields["embedding"].description)


@covers("geometry")
def test_without_geometry_every_stage_keeps_the_stored_one() -> None:
    assert all("plain" in stage.draw.views for stage in action(geometry=False).stages(BUDGET))
    assert not any("plain" in stage.draw.views for stage in action().stages(BUDGET))


@covers("teacher_view", "student_view")
def test_teacher_and_student_see_their_views() -> None:
    made, stage = begun("global", teacher_view="strong", student_view="strong_sharp")
    batch = batch_for(stage, 1)
    assert batch.unlabeled is not None
    (taught,) = inputs_of(made.teacher.network.encoder[0], made, stage)
    (seen,) = inputs_of(made.student.network.encoder[0], made, stage)
    assert torch.equal(taught, batch.unlabeled.views["strong"])
    assert torch.equal(seen, batch.unlabeled.views["strong_sharp"])


def test_equal_strengths_are_drawn_independently() -> None:
    assert stage_of(action(teacher_view="weak", student_view="weak"), "global").draw.views == ("weak", "weak_b")


@covers("teacher_heads")
def test_trained_heads_are_their_own_and_move_by_gradient() -> None:
    made, stage = begun("global", teacher_heads="trained")
    before, others = weights(made.teacher.global_head), weights(made.student.global_head)
    assert not torch.equal(before, others)
    update(made, stage)
    assert made.teacher.global_head.perceptron[0].weight.grad is not None
    assert all(weight.grad is None for weight in made.teacher.network.parameters())
    averaged, stage = begun("global")
    assert torch.equal(weights(averaged.teacher.global_head), weights(averaged.student.global_head))
    update(averaged, stage)
    assert all(weight.grad is None for weight in averaged.teacher.parameters())


@covers("teacher_average")
def test_statistics_stay_out_of_an_average_of_weights() -> None:
    for chosen in ("all", "weights"):
        made = action(teacher_average=chosen)
        with torch.no_grad():
            for value in made.student.network.buffers():
                value.add_(1)
        before = buffers(made.teacher.network)
        made.follow(0.5)
        assert torch.equal(before, buffers(made.teacher.network)) == (chosen == "weights")


@covers("anchors")
def test_anchors_are_the_last_a_new_draw_or_the_batchs_own() -> None:
    kinds = {"queue": Bank, "ring": RingBank, "redrawn": RedrawnBank, "batch": BatchAnchors}
    for name, kind in kinds.items():
        assert type(action(anchors=name).global_bank) is kind
    bank = RedrawnBank(3, 1, 2)
    first, second = (bank.pick(torch.zeros(1), rng(seed)) for seed in (0, 1))
    assert first.shape == (3, 1, 2)
    assert not torch.equal(first, second)
    assert all(any(torch.equal(row, anchor) for anchor in bank.anchors) for row in first)
    target = torch.eye(3).unsqueeze(1)
    own = BatchAnchors(3, 1, 3).pick(target, rng())
    for n in range(3):
        assert not any(torch.equal(own[n, k], target[n]) for k in range(2))
    with pytest.raises(MethodError, match="anchors=batch needs at least three slices in a batch, and this one has 2"):
        BatchAnchors(3, 1, 3).pick(target[:2], rng())


@covers("projection")
def test_heads_have_a_norm_only_where_that_is_asked_for() -> None:
    kinds_of = {
        "linear": {nn.Linear},
        "plain": {nn.Linear, nn.ReLU},
        "perceptron": {nn.Linear, nn.BatchNorm1d, nn.ReLU},
    }
    assert action().config.projection == "plain"
    for chosen, kinds in kinds_of.items():
        made = action(projection=chosen)
        heads = made.student.global_head, made.student.local_head, made.predict_global, made.predict_local
        assert all({type(layer) for layer in head.perceptron} == kinds for head in heads)


@covers("last_strip")
def test_without_the_last_strip_there_are_36_windows() -> None:
    output = torch.rand(1, 2, 64, 64, generator=rng())
    torch.manual_seed(0)
    whole = LocalHead(2).eval()
    torch.manual_seed(0)
    cut = LocalHead(2, last_strip=False).eval()
    assert (local_places(True), local_places(False)) == (49, 36)
    expected = whole(output).view(1, 7, 7, -1)[:, :6, :6].reshape(1, 36, -1)
    torch.testing.assert_close(cut(output), expected)


@covers("global_weight")
def test_the_global_weight_is_the_second_stages() -> None:
    made, stage = begun("local", global_weight=0.25, local_weight=0.5)
    values = update(made, stage)
    expected = values["supervised"] + 0.25 * values["globally"] + 0.5 * values["locally"]
    assert values["total"] == pytest.approx(expected, rel=1e-5)

"""Each choice between ACTION's paper and its released code changes what it claims to change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from methods import registry
from methods.base import Budget, Config
from methods.errors import MethodError
from methods.parts.action_config import ActionConfig
from methods.parts.anatomical import Sampling, negative_shares
from methods.parts.convolved import ConvolvedHead
from methods.parts.jitter import jitter_and_blur
from methods.parts.mix import classmix, nowhere, pasted
from methods.parts.pixels import RepresentationHead
from methods.parts.relational_config import RelationalConfig
from methods.parts.warp import STRENGTH_PX, WARPS, random_warp
from tests.contract.toy import BUDGET, SIZE, batch_for, clock
from tests.methods.action_toy import action, begun, inputs_of, stage_of, update, weights

COVERED: set[str] = set()


def covers(*fields: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    COVERED.update(fields)
    return lambda test: test


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def chosen(config: type[Config]) -> set[str]:
    extras = {name: info.json_schema_extra for name, info in config.model_fields.items()}
    return {name for name, extra in extras.items() if isinstance(extra, dict) and "values" in extra}


def test_every_choice_of_stage_iii_and_the_schedule_has_a_test() -> None:
    """Those of stages i and ii have theirs in test_relational_choices.py."""
    assert chosen(ActionConfig) - chosen(RelationalConfig) == COVERED


@pytest.mark.parametrize("fidelity", ["paper", "official", "fixed"])
def test_a_fidelity_gives_the_documented_value_of_each_field(fidelity: str) -> None:
    config = registry.configure("action", fidelity, {})
    for name, info in ActionConfig.model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and "values" in extra:
            assert getattr(config, name) == extra["values"][fidelity], name


@pytest.mark.parametrize("fidelity", ["paper", "official"])
def test_each_stage_of_a_fidelity_trains_with_the_same_bits_again(fidelity: str) -> None:
    states = []
    for _ in range(2):
        made = action(fidelity, seed=3)
        for stage in made.stages(BUDGET):
            made.train()
            made.begin(stage)
            for number in range(2):
                values = update(made, stage, number)
                assert all(torch.isfinite(torch.tensor(value)) for value in values.values())
        states.append(made.state_dict())
    assert [name for name in states[0] if not torch.equal(states[0][name], states[1][name])] == []


@covers("global_share", "local_share", "anatomical_share", "whole_updates")
def test_shares_cut_the_updates_and_a_share_of_0_leaves_the_stage_out() -> None:
    budget = Budget(400, False, 2, 2)
    assert [stage.updates for stage in action("paper").stages(budget)] == [100, 100, 200]
    assert [stage.updates for stage in action("official").stages(Budget(300, False, 2, 2))] == [100, 100, 100]
    assert [stage.name for stage in action(local_share=0).stages(budget)] == ["global", "anatomical"]
    with pytest.raises(MethodError, match="stage i alone trains no segmentation"):
        action(local_share=0, anatomical_share=0)


@covers("lr_power")
def test_a_power_of_0_keeps_the_learning_rate() -> None:
    for power, factor in ((0.0, 1.0), (0.9, 0.5**0.9)):
        made, stage = begun("local", lr_power=power)
        (trained,) = made.begin(stage).values()
        assert trained.schedule(clock(stage.updates // 2, stage)) == pytest.approx(
            factor if stage.updates % 2 == 0 else (1 - (stage.updates // 2) / stage.updates) ** power
        )


@covers("nesterov")
def test_nesterov_is_for_the_last_stage() -> None:
    for chosen in (False, True):
        made = action(nesterov=chosen)
        found = {
            stage.name: made.begin(stage)["student"].optimizer.param_groups[0]["nesterov"]
            for stage in made.stages(BUDGET)
        }
        assert found == {"global": False, "local": False, "anatomical": chosen}


@covers("pretrain_batch", "contrast_batch")
def test_batches_are_the_presets_or_the_choices() -> None:
    def counts(**choices: object) -> list[tuple[int, int]]:
        return [(stage.draw.labeled, stage.draw.unlabeled) for stage in action(**choices).stages(BUDGET)]

    assert counts() == [(0, 4), (2, 2), (2, 2)]
    assert counts(pretrain_batch=3, contrast_batch=5) == [(0, 6), (3, 3), (5, 5)]


@covers("pseudo_view", "labeled_view")
def test_the_third_stage_shows_stored_slices_where_asked() -> None:
    made, stage = begun("anatomical", pseudo_view="plain", labeled_view="plain")
    batch = batch_for(stage, 1)
    assert batch.unlabeled is not None
    (clean,) = inputs_of(made.teacher.network.encoder[0], made, stage)
    (seen,) = inputs_of(made.student.network.encoder[0], made, stage)
    assert torch.equal(clean, batch.unlabeled.views["plain"])
    assert torch.equal(seen[: len(batch.labeled)], batch.labeled.views["plain"])


@covers("follows")
def test_of_two_averages_an_update_one_comes_before_the_step_and_one_after() -> None:
    made, stage = begun("anatomical", follows=2, decay=0.9)
    with torch.no_grad():
        for weight in made.teacher.network.parameters():
            weight.add_(1)
    before, student = weights(made.teacher.network), weights(made.student.network)
    update(made, stage)
    after = weights(made.student.network)
    expected = 0.81 * before + 0.09 * student + 0.1 * after
    torch.testing.assert_close(weights(made.teacher.network), expected, atol=1e-6, rtol=1e-5)


@covers("extra_forward")
def test_extra_forwards_move_batch_norm_once_more_in_the_student_and_twice_in_the_teacher() -> None:
    for chosen, passes in ((False, (1, 1)), (True, (2, 3))):
        made, stage = begun("anatomical", extra_forward=chosen, teacher_average="weights")
        update(made, stage)
        networks = made.student.network, made.teacher.network
        norms = [next(part for part in net.modules() if isinstance(part, nn.BatchNorm2d)) for net in networks]
        assert tuple(int(norm.num_batches_tracked) for norm in norms) == passes


@covers("student_calls")
def test_the_student_is_called_once_or_on_each_kind_apart() -> None:
    for chosen, counts in (("together", [4]), ("apart", [2, 2])):
        made, stage = begun("anatomical", student_calls=chosen)
        assert [len(images) for images in inputs_of(made.student.network.encoder[0], made, stage)] == counts


@covers("teacher_start")
def test_the_teacher_may_start_the_third_stage_as_the_student() -> None:
    for chosen in ("teacher", "student"):
        made = action(teacher_start=chosen)
        with torch.no_grad():
            for weight in made.student.network.parameters():
                weight.add_(1)
        made.begin(stage_of(made, "anatomical"))
        same = torch.equal(weights(made.teacher.network), weights(made.student.network))
        assert same == (chosen == "student")


@covers("pseudo_mode")
@pytest.mark.parametrize(
    ("mode", "norm", "dropout"), [("batch", True, False), ("training", True, True), ("running", False, False)]
)
def test_the_teacher_labels_in_its_mode(mode: str, norm: bool, dropout: bool) -> None:
    made, stage = begun("anatomical", pseudo_mode=mode)
    update(made, stage)
    parts = list(made.teacher.network.modules())
    assert {part.training for part in parts if isinstance(part, nn.BatchNorm2d)} == {norm}
    assert {part.training for part in parts if isinstance(part, nn.Dropout)} == {dropout}


@covers("mixing")
def test_classmix_pastes_half_of_the_next_ones_classes() -> None:
    classes = torch.tensor([[[0, 0], [0, 0]], [[0, 1], [2, 3]]])
    tensors = (classes.float().unsqueeze(1) + 10, classes)
    image, mixed = pasted(classmix(classes, rng()), tensors)
    assert torch.equal(image.squeeze(1) - 10, mixed.float())
    assert (mixed[0] != 0).sum() + (mixed[0] == classes[1]).logical_and(classes[1] == 0).sum() >= 1
    taken = {int(k) for k in mixed[0].unique()} - {0}
    assert len(taken) in (1, 2)  # two of the four classes, of which one may be the background
    assert torch.equal(mixed[1], torch.where(classes[0] == 0, classes[0], classes[1]))  # its only class, whole
    assert all(torch.equal(a, b) for a, b in zip(pasted(nowhere(classes, rng()), tensors), tensors, strict=True))


@covers("image_weight")
def test_images_count_alike_or_by_their_sure_pixels() -> None:
    values = {}
    for chosen in ("one", "share"):
        made, stage = begun("anatomical", image_weight=chosen, confident=1.0)
        values[chosen] = update(made, stage)["unsupervised"]
    assert values["share"] == 0
    assert values["one"] > 0


@covers("warp_by")
def test_a_batch_is_warped_as_a_whole_or_not_at_all() -> None:
    image = torch.arange(64.0).view(1, 1, 1, -1).expand(4, 1, 64, 64).contiguous()
    counts = {
        name: {int(((warp(image, 0.5, rng(seed)) - image).abs().amax((1, 2, 3)) > 1e-3).sum()) for seed in range(12)}
        for name, warp in WARPS.items()
    }
    assert counts["batch"] == {0, 4}
    assert counts["slice"] - {0, 4}


@covers("warp")
def test_a_warp_moves_images_by_little_and_labels_not_at_all() -> None:
    image = torch.arange(256.0).view(1, 1, 1, -1).expand(8, 1, 256, 256).contiguous()
    warped = random_warp(image, 1.0, rng())
    assert 0 < (warped - image).abs().max() <= STRENGTH_PX + 1e-3
    assert torch.equal(random_warp(image, 0.0, rng()), image)
    moved = (random_warp(image, 0.5, rng()) - image).abs().amax((1, 2, 3)) > 1e-2
    assert 0 < moved.sum() < 8
    plain, stage = begun("anatomical", mixing="none")
    bent, _ = begun("anatomical", mixing="none", warp=1.0)
    (one,), (two,) = (inputs_of(made.student.network.encoder[0], made, stage) for made in (plain, bent))
    assert torch.equal(one[:2], two[:2])
    assert not torch.equal(one[2:], two[2:])


@covers("mixed_view", "alteration")
def test_slices_are_altered_after_the_mixing_where_asked() -> None:
    shown = {}
    for chosen in ("none", "jitter_blur"):
        made, stage = begun("anatomical", alteration=chosen, mixed_view="plain", mixing="none")
        (seen,) = inputs_of(made.student.network.encoder[0], made, stage)
        shown[chosen] = seen[2:]
    stored = batch_for(stage, 1).unlabeled
    assert stored is not None
    assert torch.equal(shown["none"], stored.views["plain"])
    assert torch.equal(shown["jitter_blur"], jitter_and_blur(stored.views["plain"], clock(1, stage).rng))


@covers("unsupervised_over")
def test_the_loss_on_pseudo_labels_is_over_all_pixels_or_those_that_have_one() -> None:
    found = {}
    for chosen in ("all", "positive"):
        made, stage = begun("anatomical", unsupervised_over=chosen, image_weight="share", confident=0.0)
        found[chosen] = update(made, stage)["unsupervised"]
    assert found["positive"] == pytest.approx(found["all"], rel=1e-5)  # every pixel has one here: test_pseudo.py


@covers("contrast_weight")
def test_the_contrast_weighs_what_is_asked_and_is_left_out_at_0() -> None:
    made, stage = begun("anatomical", contrast_weight=0.3)
    values = update(made, stage)
    assert values["total"] == pytest.approx(
        values["supervised"] + values["unsupervised"] + 0.3 * values["contrast"], rel=1e-4
    )
    made, stage = begun("anatomical", contrast_weight=0.0)
    assert "contrast" not in update(made, stage)


@covers("representation_head")
def test_the_head_is_a_pyramid_or_the_released_convolution() -> None:
    assert type(action().representation) is RepresentationHead
    assert type(action(representation_head="convolved").representation) is ConvolvedHead


@covers("enlarging")
@pytest.mark.parametrize("head", ["pyramid", "convolved"])
def test_the_head_enlarges_as_asked(head: str) -> None:
    vectors = []
    for chosen in ("centres", "corners"):
        made = action(representation_head=head, enlarging=chosen).representation
        assert made.enlarging == chosen
        maps = [torch.arange(c * 4.0).view(1, c, 2, 2) for c in (256, 128, 64, 32, 16)]
        vectors.append(made.at(maps, torch.arange(16), (4, 4)))
    assert not torch.allclose(*vectors, atol=1e-3)


@covers("queries_for")
def test_queries_are_a_classs_or_the_batchs() -> None:
    moment = clock(0, stage_of(action(), "anatomical"))
    assert action(queries=8, keys=16).sampling(moment).queries == 8
    shared = action(queries=8, keys=16, queries_for="batch").sampling(moment)
    assert (shared.queries, shared.keys) == (2, 4)


@covers("similarity", "reduction", "negative_temperature", "hard_by", "negatives_from")
def test_choices_of_the_contrast_reach_its_sampling() -> None:
    moment = clock(0, stage_of(action(), "anatomical"))
    chosen = {"similarity": "dot", "reduction": "sum", "hard_by": "confidence", "negatives_from": "pixels"}
    made = action(negative_temperature=2.0, **chosen).sampling(moment)
    assert made == Sampling(6, 8, 10, 0.97, 0.5, 2.0, "dot", "sum", "confidence", "pixels")


def test_a_higher_temperature_evens_the_shares_of_negatives() -> None:
    means = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.2], [0.0, 1.0]]), dim=1)
    low, high = (negative_shares(means, torch.ones(3).bool(), t)[0] for t in (0.1, 10.0))
    assert low[1] > 0.99
    assert high[1] == pytest.approx(0.5, abs=0.05)


@covers("valid")
def test_unsure_pixels_stay_out_of_the_contrast(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: dict[float, float] = {}
    for threshold in (0.0, 1.0):
        made, stage = begun("anatomical", valid=threshold)
        kept = made.contrasts

        def spy(maps, membership, labeled, moment, threshold=threshold, kept=kept):
            counted[threshold] = membership[len(labeled) :].sum().item()
            return kept(maps, membership, labeled, moment)

        monkeypatch.setattr(made, "contrasts", spy)
        update(made, stage)
    assert counted == {0.0: 2.0 * SIZE * SIZE, 1.0: 0.0}

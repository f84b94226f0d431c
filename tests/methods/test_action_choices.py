"""Each choice between ACTION's paper and its released code changes what it claims to change."""

from __future__ import annotations

from importlib import import_module

import pytest
import torch
from torch import nn

from methods import registry
from methods.base import Budget, Config
from methods.errors import MethodError
from methods.parts.action_config import ActionConfig
from methods.parts.relational_config import RelationalConfig
from tests.contract.toy import BUDGET, batch_for, clock
from tests.methods.action_choices import covers
from tests.methods.action_toy import action, begun, inputs_of, stage_of, update, weights


def chosen(config: type[Config]) -> set[str]:
    extras = {name: info.json_schema_extra for name, info in config.model_fields.items()}
    return {name for name, extra in extras.items() if isinstance(extra, dict) and "values" in extra}


def test_every_choice_of_stage_iii_and_the_schedule_has_a_test() -> None:
    """Those of stages i and ii have theirs in test_relational_choices.py."""
    import_module("tests.methods.test_action_pseudo_choices")  # which covers those of labels and contrast
    assert chosen(ActionConfig) - chosen(RelationalConfig) == covers.fields


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

"""ACTION++ beside ACTION: supervised contrast, fixed centres, a temperature that moves."""

import pytest
import torch

from methods import registry
from methods.action_plus import ActionPlus
from methods.base import Budget, Clock
from methods.errors import MethodError
from tests.contract.toy import BUDGET, SIZE, TASK, batch_for, clock


def method(**overrides) -> ActionPlus:
    small = {"embedding": 16, "representation": 8, "queries": 6, "keys": 10, **overrides}
    made = registry.build(
        "action_plus", TASK, "unet", registry.configure("action_plus", "fixed", small), weights=None, seed=0
    )
    assert isinstance(made, ActionPlus)
    return made


def test_the_supervised_contrast_sees_labelled_slices_only() -> None:
    made = method()
    images = torch.rand(4, 1, SIZE, SIZE)
    maps = made.student.network.maps(images)
    leaves = tuple(level.detach().requires_grad_() for level in maps.decoder)  # batch norm ties slices otherwise
    maps = maps._replace(decoder=leaves)
    membership = torch.zeros(4, TASK.classes, SIZE, SIZE)
    membership[:, 0, :32] = membership[:, 2, 32:] = 1
    terms = made.contrasts(maps, membership, images[:2], Clock(0, 10, torch.Generator().manual_seed(0)))
    assert set(terms) == {"contrast", "adaptive"}
    terms["adaptive"].backward()
    for level in maps.decoder:
        assert level.grad is not None
        assert level.grad[:2].abs().sum() > 0
        assert level.grad[2:].abs().sum() == 0


@pytest.mark.parametrize(("update", "student", "teacher"), [(0, 1.0, 1.0), (50, 0.1, 0.01), (25, 0.55, 0.505)])
def test_temperatures_fall_to_their_own_and_rise_again(update: int, student: float, teacher: float) -> None:
    made = method().temperatures(Clock(update, 100, torch.Generator()))
    assert made == pytest.approx((student, teacher))


def test_the_anatomical_contrast_moves_with_the_others() -> None:
    made = method()
    assert made.sampling(Clock(0, 100, torch.Generator())).temperature == pytest.approx(1.0)
    assert made.sampling(Clock(50, 100, torch.Generator())).temperature == pytest.approx(0.1)


def test_centres_stay_and_running_means_move_towards_the_batch() -> None:
    made = method()
    stage = made.stages(BUDGET)[-1]
    made.train()
    made.begin(stage)
    centres = made.centres.clone()
    made.step(batch_for(stage), clock(0, stage))
    assert torch.equal(made.centres, centres)
    torch.testing.assert_close(made.running.means.norm(dim=1), torch.full((TASK.classes,), 0.1))
    assert {"centres", "running.means"} <= set(made.state_dict())


def test_the_papers_and_the_codes_values() -> None:
    values = {name: registry.configure("action_plus", name, {}) for name in ("paper", "official")}
    assert [values[name].representation for name in values] == [128, 496]
    assert [values[name].centre_weight for name in values] == [0.2, 0.1]
    assert [values[name].period for name in values] == [1.0, 0.1]
    assert [values[name].adaptive_temperature for name in values] == [0.1, 0.07]
    assert [values[name].supervised_contrast for name in values] == ["batch", "memory"]
    assert [values[name].memory for name in values] == [0, 12_288]
    assert [values[name].temperature_steps for name in values] == [0, 100]
    assert [values[name].negatives_at for name in values] == ["constant", "moving"]


def test_there_are_two_stages_with_the_papers_and_the_codes_shares() -> None:
    updates = {}
    for fidelity in ("paper", "official", "fixed"):
        config = registry.configure("action_plus", fidelity, {})
        made = registry.build("action_plus", TASK, "unet", config, weights=None, seed=0)
        updates[fidelity] = {stage.name: stage.updates for stage in made.stages(Budget(60, False, 2, 2))}
    thirds = {"local": 20, "anatomical": 40}
    assert updates == {"paper": thirds, "official": {"local": 30, "anatomical": 30}, "fixed": thirds}


@pytest.mark.parametrize("fidelity", ["paper", "official", "fixed"])
def test_the_teacher_moves_once_an_update_of_stage_iii(fidelity: str) -> None:
    config = registry.configure("action_plus", fidelity, {})
    assert (config.follows, config.extra_forward) == (1, False)


def test_temperatures_move_at_every_update_or_once_a_step() -> None:
    def at(update: int, **choices) -> float:
        return method(**choices).sampling(Clock(update, 1000, torch.Generator())).temperature

    assert at(255) != at(250)
    assert at(299, temperature_steps=4) == at(250, temperature_steps=4) == pytest.approx(0.55)


def test_shares_of_negatives_keep_their_temperature_or_take_the_contrasts() -> None:
    clock_at = Clock(25, 100, torch.Generator())
    assert method().sampling(clock_at).negative_temperature == 0.5
    assert method(negatives_at="moving").sampling(clock_at).negative_temperature == pytest.approx(0.55)


MEMORY = {"supervised_contrast": "memory", "representation": 496, "memory": 40, "memory_pixels": 5}


def test_the_memory_takes_the_teachers_features_of_labelled_pixels() -> None:
    made = method(**MEMORY)
    stage = made.stages(BUDGET)[-1]
    made.train()
    made.begin(stage)
    before = made.memory.vectors.clone()
    values = made.step(batch_for(stage), clock(0, stage))
    assert values["adaptive"] > 0
    assert made.memory.pointer == 20  # five pixels of each of four classes
    assert made.memory.classes.tolist() == [k for k in range(4) for _ in range(5)] + [-1] * 20
    assert torch.equal(made.memory.vectors[20:], before[20:])
    torch.testing.assert_close(made.memory.vectors.norm(dim=1), torch.ones(40))
    torch.testing.assert_close(made.running.means.norm(dim=1), torch.ones(TASK.classes))
    assert {"memory.vectors", "memory.classes", "memory.pointer"} <= set(made.state_dict())


def test_a_memory_of_features_wants_representations_as_wide() -> None:
    with pytest.raises(MethodError, match="expected representation=496 with this backbone, not 8"):
        method(supervised_contrast="memory", memory=4)


def test_a_memory_that_holds_nothing_is_refused_in_a_sentence() -> None:
    with pytest.raises(MethodError, match="memory=0 leaves supervised_contrast=memory nothing to remember"):
        method(supervised_contrast="memory")


@pytest.mark.parametrize("share", [-5.0, float("nan"), float("inf")])
def test_a_share_is_a_number_from_0_on(share: float) -> None:
    with pytest.raises(MethodError, match=r"--set global_share=.*see benchmark.methods action_plus"):
        method(global_share=share)

"""ACTION++ beside ACTION: supervised contrast, fixed centres, a temperature that moves."""

import pytest
import torch

from methods import registry
from methods.action_plus import ActionPlus
from methods.base import Clock
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
    maps = made.student.network.maps(torch.rand(4, 1, SIZE, SIZE))
    leaves = tuple(level.detach().requires_grad_() for level in maps.decoder)  # batch norm ties slices otherwise
    maps = maps._replace(decoder=leaves)
    membership = torch.zeros(4, TASK.classes, SIZE, SIZE)
    membership[:, 0, :32] = membership[:, 2, 32:] = 1
    terms = made.contrasts(maps, membership, 2, Clock(0, 10, torch.Generator().manual_seed(0)))
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

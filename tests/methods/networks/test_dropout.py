"""Dropout loses its share, scales what stays, passes the same gradient, and takes few of torch's numbers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from methods.networks.dropout import Dropout
from methods.networks.unet import DROPOUT, UNet


@pytest.mark.parametrize("probability", [*DROPOUT, 0.999])
def test_it_loses_its_share_and_scales_the_rest(probability: float) -> None:
    torch.manual_seed(0)
    found = Dropout(probability)(torch.ones(1_000_003))
    assert float((found == 0).double().mean()) == pytest.approx(probability, abs=0.002)
    assert found[found != 0].unique().tolist() == pytest.approx([1 / (1 - probability)], rel=1e-6)


def test_values_are_lost_one_by_one() -> None:
    """The four values of one draw of torch's, and neighbours of two, know nothing of one another."""
    torch.manual_seed(0)
    lost = (Dropout(0.5)(torch.ones(400_000)) == 0).double()
    for shift in range(1, 6):
        assert float((lost[shift:] * lost[:-shift]).mean()) == pytest.approx(0.25, abs=0.004)


def test_the_gradient_goes_where_values_stayed() -> None:
    torch.manual_seed(0)
    given = torch.ones(64, requires_grad=True)
    found = Dropout(0.25)(given)
    found.sum().backward()
    assert given.grad is not None
    assert given.grad.tolist() == found.tolist()
    assert 0 < int((found == 0).sum()) < 64


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_nothing_and_everything_is_lost_at_the_ends(probability: float) -> None:
    assert Dropout(probability)(torch.ones(9)).tolist() == [1.0 - probability] * 9


def test_in_evaluation_it_draws_nothing() -> None:
    before, given = torch.get_rng_state(), torch.rand(5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(Dropout(0.5).eval()(given), given)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_the_layout_stays(layout: torch.memory_format) -> None:
    given = torch.rand(2, 3, 5, 7, dtype=torch.float64).bfloat16().contiguous(memory_format=layout)
    found = Dropout(0.5)(given)
    assert found.dtype == torch.bfloat16
    assert found.is_contiguous(memory_format=layout)


def test_the_same_seed_loses_the_same_with_any_number_of_threads() -> None:
    found = []
    for threads in (1, 2):
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        torch.manual_seed(3)
        found.append(Dropout(0.3)(torch.ones(4, 64, 64)))
        torch.set_num_threads(before)
    assert torch.equal(*found)


def test_a_u_net_takes_a_draw_for_four_values(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    random = torch.Tensor.random_
    monkeypatch.setattr(torch.Tensor, "random_", lambda one, *given: drawn.append(one.numel()) or random(one, *given))
    monkeypatch.setattr(torch.Tensor, "bernoulli_", lambda *_: pytest.fail("a draw a value"))
    UNet(4)(torch.rand(1, 1, 32, 32))
    assert drawn == [16 * 32 * 32 // 4, 32 * 16 * 16 // 4, 64 * 8 * 8 // 4, 128 * 4 * 4 // 4, 256 * 2 * 2 // 4]
    assert sum(isinstance(part, nn.Dropout) for part in UNet(4).modules()) == 9

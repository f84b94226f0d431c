"""Shares are Beta distributed, and interpolation is linear."""

import pytest
import torch

from methods.parts.interpolate import beta_shares, interpolate


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_shares_have_the_moments_of_the_beta_distribution(alpha: float) -> None:
    shares = beta_shares(torch.zeros(20_000, 1), alpha, torch.Generator().manual_seed(0))
    assert shares.shape == (20_000, 1, 1, 1)
    assert torch.isfinite(shares).all()
    assert shares.min() >= 0 and shares.max() <= 1
    assert shares.mean().item() == pytest.approx(0.5, abs=0.01)
    assert shares.var().item() == pytest.approx(1 / (4 * (2 * alpha + 1)), abs=0.005)


def test_shares_come_from_the_generator_alone() -> None:
    draws = []
    for other in (0, 1):
        torch.manual_seed(other)
        draws.append(beta_shares(torch.zeros(5, 1), 0.2, torch.Generator().manual_seed(3)))
    assert torch.equal(*draws)


def test_shares_have_the_precision_of_what_is_mixed() -> None:
    items = torch.zeros(2, 1, dtype=torch.float64)
    assert beta_shares(items, 0.2, torch.Generator().manual_seed(0)).dtype == torch.float64


def test_interpolation_runs_from_the_first_to_the_second() -> None:
    first, second = torch.rand(3, 1, 2, 2), torch.rand(3, 1, 2, 2)
    share = torch.tensor([0.0, 1.0, 0.25]).view(3, 1, 1, 1)
    mixed = interpolate(first, second, share)
    torch.testing.assert_close(mixed[0], first[0])
    torch.testing.assert_close(mixed[1], second[1])
    torch.testing.assert_close(mixed[2], 0.75 * first[2] + 0.25 * second[2])

"""Feature noise, dropout and feature dropout: slow references, known values."""

import pytest
import torch

from methods.parts.perturb import draw_kept, draw_noise, draw_share, with_dropout, with_noise, without_active


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def features() -> torch.Tensor:
    return torch.randn(3, 4, 6, 5, generator=torch.Generator().manual_seed(1))


def noised(found: torch.Tensor, limit: float) -> torch.Tensor:
    return with_noise(found, draw_noise(found, limit, generator()))


def quiet(found: torch.Tensor) -> torch.Tensor:
    return without_active(found, draw_share(found, 0.7, 0.9, generator()))


def test_dropout_keeps_the_share_asked_for_and_the_mean() -> None:
    found = torch.ones(8, 10, 12, 10)
    kept = draw_kept(found, 0.3, generator())
    assert kept.float().mean().item() == pytest.approx(0.7, abs=0.02)
    dropped = with_dropout(found, kept, 0.3)
    torch.testing.assert_close(dropped[kept], found[kept] / 0.7)
    assert not dropped[~kept].any()
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.03)


def test_noise_is_one_factor_a_feature_for_all_slices() -> None:
    found = features()
    factors = noised(found, 0.3) / found
    torch.testing.assert_close(factors, factors[:1].expand_as(factors))
    assert factors.min() >= 0.7 and factors.max() <= 1.3
    assert factors[0].std().item() == pytest.approx(0.6 / 12**0.5, rel=0.2)


def test_noise_of_limit_0_changes_nothing() -> None:
    assert torch.equal(noised(features(), 0.0), features())


def test_feature_dropout_equals_the_loop() -> None:
    found = features()
    share = 0.7 + 0.2 * torch.rand(1, generator=generator()).item()
    slow = found.clone()
    for n in range(3):
        activity = [[sum(found[n, :, y, x].tolist()) / 4 for x in range(5)] for y in range(6)]
        greatest = max(max(row) for row in activity)
        for y, x in torch.cartesian_prod(torch.arange(6), torch.arange(5)).tolist():
            if activity[y][x] >= share * greatest:
                slow[n, :, y, x] = 0
    dropped = quiet(found)
    assert torch.equal(dropped, slow)
    assert (dropped == 0).any() and (dropped != 0).any()


def test_the_most_active_place_is_dropped_and_a_quiet_one_stays() -> None:
    found = torch.tensor([[1.0, 10.0], [6.0, 9.5]]).view(1, 1, 2, 2)
    assert quiet(found).flatten().tolist() == [1.0, 0.0, 6.0, 0.0]


def test_the_input_is_left_as_it_was() -> None:
    found = features()
    noised(found, 0.3)
    quiet(found)
    with_dropout(found, draw_kept(found, 0.5, generator()), 0.5)
    assert torch.equal(found, features())


def test_half_precision_stays() -> None:
    found = features().bfloat16()
    assert noised(found, 0.3).dtype == torch.bfloat16
    assert quiet(found).dtype == torch.bfloat16
    assert with_dropout(found, draw_kept(found, 0.5, generator()), 0.5).dtype == torch.bfloat16

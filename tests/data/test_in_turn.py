"""Grey-value changes in turn: the policy's shares and ranges over many draws, and each change on values by hand."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from benchmark.cells.augmentation import POLICIES
from data.geometry import Slices
from data.in_turn import InTurn, coarse, curved, stretched
from data.intensity import Chance
from data.views import make_views

DRAWS = 40_000
NNUNET = POLICIES["nnunet"].weak
NEVER = InTurn(
    noisy=0,
    noise=0.1,
    blurred=0,
    least_blur_px=0.5,
    blur_px=1,
    brightened=0,
    brightness=0.25,
    contrasted=0,
    contrast=0.25,
    coarsened=0,
    least_zoom=0.5,
    inverted=0,
    curved=0,
    least_gamma=0.7,
    most_gamma=1.5,
)


def chance(seed: int = 0) -> Chance:
    return Chance(torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 1000))


def with_(**fields: float) -> InTurn:
    return InTurn(**{**NEVER.__dict__, **fields})


def ramp(size: int = 16) -> torch.Tensor:
    return torch.linspace(0, 1, size * size).view(1, 1, size, size)


def images(count: int = 64, channels: int = 1, size: int = 32) -> torch.Tensor:
    return torch.rand(count, channels, size, size, generator=torch.Generator().manual_seed(5))


SHARES = {  # of slices of one channel; of a blurred or coarse slice half of the channels are
    "noise": (0.1, 0.0, 0.1, 0.05),
    "sigma_px": (0.2 * 0.5, 0.5, 1.0, 0.75),
    "brightness": (0.15, 0.75, 1.25, 1.0),
    "contrast": (0.15, 0.75, 1.25, 1.0),
    "zoom": (0.25 * 0.5, 0.5, 1.0, 0.75),
    "inverted": (0.1, 0.7, 1.5, (0.85 + 1.25) / 2),
    "gamma": (0.3, 0.7, 1.5, (0.85 + 1.25) / 2),
}


@pytest.mark.parametrize("name", sorted(SHARES))
def test_nnunets_shares_and_ranges_are_met_over_many_draws(name: str) -> None:
    share, least, most, mean = SHARES[name]
    assert isinstance(NNUNET, InTurn)
    drawn = getattr(NNUNET.draw(DRAWS, 1, chance()), name).flatten()
    changed = drawn[drawn != (0.0 if name in ("noise", "sigma_px") else 1.0)]
    assert abs(len(changed) / DRAWS - share) < 4 * (share * (1 - share) / DRAWS) ** 0.5
    assert least <= changed.min() and changed.max() <= most
    assert changed.min() - least < 0.01 * (most - least) and most - changed.max() < 0.01 * (most - least)
    assert float(changed.mean()) == pytest.approx(mean, abs=4 * float(changed.std()) / len(changed) ** 0.5)


def test_half_of_the_gammas_lie_below_one() -> None:
    assert isinstance(NNUNET, InTurn)
    drawn = NNUNET.draw(DRAWS, 1, chance()).gamma.flatten()
    below, above = (drawn < 1).sum().item(), (drawn > 1).sum().item()
    assert abs(below / (below + above) - 0.5) < 4 * (0.25 / (below + above)) ** 0.5


def test_channels_are_blurred_on_their_own_and_share_their_noise() -> None:
    assert isinstance(NNUNET, InTurn)
    drawn = NNUNET.draw(DRAWS, 2, chance())
    assert torch.equal(drawn.noise[:, 0], drawn.noise[:, 1])
    on = (drawn.sigma_px > 0).view(DRAWS, 2).sum(1)
    assert abs((on == 2).float().mean().item() - 0.2 * 0.25) < 0.005
    assert abs((on == 1).float().mean().item() - 0.2 * 0.5) < 0.006
    assert ((drawn.gamma != 1).view(DRAWS, 2).sum(1) != 1).all()


def test_slices_that_get_nothing_are_the_stored_ones() -> None:
    stored = images(400, size=8)
    assert torch.equal(NEVER.shaded(stored, chance()), stored)
    assert isinstance(NNUNET, InTurn)
    same = (NNUNET.shaded(stored, chance()) == stored).flatten(1).all(1).float().mean().item()
    expected = 0.9 * 0.9 * 0.85 * 0.85 * 0.875 * 0.9 * 0.7
    assert abs(same - expected) < 4 * (expected * (1 - expected) / 400) ** 0.5


def test_noise_is_of_the_channels_own_spread() -> None:
    stored = torch.cat([images(2000, size=16), 10 * images(2000, size=16)])
    grain = with_(noisy=1.0).shaded(stored, chance()) - stored
    spread = stored.std((1, 2, 3), correction=0)
    of_spread = (grain.std((1, 2, 3)) / spread).view(2, 2000)
    assert of_spread.mean(1).tolist() == pytest.approx([0.05, 0.05], abs=0.003)  # half of the greatest
    assert of_spread.max() < 0.12


def test_brightness_scales_about_the_mean_and_is_not_cut() -> None:
    stored = images(200)
    found = with_(brightened=1.0).shaded(stored, chance())
    spreads = found.std((1, 2, 3)) / stored.std((1, 2, 3))
    assert 0.75 <= spreads.min() < 0.76 and 1.24 < spreads.max() <= 1.25
    torch.testing.assert_close(found.mean((1, 2, 3)), stored.mean((1, 2, 3)))
    assert found.amax((1, 2, 3)).max() > 1.05


def test_contrast_scales_about_the_mean_and_is_cut_at_the_channels_ends() -> None:
    image = torch.tensor([[0.2, 0.4], [0.6, 0.8]]).view(1, 1, 2, 2)
    found = [stretched(image, torch.full((1, 1, 1, 1), factor)).flatten().tolist() for factor in (0.5, 1.2)]
    assert found[0] == pytest.approx([0.35, 0.45, 0.55, 0.65])
    assert found[1] == pytest.approx([0.2, 0.38, 0.62, 0.8])


def test_gamma_keeps_mean_and_spread_and_bends_the_range() -> None:
    image = torch.tensor([[0.0, 0.25], [0.5, 1.0]]).view(1, 1, 2, 2)
    found = curved(image, torch.full((1, 1, 1, 1), 2.0)).flatten()
    raised = torch.tensor([0.0, 0.0625, 0.25, 1.0])
    expected = (raised - raised.mean()) / raised.std() * image.std() + image.mean()
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-6)


def test_inverted_gamma_bends_the_channel_upside_down() -> None:
    stored, policy = ramp(4), with_(inverted=1.0)
    exponent = policy.draw(1, 1, chance(1)).inverted.item()
    bent = 1 - (1 - stored) ** exponent
    expected = (bent - bent.mean()) / bent.std() * stored.std() + stored.mean()
    torch.testing.assert_close(policy.shaded(stored, chance(1)), expected, atol=1e-5, rtol=0)
    assert abs(exponent - 1) > 0.1


@pytest.mark.parametrize("zoom", [0.5, 0.55, 0.8, 0.99])
def test_a_coarse_grid_is_nearest_down_and_linear_up(zoom: float) -> None:
    stored = images(3, 2)
    cells = round(32 * zoom)
    small = functional.interpolate(stored, (cells, cells), mode="nearest-exact")
    expected = functional.interpolate(small, (32, 32), mode="bilinear", align_corners=False)
    torch.testing.assert_close(coarse(stored, torch.full((3, 2, 1, 1), zoom)), expected, atol=1e-5, rtol=0)


def test_each_channel_has_a_grid_of_its_own() -> None:
    stored, zoom = images(2, 2), torch.tensor([[0.5, 1.0], [1.0, 0.7]]).view(2, 2, 1, 1)
    found = coarse(stored, zoom)
    for number, channel in ((0, 0), (1, 1)):
        alone = coarse(stored[number : number + 1, channel : channel + 1], zoom[number, channel].view(1, 1, 1, 1))
        torch.testing.assert_close(found[number, channel], alone[0, 0])
    assert torch.equal(found[0, 1], stored[0, 1]) and torch.equal(found[1, 0], stored[1, 0])


def test_blur_has_the_sigma_of_a_256_pixel_image() -> None:
    point = torch.zeros(1, 1, 256, 256)
    point[0, 0, 128, 128] = 1
    found = with_(blurred=1.0, per_channel=1.0, least_blur_px=1.0).shaded(point, chance())
    taps = sum(math.exp(-0.5 * k * k) for k in range(-3, 4))
    assert found[0, 0, 128, 128].item() == pytest.approx(1 / taps**2, rel=1e-4)


class Counted(TorchDispatchMode):
    """Counts operations by name."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        self.calls[str(func)] += 1
        return func(*args, **(kwargs or {}))


def test_many_slices_take_the_operations_of_two_and_none_asks_the_device_for_a_number() -> None:
    found = []
    for count in (2, 16):
        masks = torch.zeros(count, 32, 32, dtype=torch.uint8)
        with Counted() as counted:
            make_views(Slices(images(count), masks, torch.ones(count)), ("weak",), POLICIES["nnunet"], chance())
        found.append(counted.calls)
    assert found[0] == found[1] and sum(found[0].values()) > 50
    assert "aten._local_scalar_dense.default" not in found[0]


def test_sharp_is_the_same_without_its_blur() -> None:
    stored = images(8, 2, 128)
    soft = with_(noisy=1.0, curved=1.0, blurred=1.0, per_channel=1.0)
    assert torch.equal(
        soft.sharp().shaded(stored, chance()), with_(noisy=1.0, curved=1.0, per_channel=1.0).shaded(stored, chance())
    )
    assert not torch.equal(soft.shaded(stored, chance()), soft.sharp().shaded(stored, chance()))


def test_a_slice_of_one_value_stays_and_no_slices_are_none() -> None:
    always = with_(**dict.fromkeys(("noisy", "blurred", "brightened", "contrasted", "coarsened", "inverted"), 1.0))
    flat = torch.full((3, 1, 16, 16), 0.25)
    torch.testing.assert_close(always.shaded(flat, chance()), flat)
    assert always.shaded(flat[:0], chance()).shape == (0, 1, 16, 16)

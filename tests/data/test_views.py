"""Views: in register, reproducible, masks moved with their images."""

import pytest
import torch

from benchmark.cells.augmentation import POLICIES
from data.errors import DataError
from data.geometry import Affine, Slices, TurnOrRotation
from data.intensity import Chance, Intensity
from data.views import Policy, make_own_views, make_views

MRI = POLICIES["mri"]
STILL = Intensity()


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def chance(seed: int = 0) -> Chance:
    return Chance(rng(seed), rng(seed + 1000))


def blocks(count: int = 16, size: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    masks = torch.zeros(count, size, size, dtype=torch.uint8)
    masks[:, 20:40, 16:30] = 1
    masks[:, 40:50, 30:44] = 2
    return (masks / 4 + 0.25).unsqueeze(1), masks


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_same_seed_gives_the_same_views(name: str) -> None:
    images, masks = blocks()
    one, other = (make_views(Slices(images, masks), ("weak", "strong"), POLICIES[name], chance(3)) for _ in range(2))
    assert torch.equal(one[0]["weak"], other[0]["weak"])
    assert torch.equal(one[0]["strong"], other[0]["strong"])
    assert torch.equal(one[1], other[1])


def test_masks_move_with_their_images() -> None:
    images, masks = blocks()
    policy = Policy(MRI.geometry, STILL, STILL)
    views, moved = make_views(Slices(images, masks), ("weak",), policy, chance())
    inside = views["weak"].squeeze(1) > 0  # outside the stored image there is nothing to compare
    wrong = (views["weak"].squeeze(1) - (moved / 4 + 0.25)).abs() > 0.13
    assert (wrong & inside).float().mean() < 0.03  # only pixels that lie on an edge
    assert not torch.equal(moved[0], moved[1])


def test_views_of_an_item_share_their_geometry() -> None:
    images, masks = blocks()
    policy = Policy(MRI.geometry, STILL, STILL)
    views, _ = make_views(Slices(images, masks), ("weak", "strong", "strong_b"), policy, chance())
    assert torch.equal(views["weak"], views["strong"])
    assert torch.equal(views["weak"], views["strong_b"])


def test_strong_views_differ_in_grey_values_from_weak_and_from_each_other() -> None:
    images, masks = blocks()
    views, _ = make_views(Slices(images, masks), ("weak", "strong", "strong_b"), MRI, chance())
    for one, other in (("weak", "strong"), ("strong", "strong_b")):
        changed = (views[one] - views[other]).abs().amax((1, 2, 3)) > 0.01
        assert changed.float().mean() > 0.6


def test_plain_is_the_stored_image_and_keeps_the_masks_in_place() -> None:
    images, masks = blocks()
    views, same = make_views(Slices(images, masks), ("plain",), MRI, chance())
    assert torch.equal(views["plain"], images)
    assert torch.equal(same, masks.long())


def test_a_quarter_turn_and_a_flip_lose_nothing() -> None:
    images, masks = blocks(count=64)
    policy = Policy(Affine(turns=1.0), STILL, STILL)
    _, moved = make_views(Slices(images, masks), ("weak",), policy, chance())
    assert (moved == 1).sum((1, 2)).tolist() == [20 * 14] * 64
    assert len({tuple(mask.flatten().tolist()) for mask in moved}) == 8  # four turns, two sides


def test_blur_keeps_a_constant_image_and_spreads_a_point() -> None:
    policy = Policy(Affine(), Intensity(probability=1, blur_px=8), STILL)
    flat, _ = make_views(Slices(torch.full((4, 1, 64, 64), 0.5)), ("weak",), policy, chance())
    torch.testing.assert_close(flat["weak"], torch.full((4, 1, 64, 64), 0.5))
    point = torch.zeros(4, 1, 64, 64)
    point[:, :, 32, 32] = 1
    spread, _ = make_views(Slices(point), ("weak",), policy, chance())
    assert (spread["weak"][:, 0, 32, 32] < 0.9).all()
    torch.testing.assert_close(spread["weak"].sum((1, 2, 3)), torch.ones(4), atol=0.05, rtol=0)


def test_values_stay_finite_under_the_strongest_policy() -> None:
    views, _ = make_views(Slices(torch.rand(32, 1, 64, 64)), ("strong",), MRI, chance())
    assert torch.isfinite(views["strong"]).all()


def test_an_unknown_view_is_named() -> None:
    with pytest.raises(DataError, match="no view 'stong'; known are plain"):
        make_views(Slices(*blocks()), ("stong",), MRI, chance())


def test_a_sharp_strong_view_is_the_strong_one_without_its_blur() -> None:
    images = torch.rand(8, 1, 64, 64, generator=rng(1))
    jitter = Intensity(probability=0.5, contrast=0.25, brightness=0.25)
    for blur, alike in ((0.0, True), (3.0, False)):
        strong = Intensity(probability=0.5, contrast=0.25, brightness=0.25, blur_px=blur)
        views, _ = make_views(
            Slices(images), ("strong", "strong_sharp"), Policy(Affine(), Intensity(), strong), chance()
        )
        alone, _ = make_views(Slices(images), ("strong",), Policy(Affine(), Intensity(), jitter), chance())
        assert torch.equal(views["strong_sharp"], alone["strong"])
        assert torch.equal(views["strong"], views["strong_sharp"]) == alike


def test_a_second_weak_view_is_independent() -> None:
    images = torch.rand(8, 1, 64, 64, generator=rng(1))
    views, _ = make_views(Slices(images), ("weak", "weak_b"), POLICIES["mri"], chance())
    assert not torch.allclose(views["weak"], views["weak_b"], atol=1e-2)


@pytest.mark.parametrize("geometry", [MRI.geometry, POLICIES["geometric"].geometry])
def test_views_of_their_own_geometry_differ_without_any_intensity(geometry: Affine | TurnOrRotation) -> None:
    images, policy, names = blocks()[0], Policy(geometry, None, None), ("weak", "strong")
    own, (common, _) = (
        make_own_views(Slices(images), names, policy, chance()),
        make_views(Slices(images), names, policy, chance()),
    )
    differs = (own["weak"] != own["strong"]).flatten(1).any(1)
    assert int(differs.sum()) >= 14  # of 16; two slices may be turned alike by chance
    assert torch.equal(common["weak"], common["strong"])


def test_a_sharp_view_of_its_own_geometry_lies_on_the_strong_one() -> None:
    images = torch.rand(8, 1, 64, 64, generator=rng(1))
    policy = Policy(MRI.geometry, None, Intensity(probability=1, contrast=0.25))
    views = make_own_views(Slices(images), ("strong", "weak", "strong_sharp"), policy, chance())
    assert torch.equal(views["strong"], views["strong_sharp"])
    assert not torch.equal(views["weak"], views["strong"])


def test_views_of_their_own_geometry_beside_the_plain_one_have_none() -> None:
    images = blocks()[0]
    views = make_own_views(Slices(images), ("weak", "plain"), Policy(MRI.geometry, None, None), chance())
    assert torch.equal(views["weak"], images)

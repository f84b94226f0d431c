"""Geometry: pixels that are moved exactly, a rotation that is scipy's, one of both and never both."""

import numpy as np
import torch
from scipy import ndimage

from data.geometry import Motion, Slices, TurnOrRotation, rotated, turned


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def motion(count: int, **values: torch.Tensor) -> Motion:
    never, zero = torch.zeros(count, dtype=torch.bool), torch.zeros(count)
    given = {"turned": never, "quarter": zero.long(), "flips_rows": never, "rotated": never, "degrees": zero}
    return Motion(**{**given, **values})


def test_a_quarter_turn_and_a_flip_are_numpys_to_the_bit() -> None:
    images = torch.rand(8, 2, 16, 16, generator=rng())
    quarter, flips_rows = torch.arange(8) % 4, torch.arange(8) >= 4
    moved = turned(images, motion(8, turned=torch.ones(8, dtype=torch.bool), quarter=quarter, flips_rows=flips_rows))
    for number in range(8):
        expected = np.flip(np.rot90(images[number].numpy(), number % 4, (1, 2)), 1 if number >= 4 else 2)
        np.testing.assert_array_equal(moved[number].numpy(), expected)


def test_a_rotation_is_scipys_of_order_0_but_for_pixels_on_the_rim() -> None:
    images = torch.rand(4, 1, 64, 64, generator=rng())
    degrees = torch.tensor([-20.0, -7.0, 3.0, 19.0])
    moved = rotated(images, motion(4, rotated=torch.ones(4, dtype=torch.bool), degrees=degrees))
    for image, mine, angle in zip(images[:, 0], moved[:, 0], degrees.tolist(), strict=True):
        theirs = ndimage.rotate(image.numpy(), angle, order=0, reshape=False)
        assert float((mine.numpy() != theirs).mean()) < 0.02
        inside = np.s_[16:-16, 16:-16]
        assert float((mine.numpy()[inside] != theirs[inside]).mean()) < 0.002  # places between two pixels


def test_a_slice_that_was_not_square_is_rotated_as_stored() -> None:
    """Blocks of 90 x 60, rotated and made square after that, against made square and rotated after that."""
    blocks = np.kron(np.random.default_rng(0).integers(1, 4, (6, 4)), np.ones((15, 15)))
    expected = ndimage.zoom(ndimage.rotate(blocks, 19, order=0, reshape=False), (128 / 90, 128 / 60), order=0)
    square = torch.from_numpy(ndimage.zoom(blocks, (128 / 90, 128 / 60), order=0)).view(1, 1, 128, 128)
    turns = motion(1, rotated=torch.tensor([True]), degrees=torch.tensor([19.0]))
    wrong = [
        float((rotated(square, turns, stretch)[0, 0].numpy() != expected).mean())
        for stretch in (torch.tensor([90 / 60]), None)
    ]
    assert wrong[0] < 0.05 < 0.15 < wrong[1]  # 0.05: pixels on edges, which take the nearest twice


def test_what_a_rotation_brings_in_is_0() -> None:
    moved = rotated(torch.ones(1, 1, 64, 64), motion(1, rotated=torch.tensor([True]), degrees=torch.tensor([19.0])))
    assert float(moved[0, 0, 0, 0]) == 0
    assert sorted(set(moved.flatten().tolist())) == [0, 1]


def test_a_slice_that_gets_nothing_is_the_stored_one() -> None:
    images = torch.rand(4, 1, 16, 16, generator=rng())
    assert torch.equal(rotated(turned(images, motion(4)), motion(4)), images)
    assert torch.equal(TurnOrRotation(0.0, 0.0).moved(Slices(images), rng()).images, images)


def test_images_keep_their_grey_values_and_masks_lie_on_them() -> None:
    masks = torch.randint(0, 4, (32, 32, 32), generator=rng(), dtype=torch.uint8)
    images = masks.unsqueeze(1) / 4 + 0.25
    both = TurnOrRotation(0.5, 0.5).moved(Slices(images, masks), rng(1))
    moved, labels = both.images, both.masks
    assert labels is not None
    inside = moved[:, 0] > 0  # 0 comes from outside alone
    assert torch.equal(moved[:, 0][inside], (labels / 4 + 0.25)[inside])
    assert set(moved.unique().tolist()) <= {0.0, 0.25, 0.5, 0.75, 1.0}


def test_no_slice_is_both_turned_and_rotated() -> None:
    drawn = TurnOrRotation(0.5, 0.25).draw(4000, rng())
    assert not (drawn.turned & drawn.rotated).any()
    assert abs(float((drawn.turned | drawn.rotated).float().mean()) - 0.75) < 0.03
    assert (float(drawn.degrees.min()), float(drawn.degrees.max())) == (-20, 19)


def test_float64_stays_float64() -> None:
    moved = TurnOrRotation(0.5, 0.5).moved(Slices(torch.rand(4, 1, 16, 16, dtype=torch.float64)), rng())
    assert moved.images.dtype == torch.float64

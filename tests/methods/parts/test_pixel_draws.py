"""Draws of pixels by a grid: how many of each cell, none twice, as likely as any, and a mean that varies less."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from methods.parts.pixel_draws import (
    Groups,
    cells,
    counted_up,
    draw_by_groups,
    draw_by_opposites,
    draw_pixels,
    in_blocks,
    picked,
)

Draws = Callable[[int, Tensor, int, torch.Generator], tuple[Tensor, Tensor]]
BOTH = pytest.mark.parametrize("draw", [draw_by_groups, draw_by_opposites])


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def cell_of(pixels: Tensor, size: int, side: int) -> Tensor:
    """Return which cell of which image flat pixels lie in, by a division for each axis."""
    image, row, column = pixels // size**2, pixels // size % size, pixels % size
    return (image * side + row * side // size) * side + column * side // size


@pytest.mark.parametrize("count", [1, 1023, 1024, 5000])
def test_members_are_counted_up_as_by_a_running_sum(count: int) -> None:
    members = (torch.rand(3, count, generator=rng()) < 0.3).float()
    assert torch.equal(in_blocks(members), counted_up(members))
    assert torch.equal(counted_up(members), members.cumsum(1, dtype=torch.int64))


def test_an_image_is_read_cell_by_cell() -> None:
    order, lengths = cells(4, 4, 2, torch.device("cpu"))
    assert order.tolist() == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]
    assert lengths.tolist() == [4, 4, 4, 4]


def test_cells_that_do_not_divide_an_image_differ_by_a_row_and_a_column() -> None:
    order, lengths = cells(5, 7, 3, torch.device("cpu"))
    assert lengths.tolist() == [6, 4, 4, 6, 4, 4, 3, 2, 2]
    assert sorted(order.tolist()) == list(range(35))
    assert order[:6].tolist() == [0, 1, 2, 7, 8, 9]


def test_groups_know_how_many_pixels_of_a_class_lie_in_each_cell_of_each_image() -> None:
    membership = (torch.rand(3, 2, 8, 8, generator=rng()) < 0.4).float()
    groups = Groups.of(membership, 2)
    counted = [
        [int(membership[n, k, i : i + 4, j : j + 4].sum()) for n in range(3) for i in (0, 4) for j in (0, 4)]
        for k in range(2)
    ]
    assert groups.size.tolist() == counted
    assert groups.first.tolist() == [[sum(row[:m]) for m in range(12)] for row in counted]


@BOTH
def test_each_cell_of_a_class_that_is_everywhere_gives_the_same_number(draw: Draws) -> None:
    pixels, present = draw(4, torch.ones(2, 1, 32, 32), 256, rng())
    assert present.tolist() == [True]
    assert torch.bincount(cell_of(pixels[0], 32, 4), minlength=32).tolist() == [8] * 32


def test_no_pixel_is_drawn_twice_while_the_class_has_as_many_as_are_drawn() -> None:
    membership = (torch.rand(2, 3, 24, 24, generator=rng(1)) < torch.tensor([0.9, 0.3, 0.02]).view(3, 1, 1)).float()
    for seed in range(50):
        for count in (1, 7, 20):
            pixels, _ = draw_by_groups(3, membership, count, rng(seed))
            for k in range(3):
                assert len(set(pixels[k].tolist())) == count
                assert membership[:, k].flatten()[pixels[k]].all()


def test_all_pixels_of_a_class_are_drawn_once_where_as_many_are_asked_for() -> None:
    membership = (torch.rand(2, 1, 16, 16, generator=rng(2)) < 0.25).float()
    inside = membership.flatten().nonzero().flatten()
    pixels, _ = draw_by_groups(4, membership, len(inside), rng())
    assert sorted(pixels[0].tolist()) == inside.tolist()
    twice, _ = draw_by_groups(4, membership, 2 * len(inside), rng())
    assert torch.bincount(twice[0], minlength=512)[inside].tolist() == [2] * len(inside)


def test_a_cell_gives_its_share_rounded_up_or_down() -> None:
    membership = (torch.rand(2, 1, 32, 32, generator=rng(3)) < torch.linspace(0, 1, 32)).float()
    share = Groups.of(membership, 4).size[0] * 100 / membership.sum()
    for seed in range(20):
        pixels, _ = draw_by_groups(4, membership, 100, rng(seed))
        given = torch.bincount(cell_of(pixels[0], 32, 4), minlength=32)
        assert given.sum() == 100
        assert ((given == share.floor()) | (given == share.ceil())).all()


@BOTH
def test_each_pixel_of_a_class_is_as_likely_as_any_other(draw: Draws) -> None:
    membership = torch.zeros(1, 1, 6, 6)
    membership[0, 0, 0, :5] = membership[0, 0, 3:, 4] = membership[0, 0, 5, 0] = 1  # 9 pixels, cells of 3, 2, 1 and 3
    runs = 2000
    drawn = torch.cat([draw(2, membership, 4, rng(seed))[0][0] for seed in range(runs)])
    often = torch.bincount(drawn, minlength=36)[membership.flatten() == 1] / runs
    assert len(often) == 9
    assert often.tolist() == pytest.approx([4 / 9] * 9, abs=0.045)
    assert torch.bincount(drawn, minlength=36)[membership.flatten() == 0].sum() == 0


def test_pairs_lie_opposite_each_other_in_a_cell_that_is_full() -> None:
    pixels, _ = draw_by_opposites(2, torch.ones(1, 1, 8, 8), 32, rng())
    one, other = pixels[0].view(-1, 2).T
    cell = torch.tensor([[0, 0], [0, 4], [4, 0], [4, 4]])[cell_of(one, 8, 2)]
    assert (one // 8 + other // 8).tolist() == (2 * cell[:, 0] + 3).tolist()  # rows 0 to 3 of a cell: r and 3 - r
    assert (one % 8 + other % 8).tolist() == (2 * cell[:, 1] + 3).tolist()


@BOTH
def test_a_class_that_is_nowhere_is_told_and_has_numbers_of_the_grid(draw: Draws) -> None:
    membership = torch.zeros(2, 2, 8, 8)
    membership[1, 1, 3, 3] = 1
    pixels, present = draw(4, membership, 5, rng())
    assert present.tolist() == [False, True]
    assert pixels[1].tolist() == [64 + 27] * 5
    assert pixels.min() >= 0
    assert pixels.max() < 128


def spread_of_means(draw: Callable[[Tensor, int, torch.Generator], tuple[Tensor, Tensor]], image: Tensor) -> float:
    """Return the variance of the mean of 64 drawn grey values over 200 draws."""
    membership = torch.ones(1, 1, *image.shape)
    means = [image.flatten()[draw(membership, 64, rng(seed))[0][0]].mean() for seed in range(200)]
    return torch.stack(means).var().item()


@pytest.mark.parametrize(("across", "rest"), [(4, 0.0), (8, 0.25), (64, 0.25)])
def test_the_mean_of_a_striped_image_varies_less_by_groups(across: int, rest: float) -> None:
    column = torch.arange(64) * across // 64
    image = (column.remainder(2).float()).expand(64, 64)
    image = image if rest == 0 else image + 4 * (torch.arange(64).view(64, 1) // 16)
    plain, grouped, opposite = (spread_of_means(picked(way, 4), image) for way in ("any", "groups", "opposites"))
    assert plain == pytest.approx(image.var().item() / 64, rel=0.2)
    within = rest / 64  # what varies inside a cell alone, over the number of draws
    assert grouped <= 1.2 * within + 1e-6
    assert opposite <= 2.4 * within + 1e-6  # lemma 3.1: at most twice that of groups
    assert plain > 10 * max(grouped, opposite)


def test_the_ways_have_names() -> None:
    membership = torch.ones(1, 1, 8, 8)
    for name, draw in (("groups", draw_by_groups), ("opposites", draw_by_opposites)):
        assert torch.equal(picked(name, 2)(membership, 6, rng())[0], draw(2, membership, 6, rng())[0])
    assert picked("any", 2) is draw_pixels

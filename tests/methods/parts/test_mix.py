"""Mixing takes the next item's pixels where it should, the same in every tensor."""

import pytest
import torch

from methods.parts.mix import MIXES, classmix_kept, cutmix, inside_boxes, pasted, wide_boxes


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_half_of_each_item_comes_from_the_next_one() -> None:
    values = torch.arange(64.0).view(-1, 1, 1).expand(64, 64, 64)
    image, mask = pasted(cutmix(values, 64, rng()), (values.unsqueeze(1), values))
    torch.testing.assert_close(image.squeeze(1), mask)
    taken = mask != values
    assert set(mask[0].unique().tolist()) <= {0.0, 1.0}
    assert taken.float().mean().item() == pytest.approx(0.5, abs=0.03)
    rows, columns = taken[3].any(1), taken[3].any(0)
    assert taken[3].sum() == rows.sum() * columns.sum()


@pytest.mark.parametrize("name", MIXES)
def test_the_input_is_not_changed(name: str) -> None:
    values, classes = torch.rand(4, 1, 8, 8), torch.randint(0, 4, (4, 8, 8), generator=rng())
    before = values.clone(), classes.clone()
    pasted(MIXES[name](classes, 4, rng()), (values, classes))
    assert torch.equal(values, before[0])
    assert torch.equal(classes, before[1])


def test_boxes_of_whole_pixels_are_between_half_and_all_of_a_side_wide_and_half_the_area() -> None:
    classes = torch.zeros(1).expand(20_000, 256, 256)
    row, column, tall, wide = wide_boxes(classes, rng()).unbind(1)
    assert (wide.min().item(), wide.max().item()) == (129, 255)
    assert (tall.min().item(), tall.max().item()) == (129, 254)
    assert wide.double().mean().item() == pytest.approx(192, abs=1)
    assert (tall * wide / 256**2).mean().item() == pytest.approx(0.5, abs=1e-3)
    assert ((row >= 0) & (row + tall <= 256) & (column >= 0) & (column + wide <= 256)).all()
    free = 256 - wide
    assert (column == 0).any() and (column == free).any()  # the box may touch either edge
    assert (column / free).mean().item() == pytest.approx(0.5, abs=0.02)


def test_a_box_covers_its_rows_and_columns() -> None:
    inside = inside_boxes(torch.tensor([[1, 0, 2, 3], [0, 2, 1, 1]]), torch.zeros(2, 4, 3))
    assert inside[0].int().tolist() == [[0, 0, 0], [1, 1, 1], [1, 1, 1], [0, 0, 0]]
    assert inside[1].int().tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(("present", "kept"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2)])
def test_an_item_keeps_half_of_its_own_classes_rounded_down(present: int, kept: int) -> None:
    classes = (torch.arange(60) % present).view(1, 6, 10).expand(2, 6, 10)
    for seed in range(20):
        taken = classmix_kept(classes, 5, rng(seed))
        for one, inside in zip(classes, taken, strict=True):
            whole = [bool(inside[one == k].all()) for k in range(present)]
            assert sum(not gone for gone in whole) == kept
            assert [bool(inside[one == k].any()) for k in range(present)] == whole


@pytest.mark.parametrize("name", ["classmix", "classmix_kept"])
def test_a_task_may_have_more_classes_than_there_is_room_for_at_least(name: str) -> None:
    classes = torch.stack([torch.full((4, 4), 2), torch.full((4, 4), 59)])
    classes[:, :, 2:] = 40
    taken = MIXES[name](classes, 60, rng())
    for one, following, inside in zip(classes, classes.roll(-1, 0), taken, strict=True):
        ones = following if name == "classmix" else one
        assert [int(inside[ones == k].float().mean()) for k in ones.unique()] in ([0, 1], [1, 0])  # one of two, whole


@pytest.mark.parametrize("name", MIXES)
def test_how_many_classes_a_task_has_changes_no_draw_up_to_that_room(name: str) -> None:
    classes = torch.randint(0, 4, (6, 8, 8), generator=rng(1))
    assert torch.equal(MIXES[name](classes, 4, rng()), MIXES[name](classes, 32, rng()))

"""Rectangles: area, shape, place, how often; pasting by them."""

import pytest
import torch

from methods.parts.boxes import Boxes, FittingBoxes, one_box, paste

MANY = torch.zeros(300, 1, 50, 40)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def sides(inside: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    tall, wide = inside.any(2).sum(1), inside.any(1).sum(1)
    assert torch.equal(tall * wide, inside.sum((1, 2)))  # all of them are whole rectangles
    return tall, wide


def test_boxes_are_rectangles_of_the_areas_and_ratios_asked_for() -> None:
    tall, wide = sides(Boxes(0.1, 0.2, 0.5, 1.0).inside(MANY, generator()))
    assert ((tall + 1) * (wide + 1) >= 0.1 * 2000).all()
    assert (tall * wide <= 0.2 * 2000 + 1).all()
    ratio = (tall / 50) / (wide / 40)
    assert ratio.min() < 0.7
    assert ratio.max() > 1.4
    assert (tall + 1 >= 50 * (0.1 * 0.5) ** 0.5).all()


def test_every_edge_is_reached() -> None:
    anywhere = Boxes(0.1, 0.2, 0.5, 1.0).inside(MANY, generator()).any(0)
    assert anywhere.any(0).all()
    assert anywhere.any(1).all()


def test_a_probability_says_how_many_images_have_one() -> None:
    shares = [Boxes(0.1, 0.2, 0.5, p).inside(MANY, generator()).any(2).any(1).float().mean() for p in (0.0, 0.5, 1.0)]
    assert shares[0] == 0
    assert shares[1] == pytest.approx(0.5, abs=0.1)
    assert shares[2] == 1


def test_a_side_longer_than_the_image_is_cut_to_it() -> None:
    tall, wide = sides(Boxes(0.9, 0.9, 0.1, 1.0).inside(MANY, generator()))
    assert tall.max() == 50
    assert wide.max() == 40


def test_boxes_that_are_drawn_again_are_whole_and_of_the_areas_asked_for() -> None:
    tall, wide = sides(FittingBoxes(0.3, 0.4, 0.3, 1.0).inside(MANY, generator()))
    assert (tall * wide <= 0.4 * 2000).all()
    assert ((tall + 1) * (wide + 1) >= 0.3 * 2000).all()
    ratio = tall / wide
    assert ratio.min() < 1 < ratio.max() < 3.6


def test_boxes_that_are_drawn_again_reach_every_edge_and_are_as_frequent_as_asked_for() -> None:
    found = FittingBoxes(0.1, 0.2, 0.5, 0.5).inside(MANY, generator())
    assert found.any(0).any(0).all() and found.any(0).any(1).all()
    assert found.any(2).any(1).float().mean() == pytest.approx(0.5, abs=0.1)


def test_a_box_that_never_fits_is_cut_to_the_image() -> None:
    tall, wide = sides(FittingBoxes(1.5, 1.5, 1.0, 1.0).inside(MANY, generator()))
    assert (tall <= 50).all() and (wide <= 40).all()
    assert tall.min() > 0


@pytest.mark.parametrize("length", [64, 96, 128, 256])
def test_one_box_has_the_side_asked_for_at_any_place_it_fits(length: int) -> None:
    images, side, tops = torch.zeros(5, 1, length, length), int(length * 2 / 3 + 1e-4), set()
    for seed in range(50):
        inside = one_box(images, 2 / 3, generator(seed))
        assert inside.shape == (1, length, length)
        assert [tall.item() for tall in sides(inside)] == [side, side]
        tops.add(inside[0].any(1).float().argmax().item())
    assert max(tops) <= length - side
    assert len(tops) > 10


def test_pasting_takes_the_source_inside_and_the_target_outside() -> None:
    inside = torch.tensor([[[True, False]]])
    source, target = torch.ones(2, 3, 1, 2), torch.zeros(2, 3, 1, 2)
    assert paste(inside, source, target)[1, 2].tolist() == [[1, 0]]
    assert paste(inside, source[:, 0], target[:, 0])[1].tolist() == [[1, 0]]
    assert not target.any()

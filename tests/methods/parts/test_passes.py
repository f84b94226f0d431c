"""Which slices pass a network together."""

import torch

from methods.parts.passes import PASSES, SLICES


def network(images: torch.Tensor) -> torch.Tensor:
    return images - images.mean()


def test_parts_that_pass_together_share_their_statistics_and_those_apart_do_not() -> None:
    first, second = torch.tensor([0.0, 2.0]), torch.tensor([10.0])
    assert [part.tolist() for part in PASSES["together"](network, [first, second])] == [[-4.0, -2.0], [6.0]]
    assert [part.tolist() for part in PASSES["apart"](network, [first, second])] == [[-1.0, 1.0], [0.0]]


def test_slices_are_the_unlabelled_ones_or_all() -> None:
    labeled, unlabeled = torch.tensor([1.0]), torch.tensor([2.0, 3.0])
    assert SLICES["unlabeled"](labeled, unlabeled).tolist() == [2.0, 3.0]
    assert SLICES["all"](labeled, unlabeled).tolist() == [1.0, 2.0, 3.0]

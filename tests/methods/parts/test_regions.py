"""Regions of maps: different ones, without overlap, the pixels they name."""

import pytest
import torch

from methods.parts.regions import draw_regions, region_vectors


@pytest.mark.parametrize(("size", "count", "expected"), [((10, 13), 5, 5), ((8, 8), 13, 4), ((3, 3), 13, 1)])
def test_regions_of_a_slice_are_different_and_as_many_as_there_are_room_for(
    size: tuple[int, int], count: int, expected: int
) -> None:
    places = draw_regions(torch.zeros(4, 2, *size), 4, count, 3, torch.Generator().manual_seed(0))
    assert places.shape == (4, expected)
    assert all(len(set(row)) == expected and max(row) < (size[0] // 3) * (size[1] // 3) for row in places.tolist())


def test_vectors_are_the_pixels_of_the_region() -> None:
    features = torch.rand(2, 4, 7, 11)
    found = region_vectors(features, torch.tensor([[0, 4], [5, 2]]), 3)
    assert found.shape == (2, 2, 9, 4)
    for n, r, top, left in ((0, 0, 0, 0), (0, 1, 3, 3), (1, 0, 3, 6), (1, 1, 0, 6)):
        window = features[n, :, top : top + 3, left : left + 3].flatten(1).T
        assert torch.equal(found[n, r], window)

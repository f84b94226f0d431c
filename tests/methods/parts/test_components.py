"""Connected components against SciPy's, on shapes that are hard for parallel labelling too."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from methods.parts.components import components, largest_components

TOUCHING = np.ones((3, 3))


def slow(classes: torch.Tensor) -> torch.Tensor:
    """Keep the largest component of each class and slice, one after the other."""
    kept = torch.zeros_like(classes)
    for n in range(len(classes)):
        for k in classes[n].unique().tolist():
            parts, _ = ndimage.label((classes[n] == k).numpy(), structure=TOUCHING)
            largest = np.bincount(parts.ravel())[1:].argmax() + 1
            kept[n][torch.from_numpy(parts == largest)] = k
    return kept


def spiral(size: int) -> torch.Tensor:
    """Return one winding path a pixel wide, as long as half the square."""
    grid, y, x, dy, dx = torch.zeros(size, size, dtype=torch.int64), 0, 0, 0, 1
    length = size
    while length > 0:
        for _ in range(length - 1):
            grid[y, x] = 1
            y, x = y + dy, x + dx
        grid[y, x] = 1
        dy, dx = dx, -dy
        length -= 1 if (dy == 0) or length == size else 0
        length -= 1
    return grid


def comb(size: int) -> torch.Tensor:
    grid = torch.zeros(size, size, dtype=torch.int64)
    grid[:, ::2] = 1
    grid[-1] = 1
    return grid


def snake(size: int) -> torch.Tensor:
    grid = torch.zeros(size, size, dtype=torch.int64)
    grid[::2] = 1
    grid[1::4, -1] = 1
    grid[3::4, 0] = 1
    return grid


def hard(size: int) -> torch.Tensor:
    rng = torch.Generator().manual_seed(size)
    drawn = [torch.randint(4, (size, size), generator=rng)]
    drawn += [(torch.rand(size, size, generator=rng) < share).long() for share in (0.3, 0.41, 0.5, 0.7)]
    shapes = [spiral(size), comb(size), snake(size), torch.ones_like(drawn[0]), torch.zeros_like(drawn[0])]
    shapes += [torch.arange(size * size).view(size, size) % 2, torch.arange(size).div(5).long().expand(size, size) % 3]
    return torch.stack(
        [turned for grid in (*drawn, *shapes) for turned in (grid, grid.flip(0, 1), grid.T, grid.T.flip(0))]
    )


@pytest.mark.parametrize("size", [5, 32, 48])
def test_the_largest_component_of_each_class_and_slice_stays(size: int) -> None:
    classes = hard(size)
    before = classes.clone()
    assert torch.equal(largest_components(classes), slow(classes))
    assert torch.equal(classes, before)


@pytest.mark.parametrize("size", [17, 48])
def test_each_pixel_bears_the_lowest_number_of_its_component(size: int) -> None:
    classes = hard(size)
    found = components(classes)
    for n in range(len(classes)):
        for k in classes[n].unique().tolist():
            parts, count = ndimage.label((classes[n] == k).numpy(), structure=TOUCHING)
            for part in range(1, count + 1):
                inside = torch.from_numpy(parts == part)
                assert found[n][inside].unique().tolist() == [int(inside.flatten().float().argmax())]


def test_shapes_that_are_not_square_and_single_pixels() -> None:
    for shape in ((2, 7, 30), (3, 1, 9), (1, 1, 1)):
        classes = torch.randint(3, shape, generator=torch.Generator().manual_seed(1))
        assert torch.equal(largest_components(classes), slow(classes))


def test_of_equal_components_the_first_stays_and_an_absent_class_is_no_matter() -> None:
    classes = torch.tensor([[[2, 0, 2, 0, 2], [2, 0, 2, 0, 0]]])
    assert largest_components(classes).tolist() == [[[2, 0, 0, 0, 0], [2, 0, 0, 0, 0]]]


def test_corners_touch() -> None:
    classes = torch.eye(6, dtype=torch.int64).unsqueeze(0)
    assert torch.equal(largest_components(classes), classes)


def test_slices_do_not_touch_each_other() -> None:
    classes = hard(16)
    together = largest_components(classes)
    assert all(torch.equal(together[n : n + 1], largest_components(classes[n : n + 1])) for n in range(len(classes)))

"""Centres are as even as descent can make them, and are assigned as the Hungarian algorithm would."""

import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch.nn import functional

from methods.errors import MethodError
from methods.parts.simplex import assign, match, simplex


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def crowding(centres: torch.Tensor, temperature: float) -> torch.Tensor:
    """ACTION++'s objective of centres (..., classes, width)."""
    return (centres @ centres.mT / temperature).exp().sum(-1).log().sum(-1)


@pytest.mark.parametrize(("classes", "width"), [(2, 1), (3, 2), (4, 3), (4, 16), (4, 128), (9, 8), (14, 128)])
def test_centres_are_unit_centred_and_at_equal_angles(classes: int, width: int) -> None:
    centres = simplex(classes, width)
    cosines = torch.full((classes, classes), -1 / (classes - 1)).fill_diagonal_(1)
    assert centres.shape == (classes, width)
    torch.testing.assert_close(centres @ centres.T, cosines, atol=1e-6, rtol=0)
    torch.testing.assert_close(centres.sum(0), torch.zeros(width), atol=1e-6, rtol=0)


def test_three_centres_in_the_plane_are_a_regular_triangle() -> None:
    half, height = 0.5, 0.75**0.5
    expected = torch.tensor([[height, half], [-height, half], [0.0, -1.0]])
    torch.testing.assert_close(simplex(3, 2), expected, atol=1e-6, rtol=0)


def test_centres_are_the_same_each_time() -> None:
    assert torch.equal(simplex(4, 128), simplex(4, 128))


@pytest.mark.parametrize(("classes", "width"), [(4, 2), (2, 0), (1, 8)])
def test_too_few_dimensions_or_centres_are_refused(classes: int, width: int) -> None:
    with pytest.raises(MethodError, match="expected at least 2 centres in at least"):
        simplex(classes, width)


@pytest.mark.parametrize("temperature", [0.3, 1.0])
def test_descent_from_random_starts_finds_no_lower_value_and_ends_at_equal_angles(temperature: float) -> None:
    free = torch.randn(8, 4, 16, generator=rng(), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([free], lr=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 400)
    for _ in range(400):
        optimizer.zero_grad()
        crowding(functional.normalize(free, dim=-1), temperature).sum().backward()
        optimizer.step()
        schedule.step()
    found = functional.normalize(free.detach(), dim=-1)
    least = crowding(functional.normalize(simplex(4, 16).double(), dim=-1), temperature).item()
    assert (crowding(found, temperature) >= least - 1e-9).all()
    assert crowding(found, temperature).tolist() == pytest.approx([least] * 8, rel=1e-6)
    cosines = torch.full((8, 4, 4), -1 / 3, dtype=torch.float64)
    cosines.diagonal(dim1=1, dim2=2).fill_(1)
    torch.testing.assert_close(found @ found.mT, cosines, atol=1e-2, rtol=0)


@pytest.mark.parametrize("classes", [2, 4, 6, 7, 9])
def test_assignment_costs_what_the_hungarian_one_costs(classes: int) -> None:
    generator = rng(classes)
    for _ in range(50):
        centres, means = torch.randn(2, classes, 5, generator=generator)
        order = assign(centres, means)
        assert order.dtype == torch.int64
        assert sorted(order.tolist()) == list(range(classes))
        distances = torch.cdist(means.double(), centres.double()).numpy()
        least = distances[linear_sum_assignment(distances)].sum()
        assert distances[range(classes), order.numpy()].sum() == pytest.approx(least, rel=1e-9)


@pytest.mark.parametrize("classes", [4, 8])
def test_means_near_the_centres_get_them(classes: int) -> None:
    generator = rng()
    centres, order = simplex(classes, 16), torch.randperm(classes, generator=generator)
    means = centres[order] + 0.05 * torch.randn(classes, 16, generator=generator)
    assert assign(centres, means).tolist() == order.tolist()


@pytest.mark.parametrize("classes", [4, 8])
def test_permuting_the_classes_permutes_their_centres(classes: int) -> None:
    generator = rng(1)
    for _ in range(20):
        centres, means = torch.randn(2, classes, 6, generator=generator)
        shuffled = torch.randperm(classes, generator=generator)
        assert torch.equal(assign(centres, means[shuffled]), assign(centres, means)[shuffled])


def test_a_class_gives_up_its_nearest_centre_where_the_total_gains() -> None:
    centres = torch.tensor([[0.0], [1.0]])
    means = torch.tensor([[0.4], [0.0]])  # both lie nearest to centre 0: 0.6 + 0 beats 0.4 + 1
    assert assign(centres, means).tolist() == [1, 0]


@pytest.mark.parametrize("classes", [4, 8])
def test_the_best_match_has_the_greatest_sum_of_cosines(classes: int) -> None:
    generator = rng(classes)
    for _ in range(50):
        centres, means = functional.normalize(torch.randn(2, classes, 5, generator=generator), dim=2)
        order = match(centres, means)
        cosines = (means.double() @ centres.double().T).numpy()
        assert sorted(order.tolist()) == list(range(classes))
        best = cosines[linear_sum_assignment(cosines, maximize=True)].sum()
        assert cosines[range(classes), order.numpy()].sum() == pytest.approx(best, rel=1e-9)

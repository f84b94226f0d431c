"""Representations of sampled pixels equal those of a dense map."""

import pytest
import torch
from torch.nn import functional

from methods.errors import MethodError
from methods.parts.pixels import RepresentationHead, class_mean

SIZE = (16, 16)


@pytest.fixture
def maps() -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    return [torch.randn(3, c, s, s, generator=rng, requires_grad=True) for c, s in ((6, 2), (5, 4), (4, 8), (3, 16))]


@pytest.fixture(params=["centres", "corners"])
def head(request: pytest.FixtureRequest) -> RepresentationHead:
    return RepresentationHead((6, 5, 4, 3), 7, request.param)


def dense(head: RepresentationHead, maps: list[torch.Tensor]) -> torch.Tensor:
    aligned = head.enlarging == "corners"
    full = [functional.interpolate(level, SIZE, mode="bilinear", align_corners=aligned) for level in maps]
    lateral = sum(linear(level.movedim(1, -1)) for linear, level in zip(head.lateral, full, strict=True))
    return head.merge(lateral)


def test_sampled_pixels_equal_the_dense_map_and_so_do_gradients(
    head: RepresentationHead, maps: list[torch.Tensor]
) -> None:
    pixels = torch.arange(3 * 16 * 16)
    sampled, full = head.at(maps, pixels, SIZE), dense(head, maps).reshape(-1, 7)
    torch.testing.assert_close(sampled, full, atol=1e-5, rtol=1e-4)
    weights = torch.randn_like(full)
    wanted = torch.autograd.grad((full * weights).sum(), [*maps, *head.parameters()])
    given = torch.autograd.grad((sampled * weights).sum(), [*maps, *head.parameters()])
    for one, other in zip(given, wanted, strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-4)


def test_class_means_equal_means_of_the_dense_map(head: RepresentationHead, maps: list[torch.Tensor]) -> None:
    classes = torch.randint(0, 3, (3, *SIZE), generator=torch.Generator().manual_seed(1))
    membership = functional.one_hot(classes, 4).movedim(-1, 1).float()  # the last class is empty
    full = dense(head, maps)
    means = head.mean(maps, membership)
    for k in range(3):
        torch.testing.assert_close(means[k], full[classes == k].mean(0), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(means[3], head.merge.bias)


def test_a_map_larger_than_the_image_is_refused() -> None:
    with pytest.raises(MethodError, match="larger than the image"):
        class_mean(torch.zeros(1, 2, 32, 32), torch.zeros(1, 4, 16, 16))


def test_a_cells_vector_is_the_mean_of_its_pixels() -> None:
    torch.manual_seed(0)
    head, maps = RepresentationHead([3, 2], 5), [torch.randn(2, 3, 8, 8), torch.randn(2, 2, 8, 8)]
    dense = head.at(maps, torch.arange(2 * 64), (8, 8)).view(2, 8, 8, 5)
    expected = [dense[n, i : i + 4, j : j + 4].mean((0, 1)) for n in range(2) for i in (0, 4) for j in (0, 4)]
    torch.testing.assert_close(head.cells(maps, 2), torch.stack(expected).view(2, 4, 5))

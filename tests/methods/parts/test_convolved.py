"""The convolved head and the contrast on it equal the dense computation, all pixels and all loops."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor
from torch.nn import functional

from methods.parts.anatomical import Sampling, draw_negatives, negative_shares
from methods.parts.convolved import ConvolvedHead, neighborhoods
from methods.parts.pixel_draws import draw_pixels
from tests.methods.parts.dense_contrast import (
    dense_contrast,
    dense_means,
    dense_vectors,
    loop_negatives,
    sampled_contrast,
)

SIZE = (16, 16)
CHANNELS = (6, 5, 4, 3)
PYRAMIDS = {
    "halves": ((2, 2), (4, 4), (8, 8), (16, 16)),
    "one_cell": ((1, 1), (1, 2), (16, 1), (8, 16)),
    "uneven": ((3, 5), (6, 7), (11, 13), (15, 12)),
    "larger": ((2, 2), (4, 4), (17, 24), (40, 32)),
}
SAMPLING = Sampling(queries=8, negatives=16, keys=12, hard=0.97, temperature=0.5)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pyramid(name: str = "halves") -> list[Tensor]:
    source = rng()
    levels = zip(CHANNELS, PYRAMIDS[name], strict=True)
    return [torch.randn(3, c, *cells, generator=source, requires_grad=True) for c, cells in levels]


@pytest.fixture(params=["centres", "corners"])
def head(request: pytest.FixtureRequest) -> ConvolvedHead:
    torch.manual_seed(0)
    return ConvolvedHead(CHANNELS, 7, request.param)


@pytest.fixture
def membership() -> Tensor:
    classes = torch.randint(0, 3, (3, *SIZE), generator=rng(1))
    counted = torch.rand(3, 1, *SIZE, generator=rng(2)) < 0.8
    return functional.one_hot(classes, 4).movedim(-1, 1) * counted.float()  # the last class is empty


def assert_near(given: Sequence[Tensor], wanted: Sequence[Tensor], bound: float = 1e-4) -> None:
    for one, other in zip(given, wanted, strict=True):
        assert one.shape == other.shape
        assert ((one - other).norm() / other.norm()).item() < bound


def gradients(values: Tensor, head: ConvolvedHead, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
    return torch.autograd.grad(
        (values * torch.randn(values.shape, generator=rng(3))).sum(), [*maps, *head.parameters()]
    )


@pytest.mark.parametrize("name", PYRAMIDS)
def test_every_pixel_equals_the_dense_map_and_so_do_gradients(head: ConvolvedHead, name: str) -> None:
    maps = pyramid(name)
    sampled, full = head.at(maps, torch.arange(3 * 16 * 16), SIZE), dense_vectors(head, maps, SIZE)
    torch.testing.assert_close(sampled, full, atol=1e-5, rtol=1e-4)
    assert_near(gradients(sampled, head, maps), gradients(full, head, maps))


def test_pixels_of_a_wide_image_are_counted_along_its_rows(head: ConvolvedHead) -> None:
    maps = [torch.randn(2, c, 2 * s, 3 * s, generator=rng()) for c, s in zip(CHANNELS, (1, 2, 4, 8), strict=True)]
    full = dense_vectors(head, maps, (16, 24)).view(2, 16, 24, 7)
    pixels = torch.tensor([0, 23, 15 * 24, 16 * 24 - 1, 16 * 24 + 5 * 24 + 7])  # four corners; (5, 7) of the second
    corners = torch.stack([full[0, 0, 0], full[0, 0, 23], full[0, 15, 0], full[0, 15, 23], full[1, 5, 7]])
    torch.testing.assert_close(head.at(maps, pixels, (16, 24)), corners, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", PYRAMIDS)
def test_class_means_equal_means_of_the_dense_map(head: ConvolvedHead, membership: Tensor, name: str) -> None:
    maps = pyramid(name)
    members = membership.movedim(1, 0).flatten(1).bool()
    means, wanted = head.mean(maps, membership), dense_means(dense_vectors(head, maps, SIZE), members)
    torch.testing.assert_close(means[:3], wanted[:3], atol=1e-5, rtol=1e-4)
    assert_near(gradients(means[:3], head, maps), gradients(wanted[:3], head, maps))


def test_an_empty_class_has_the_mean_of_zero_features(head: ConvolvedHead, membership: Tensor) -> None:
    torch.testing.assert_close(head.mean(pyramid(), membership)[3], head.merge.bias)


def test_the_head_starts_as_the_two_convolutions_would(head: ConvolvedHead) -> None:
    spread = torch.nn.Conv2d(18, 7, 3, bias=False).weight
    assert {name: tuple(weight.shape) for name, weight in head.named_parameters()} == {
        "spread.weight": (7, 18, 3, 3),
        "merge.weight": (7, 7),
        "merge.bias": (7,),
    }
    assert head.spread.weight.std().item() == pytest.approx(spread.std().item(), rel=0.1)


def slow_contrast(head: ConvolvedHead, maps: Sequence[Tensor], probabilities: Tensor, membership: Tensor) -> Tensor:
    """Return the contrast from dense vectors, one class, query and negative at a time, on the same drawn numbers."""
    generator = rng()
    vectors = functional.normalize(raw := dense_vectors(head, maps, SIZE), dim=1)
    queries, _ = draw_pixels(membership * (probabilities < SAMPLING.hard), SAMPLING.queries, generator)
    members = membership.movedim(1, 0).flatten(1).bool()
    means = functional.normalize(dense_means(raw.detach(), members), dim=1)
    keys, present = draw_pixels(membership, SAMPLING.keys, generator)
    negatives = draw_negatives(negative_shares(means, present, SAMPLING.negative_temperature), SAMPLING, generator)
    losses = []
    for k in range(3):
        for q in range(SAMPLING.queries):
            query = vectors[queries[k, q]]
            scores = [query @ means[k]]
            for number in negatives[k, q].tolist():
                other, place = divmod(number, SAMPLING.keys)
                assert members[other, keys[other, place]] and other != k
                scores.append(query @ vectors[keys[other, place]].detach())
            logits = torch.stack(scores) / SAMPLING.temperature
            losses.append(logits.logsumexp(0) - logits[0])
    return torch.stack(losses).mean()


def test_contrast_and_its_gradients_equal_the_loop_on_dense_vectors(head: ConvolvedHead, membership: Tensor) -> None:
    maps, probabilities = pyramid(), torch.randn(3, 4, *SIZE, generator=rng(4)).softmax(1)
    fast = sampled_contrast(head, maps, probabilities, membership, SAMPLING, rng())
    slow = slow_contrast(head, maps, probabilities, membership)
    assert fast.item() == pytest.approx(slow.item(), rel=1e-4)
    inputs = [*maps, *head.parameters()]
    assert_near(torch.autograd.grad(fast, inputs), torch.autograd.grad(slow, inputs))


def test_contrast_is_on_average_that_of_negatives_from_all_pixels(head: ConvolvedHead, membership: Tensor) -> None:
    maps, probabilities = [level.detach() for level in pyramid()], torch.full((3, 4, *SIZE), 0.5)
    fast, dense = (
        torch.stack([loss(head, maps, probabilities, membership, SAMPLING, rng(seed)) for seed in range(200)])
        for loss in (sampled_contrast, dense_contrast)
    )
    error = (fast.var() / 200 + dense.var() / 200).sqrt().item()
    assert abs(fast.mean().item() - dense.mean().item()) < 3 * error
    assert error < 0.01 * dense.mean().item()


def test_contrast_with_negatives_of_all_pixels_is_on_average_the_dense_one(
    head: ConvolvedHead, membership: Tensor
) -> None:
    maps, probabilities = [level.detach() for level in pyramid()], torch.full((3, 4, *SIZE), 0.5)
    sampling = replace(SAMPLING, negatives_from="pixels")
    direct, dense = (
        torch.stack([loss(head, maps, probabilities, membership, sampling, rng(seed)) for seed in range(200)])
        for loss in (sampled_contrast, dense_contrast)
    )
    error = (direct.var() / 200 + dense.var() / 200).sqrt().item()
    assert abs(direct.mean().item() - dense.mean().item()) < 3 * error
    assert error < 0.01 * dense.mean().item()


def test_corners_lie_on_corners_and_centres_half_a_cell_inside() -> None:
    level = torch.tensor([0.0, 1.0]).view(1, 1, 1, 2)
    middle = [neighborhoods(level, torch.arange(4), (1, 4), name)[:, 4, 0].tolist() for name in ("centres", "corners")]
    assert middle[0] == pytest.approx([0, 0.25, 0.75, 1])
    assert middle[1] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_doubles_stay_doubles(head: ConvolvedHead, membership: Tensor) -> None:
    head, maps = head.double(), [level.double() for level in pyramid()]
    wanted = dense_vectors(head, maps, SIZE)
    torch.testing.assert_close(head.at(maps, torch.arange(3 * 16 * 16), SIZE), wanted, atol=1e-13, rtol=1e-12)
    members = membership.movedim(1, 0).flatten(1).bool()
    torch.testing.assert_close(
        head.mean(maps, membership)[:3], dense_means(wanted, members)[:3], atol=1e-13, rtol=1e-12
    )


ONE = Sampling(queries=1, negatives=1, keys=4, hard=0.97, temperature=0.5)  # one a draw, so that draws are independent
CLASSES = torch.randint(0, 3, (2, 4, 4), generator=rng(5))
SHARES = torch.tensor([[0.0, 0.75, 0.25, 0.0], [0.4, 0.0, 0.6, 0.0], [0.1, 0.9, 0.0, 0.0], [0.0] * 4])


def sampled_negative(source: torch.Generator) -> int:
    keys, _ = draw_pixels(functional.one_hot(CLASSES, 4).movedim(-1, 1).float(), ONE.keys, source)
    return int(keys.flatten()[draw_negatives(SHARES, ONE, source)[0, 0, 0]])


def looped_negative(source: torch.Generator) -> int:
    pools = [(CLASSES.flatten() == other).nonzero()[:, 0] for other in (1, 2)]
    return int(loop_negatives(pools, SHARES[0, 1:3], ONE, source)[0, 0])


@pytest.mark.parametrize("draw", [sampled_negative, looped_negative])
def test_negatives_are_drawn_by_class_share_and_evenly_within(draw: Callable[[torch.Generator], int]) -> None:
    source, count = rng(6), 4000
    seen = torch.bincount(torch.tensor([draw(source) for _ in range(count)]), minlength=32)
    flat = CLASSES.flatten()
    wanted = SHARES[0][flat] / flat.bincount(minlength=4)[flat] * count
    assert seen[flat == 0].sum() == 0
    assert chisquare(seen[flat > 0].double(), wanted[flat > 0].double(), sum_check=False).pvalue > 0.01


def test_memory_format_does_not_matter(head: ConvolvedHead, membership: Tensor) -> None:
    maps, pixels = pyramid(), torch.arange(3 * 16 * 16)
    plain = head.at(maps, pixels, SIZE), head.mean(maps, membership)
    last = [level.contiguous(memory_format=torch.channels_last) for level in maps]
    head.to(memory_format=torch.channels_last)
    assert_near((head.at(last, pixels, SIZE), head.mean(last, membership)), plain, 1e-6)


@pytest.mark.parametrize("autocast", [False, True])
def test_maps_of_half_precision_give_nearly_the_same(head: ConvolvedHead, membership: Tensor, autocast: bool) -> None:
    maps, pixels = pyramid(), torch.arange(3 * 16 * 16)
    plain = head.at(maps, pixels, SIZE), head.mean(maps, membership)[:3]
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        halves = [level.bfloat16() for level in maps]
        given = head.at(halves, pixels, SIZE), head.mean(halves, membership)[:3]
    assert given[0].dtype == given[1].dtype == torch.float32
    assert_near(given, plain, 0.02)
    for gradient in gradients(given[0], head, maps):
        assert gradient.isfinite().all()


def test_gradients_have_the_same_bits_with_any_number_of_threads(head: ConvolvedHead) -> None:
    pixels = torch.randint(0, 3 * 16 * 16, (2000,), generator=rng())
    threads, found = torch.get_num_threads(), []
    for count in (1, 2):
        torch.set_num_threads(count)
        maps = pyramid()
        found.append(torch.autograd.grad(head.at(maps, pixels, SIZE).square().sum(), maps))
    torch.set_num_threads(threads)
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


def test_no_value_is_asked_of_the_device(head: ConvolvedHead, membership: Tensor) -> None:
    maps = [level.detach().to("meta").requires_grad_() for level in pyramid()]  # on which such a question raises
    head.to("meta")
    vectors = head.at(maps, torch.arange(50, device="meta"), SIZE), head.mean(maps, membership.to("meta"))
    torch.cat(vectors).sum().backward()
    assert torch.cat(vectors).shape == (54, 7)

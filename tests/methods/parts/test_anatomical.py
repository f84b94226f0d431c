"""Anatomical contrast: an all-loops reference, its sampling in distribution, edge cases."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from methods.parts.anatomical import (
    HARDNESS,
    Sampling,
    anatomical_contrast,
    draw_negative_pixels,
    draw_negatives,
    negative_shares,
)
from methods.parts.pixel_draws import draw_pixels
from methods.parts.pixels import RepresentationHead
from tests.methods.parts.dense_contrast import sampled_contrast

SAMPLING = Sampling(queries=8, negatives=16, keys=12, hard=0.97, temperature=0.5)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def scene() -> tuple[RepresentationHead, list[torch.Tensor], torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    maps = [torch.randn(2, c, s, s, requires_grad=True) for c, s in ((5, 4), (3, 8))]
    probabilities = torch.randn(2, 4, 8, 8).softmax(1)
    classes = torch.randint(0, 3, (2, 8, 8))  # class 3 is absent
    return RepresentationHead((5, 3), 6), maps, probabilities, functional.one_hot(classes, 4).movedim(-1, 1).float()


def slow_contrast(head, maps, probabilities, membership, generator) -> torch.Tensor:
    """Dense vectors of all pixels and a loop over classes, queries and negatives, on the same drawn numbers."""
    full = [functional.interpolate(level, (8, 8), mode="bilinear", align_corners=False) for level in maps]
    lateral = sum(linear(level.movedim(1, -1)) for linear, level in zip(head.lateral, full, strict=True))
    vectors = functional.normalize(head.merge(lateral).reshape(-1, 6), dim=-1)
    raw = head.merge(lateral).reshape(-1, 6).detach()
    queries, _ = draw_pixels(membership * (probabilities < 0.97), SAMPLING.queries, generator)
    members = membership.movedim(1, 0).reshape(4, -1).bool()
    present = [k for k in range(4) if members[k].any()]
    means = {k: functional.normalize(raw[members[k]].mean(0), dim=0) for k in present}
    keys, _ = draw_pixels(membership, SAMPLING.keys, generator)
    all_means = torch.stack([means.get(k, torch.zeros(6)) for k in range(4)])
    shares = negative_shares(all_means, torch.tensor([k in present for k in range(4)]), 0.5)
    negatives = draw_negatives(shares, SAMPLING, generator)
    losses = []
    for k in present:
        for q in range(SAMPLING.queries):
            query = vectors[queries[k, q]]
            scores = [query @ means[k] / 0.5]
            for number in negatives[k, q].tolist():
                other, pixel = divmod(number, SAMPLING.keys)
                assert other in present
                assert other != k
                scores.append(query @ vectors[keys[other, pixel]].detach() / 0.5)
            losses.append(-(scores[0] - torch.logsumexp(torch.stack(scores), 0)))
    return torch.stack(losses).mean()


def test_loss_and_gradients_equal_the_loop() -> None:
    head, maps, probabilities, membership = scene()
    fast = sampled_contrast(head, maps, probabilities, membership, SAMPLING, rng())
    slow = slow_contrast(head, maps, probabilities, membership, rng())
    assert fast.item() == pytest.approx(slow.item(), rel=1e-4)
    inputs = [*maps, *head.parameters()]
    for one, other in zip(torch.autograd.grad(fast, inputs), torch.autograd.grad(slow, inputs), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-3)


def test_pixels_are_drawn_evenly_and_only_from_their_class() -> None:
    membership = torch.zeros(2, 2, 2, 2)
    membership[0, 0, 0, 1] = membership[1, 0, 1, 0] = 1  # class 0 has flat pixels 1 and 6, class 1 none
    drawn, present = draw_pixels(membership, 10_000, rng())
    assert present.tolist() == [True, False]
    assert set(drawn[0].tolist()) == {1, 6}
    assert (drawn[0] == 1).float().mean().item() == pytest.approx(0.5, abs=0.02)


def test_negative_shares_are_a_softmax_over_the_other_present_classes() -> None:
    means = functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 5.0]]), dim=1)
    shares = negative_shares(means, torch.tensor([True, True, True, False]), 0.5)
    near, far = math.exp(math.sqrt(0.5) / 0.5), math.exp(0.0)
    assert shares[0].tolist() == pytest.approx([0, near / (near + far), far / (near + far), 0])
    assert shares[1].tolist() == pytest.approx([0.5, 0, 0.5, 0])


def test_negatives_follow_the_shares_and_never_the_own_class() -> None:
    shares = torch.tensor([[0.0, 0.75, 0.25], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    sampling = Sampling(queries=50, negatives=200, keys=10, hard=1, temperature=1)
    kinds = draw_negatives(shares, sampling, rng()) // 10
    for k in range(3):
        drawn = torch.bincount(kinds[k].flatten(), minlength=3) / kinds[k].numel()
        assert drawn.tolist() == pytest.approx(shares[k].tolist(), abs=0.02)
        assert drawn[shares[k] == 0].sum() == 0


def test_pixels_as_negatives_are_drawn_by_share_and_evenly_within_a_class() -> None:
    membership = torch.zeros(2, 3, 1, 4)  # class 0 has pixels 0 to 3, class 1 pixels 4 and 5, class 2 pixel 7
    membership[0, 0] = membership[1, 1, :, :2] = membership[1, 2, :, 3] = 1
    shares = torch.tensor([[0.0, 0.75, 0.25], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    sampling = Sampling(queries=50, negatives=200, keys=1, hard=1, temperature=1)
    drawn = draw_negative_pixels(membership, shares, sampling, rng())
    found = [torch.bincount(one.flatten(), minlength=8) / one.numel() for one in drawn]
    assert found[0].tolist() == pytest.approx([0, 0, 0, 0, 0.375, 0.375, 0, 0.25], abs=0.02)
    assert found[1].tolist() == pytest.approx([0.25] * 4 + [0] * 4, abs=0.02)
    assert found[2].tolist() == pytest.approx([0.125] * 4 + [0.25] * 2 + [0, 0], abs=0.02)


def test_the_same_negatives_give_the_same_loss_by_keys_and_by_pixels() -> None:
    head, maps, probabilities, membership = scene()
    losses = []
    for way in ("keys", "pixels"):
        source = rng()

        def draw(name: str, make, *args, source=source):
            if make is not draw_negative_pixels:
                return make(*args, source)
            keys, _ = draw_pixels(args[0], SAMPLING.keys, source)
            return keys.flatten()[draw_negatives(args[1], args[2], source)]

        sampling = replace(SAMPLING, negatives_from=way)
        losses.append(anatomical_contrast(head, maps, probabilities, membership, sampling, draw))
    assert losses[1].item() == pytest.approx(losses[0].item(), rel=1e-5)
    inputs = [*maps, *head.parameters()]
    one, other = (torch.autograd.grad(loss, inputs) for loss in losses)
    for left, right in zip(one, other, strict=True):
        torch.testing.assert_close(left, right, atol=1e-5, rtol=1e-3)


def test_a_class_without_hard_pixels_counts_in_the_mean_of_present_ones_only() -> None:
    head, maps, probabilities, membership = scene()
    probabilities[:, 1] = 0.99  # sure of class 1 everywhere: of three present classes two have hard pixels
    mean, present = (
        sampled_contrast(head, maps, probabilities, membership, replace(SAMPLING, reduction=name), rng()).item()
        for name in ("mean", "mean_of_present")
    )
    assert present == pytest.approx(mean * 2 / 3, rel=1e-5)


@pytest.mark.parametrize("way", ["keys", "pixels"])
def test_one_class_alone_gives_exactly_0_and_a_gradient_of_0(way: str) -> None:
    head, maps, probabilities, membership = scene()
    membership[:, 1:] = 0
    sampling = replace(SAMPLING, negatives_from=way, reduction="mean_of_present")
    loss = sampled_contrast(head, maps, probabilities, membership, sampling, rng())
    loss.backward()
    assert loss.item() == 0
    assert all(level.grad is not None and not level.grad.any() for level in maps)


def test_scale_of_the_features_does_not_matter() -> None:
    head, maps, probabilities, membership = scene()
    with torch.no_grad():
        head.merge.bias.zero_()
    one = sampled_contrast(head, maps, probabilities, membership, SAMPLING, rng())
    two = sampled_contrast(head, [3 * level for level in maps], probabilities, membership, SAMPLING, rng())
    assert one.item() == pytest.approx(two.item(), rel=1e-5)


@pytest.mark.parametrize("classes", [0, 1])
def test_without_two_present_classes_there_is_nothing_to_contrast(classes: int) -> None:
    head, maps, probabilities, membership = scene()
    membership[:, classes:] = 0
    loss = sampled_contrast(head, maps, probabilities, membership, SAMPLING, rng())
    assert loss.item() == 0
    assert loss.requires_grad


def test_without_hard_pixels_there_is_nothing_to_contrast() -> None:
    head, maps, _, membership = scene()
    assert sampled_contrast(head, maps, torch.ones(2, 4, 8, 8), membership, SAMPLING, rng()).item() == 0


def test_dot_products_grow_with_the_features_and_cosines_do_not() -> None:
    head, maps, probabilities, membership = scene()
    with torch.no_grad():
        head.merge.bias.zero_()
    dot = replace(SAMPLING, similarity="dot")
    small = [level.detach() * 1e-4 for level in maps]
    flat = sampled_contrast(head, small, probabilities, membership, dot, rng()).item()
    assert flat == pytest.approx(math.log(1 + SAMPLING.negatives), rel=1e-3)  # all products 0: nothing stands out
    assert sampled_contrast(head, maps, probabilities, membership, dot, rng()).item() != pytest.approx(flat, rel=1e-3)


def test_the_sum_is_the_mean_times_queries_and_active_classes() -> None:
    head, maps, probabilities, membership = scene()
    mean = sampled_contrast(head, maps, probabilities, membership, SAMPLING, rng()).item()
    total = sampled_contrast(head, maps, probabilities, membership, replace(SAMPLING, reduction="sum"), rng()).item()
    assert total == pytest.approx(mean * SAMPLING.queries * 3, rel=1e-5)


def test_a_pixel_sure_of_a_wrong_class_is_hard_by_its_label_only() -> None:
    probabilities = torch.tensor([0.99, 0.01]).view(1, 2, 1, 1)
    assert HARDNESS["label"](probabilities, 0.97)[0, :, 0, 0].tolist() == [False, True]
    assert HARDNESS["confidence"](probabilities, 0.97)[0, :, 0, 0].tolist() == [False]

"""The choices between ACTION's paper and its released code about pseudo-labels and the contrast."""

from __future__ import annotations

import pytest
import torch

from methods.parts.anatomical import Sampling, negative_shares
from methods.parts.convolved import ConvolvedHead
from methods.parts.jitter import jitter_and_blur
from methods.parts.mix import classmix, nowhere, pasted
from methods.parts.pixels import RepresentationHead
from methods.parts.warp import STRENGTH_PX, WARPS, random_warp
from tests.contract.toy import SIZE, batch_for, clock
from tests.methods.action_choices import covers
from tests.methods.action_toy import action, begun, inputs_of, stage_of, update
from tests.methods.choices import rng


@covers("mixing")
def test_classmix_pastes_half_of_the_next_ones_classes() -> None:
    classes = torch.tensor([[[0, 0], [0, 0]], [[0, 1], [2, 3]]])
    tensors = (classes.float().unsqueeze(1) + 10, classes)
    image, mixed = pasted(classmix(classes, 4, rng()), tensors)
    assert torch.equal(image.squeeze(1) - 10, mixed.float())
    assert (mixed[0] != 0).sum() + (mixed[0] == classes[1]).logical_and(classes[1] == 0).sum() >= 1
    taken = {int(k) for k in mixed[0].unique()} - {0}
    assert len(taken) in (1, 2)  # two of the four classes, of which one may be the background
    assert torch.equal(mixed[1], torch.where(classes[0] == 0, classes[0], classes[1]))  # its only class, whole
    assert all(torch.equal(a, b) for a, b in zip(pasted(nowhere(classes, 4, rng()), tensors), tensors, strict=True))


@covers("image_weight")
def test_images_count_alike_or_by_their_sure_pixels() -> None:
    values = {}
    for chosen in ("one", "share"):
        made, stage = begun("anatomical", image_weight=chosen, confident=1.0)
        values[chosen] = update(made, stage)["unsupervised"]
    assert values["share"] == 0
    assert values["one"] > 0


@covers("warp_by")
def test_a_batch_is_warped_as_a_whole_or_not_at_all() -> None:
    image = torch.arange(64.0).view(1, 1, 1, -1).expand(4, 1, 64, 64).contiguous()
    counts = {
        name: {int(((warp(image, 0.5, rng(seed)) - image).abs().amax((1, 2, 3)) > 1e-3).sum()) for seed in range(12)}
        for name, warp in WARPS.items()
    }
    assert counts["batch"] == {0, 4}
    assert counts["slice"] - {0, 4}


@covers("warp")
def test_a_warp_moves_images_by_little_and_labels_not_at_all() -> None:
    image = torch.arange(256.0).view(1, 1, 1, -1).expand(8, 1, 256, 256).contiguous()
    warped = random_warp(image, 1.0, rng())
    assert 0 < (warped - image).abs().max() <= STRENGTH_PX + 1e-3
    assert torch.equal(random_warp(image, 0.0, rng()), image)
    moved = (random_warp(image, 0.5, rng()) - image).abs().amax((1, 2, 3)) > 1e-2
    assert 0 < moved.sum() < 8
    plain, stage = begun("anatomical", mixing="none")
    bent, _ = begun("anatomical", mixing="none", warp=1.0)
    (one,), (two,) = (inputs_of(made.student.network.encoder[0], made, stage) for made in (plain, bent))
    assert torch.equal(one[:2], two[:2])
    assert not torch.equal(one[2:], two[2:])


@covers("mixed_view", "alteration")
def test_slices_are_altered_after_the_mixing_where_asked() -> None:
    shown = {}
    for chosen in ("none", "jitter_blur"):
        made, stage = begun("anatomical", alteration=chosen, mixed_view="plain", mixing="none")
        (seen,) = inputs_of(made.student.network.encoder[0], made, stage)
        shown[chosen] = seen[2:]
    stored = batch_for(stage, 1).unlabeled
    assert stored is not None
    assert torch.equal(shown["none"], stored.views["plain"])
    assert torch.equal(shown["jitter_blur"], jitter_and_blur(stored.views["plain"], clock(1, stage).rng))


@covers("unsupervised_over")
def test_the_loss_on_pseudo_labels_is_over_all_pixels_or_those_that_have_one() -> None:
    found = {}
    for chosen in ("all", "positive"):
        made, stage = begun("anatomical", unsupervised_over=chosen, image_weight="share", confident=0.0)
        found[chosen] = update(made, stage)["unsupervised"]
    assert found["positive"] == pytest.approx(found["all"], rel=1e-5)  # every pixel has one here: test_pseudo.py


@covers("contrast_weight")
def test_the_contrast_weighs_what_is_asked_and_is_left_out_at_0() -> None:
    made, stage = begun("anatomical", contrast_weight=0.3)
    values = update(made, stage)
    assert values["total"] == pytest.approx(
        values["supervised"] + values["unsupervised"] + 0.3 * values["contrast"], rel=1e-4
    )
    made, stage = begun("anatomical", contrast_weight=0.0)
    assert "contrast" not in update(made, stage)


@covers("representation_head")
def test_the_head_is_a_pyramid_or_the_released_convolution() -> None:
    assert type(action().representation) is RepresentationHead
    assert type(action(representation_head="convolved").representation) is ConvolvedHead


@covers("enlarging")
@pytest.mark.parametrize("head", ["pyramid", "convolved"])
def test_the_head_enlarges_as_asked(head: str) -> None:
    vectors = []
    for chosen in ("centres", "corners"):
        made = action(representation_head=head, enlarging=chosen).representation
        assert made.enlarging == chosen
        maps = [torch.arange(c * 4.0).view(1, c, 2, 2) for c in (256, 128, 64, 32, 16)]
        vectors.append(made.at(maps, torch.arange(16), (4, 4)))
    assert not torch.allclose(*vectors, atol=1e-3)


@covers("queries_for")
def test_queries_are_a_classs_or_the_batchs() -> None:
    moment = clock(0, stage_of(action(), "anatomical"))
    assert action(queries=8, keys=16).sampling(moment).queries == 8
    shared = action(queries=8, keys=16, queries_for="batch").sampling(moment)
    assert (shared.queries, shared.keys) == (2, 4)


@covers("similarity", "reduction", "negative_temperature", "hard_by", "negatives_from")
def test_choices_of_the_contrast_reach_its_sampling() -> None:
    moment = clock(0, stage_of(action(), "anatomical"))
    chosen = {"similarity": "dot", "reduction": "sum", "hard_by": "confidence", "negatives_from": "pixels"}
    made = action(negative_temperature=2.0, **chosen).sampling(moment)
    assert made == Sampling(6, 8, 10, 0.97, 0.5, 2.0, "dot", "sum", "confidence", "pixels")


def test_a_higher_temperature_evens_the_shares_of_negatives() -> None:
    means = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.2], [0.0, 1.0]]), dim=1)
    low, high = (negative_shares(means, torch.ones(3).bool(), t)[0] for t in (0.1, 10.0))
    assert low[1] > 0.99
    assert high[1] == pytest.approx(0.5, abs=0.05)


@covers("valid")
def test_unsure_pixels_stay_out_of_the_contrast(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: dict[float, float] = {}
    for threshold in (0.0, 1.0):
        made, stage = begun("anatomical", valid=threshold)
        kept = made.contrasts

        def spy(maps, membership, labeled, moment, threshold=threshold, kept=kept):
            counted[threshold] = membership[len(labeled) :].sum().item()
            return kept(maps, membership, labeled, moment)

        monkeypatch.setattr(made, "contrasts", spy)
        update(made, stage)
    assert counted == {0.0: 2.0 * SIZE * SIZE, 1.0: 0.0}

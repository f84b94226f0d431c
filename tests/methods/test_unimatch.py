"""UniMatch: which views learn which labels, boxes, perturbed features."""

import math
from typing import Any

import pytest
import torch

from methods import registry
from methods.parts.fidelity import FIDELITIES
from methods.parts.supervised import DICE_SMOOTH
from methods.unimatch import CRITERIA, UniMatch
from tests.contract.toy import SIZE, batch_for
from tests.methods.toy_runs import clock, logits, made, moved, weights_after


def caught(**overrides: Any) -> tuple[dict[str, float], torch.Tensor, torch.Tensor, UniMatch, Any]:
    """Return one update's terms, the images that went in and the logits that came out."""
    method, stage = made("unimatch", **overrides)
    assert isinstance(method, UniMatch)
    seen, encode, decode = [], method.student.encode, method.student.decode
    method.student.encode = lambda images: (seen.append(images), encode(images))[1]
    method.student.decode = lambda maps: (out := decode(maps), seen.append(out.logits))[0]
    batch = batch_for(stage)
    values = {k: float(v) for k, v in method.step(batch, clock()).items()}
    return values, seen[0], seen[1], method, batch


def test_the_terms_equal_the_loop_over_sure_pixels() -> None:
    """With no boxes and no dropped channels every view learns its own weak labels."""
    values, images, out, _, batch = caught(confident=0.3, box_probability=0.0, dropped=0.0)
    for place, view in ((2, "weak"), (4, "strong"), (6, "strong_b")):
        assert torch.equal(images[place : place + 2], batch.view(view)[1])
    chances = out.detach().softmax(1)
    sure = (chances[2:4].amax(1) >= 0.3).flatten().tolist()
    labels = chances[2:4].argmax(1).flatten().tolist()
    found = []
    for first in (4, 6, 8):
        scores = []
        for k in range(4):
            p = [v for v, counts in zip(chances[first : first + 2, k].flatten().tolist(), sure, strict=True) if counts]
            own = [label == k for label, counts in zip(labels, sure, strict=True) if counts]
            overlap = sum(v for v, mine in zip(p, own, strict=True) if mine)
            size = sum(v * v for v in p) + sum(own)
            scores.append((2 * overlap + DICE_SMOOTH) / (size + DICE_SMOOTH))
        found.append(1 - sum(scores) / 4)
    assert values["images"] == pytest.approx((found[0] + found[1]) / 2, rel=1e-4)
    assert values["features"] == pytest.approx(found[2], rel=1e-4)
    assert values["total"] == pytest.approx(values["supervised"] + 0.5 * values["images"] + 0.5 * values["features"])


def test_cross_entropy_of_the_paper_equals_the_loop() -> None:
    found, sure = logits(), torch.zeros(2, 4, 4, dtype=torch.bool)
    sure[0, 1, 2] = sure[1, 3, 0] = True
    slow = sum(-math.log(found[n, :, y, x].softmax(0)[1].item()) for n, y, x in torch.nonzero(sure).tolist())
    labels = torch.ones(2, 4, 4, dtype=torch.int64)
    assert CRITERIA["cross_entropy"](found, labels, sure).item() == pytest.approx(slow / 32, rel=1e-5)


def test_strong_views_are_mixed_by_boxes_of_their_own_and_labels_with_them() -> None:
    _, images, _, _, batch = caught(box_probability=1.0)
    pasted = []
    for place, view in ((4, "strong"), (6, "strong_b")):
        own, mixed = batch.view(view)[1], images[place : place + 2]
        inside = (own != mixed)[:, 0]
        assert torch.equal(mixed, torch.where(inside.unsqueeze(1), own.roll(-1, 0), own))
        assert (inside.flatten(1).float().mean(1) < 0.45).all()
        pasted.append(inside)
    assert not torch.equal(*pasted)


def test_no_gradient_reaches_the_weak_view_or_the_labelled_one() -> None:
    _, _, out, method, batch = caught(confident=0.0, supervised_weight=0.0)
    assert torch.isfinite(out).all()
    kept = []
    decode = method.student.decode
    method.student.decode = lambda maps: (made := decode(maps), made.logits.retain_grad(), kept.append(made.logits))[0]
    method.step(batch, clock())
    assert not kept[0].grad[:4].any()
    assert all(kept[0].grad[place : place + 2].any() for place in (4, 6, 8))


def test_perturbed_features_are_those_of_the_weak_view_short_of_channels() -> None:
    _, _, _, method, _ = caught()
    encoded = method.student.eval().encode(torch.rand(2, 1, SIZE, SIZE))
    for level, found in zip(encoded, method.perturbed(encoded, clock()), strict=True):
        kept = (found != 0).any(3).any(2)
        assert 0.2 < kept.float().mean() < 0.8
        torch.testing.assert_close(found[kept], 2 * level[kept])


def test_a_further_slice_is_pasted_with_its_own_labels_of_evaluation_mode() -> None:
    method, stage = made("unimatch", partner="other", box_probability=1.0, confident=0.0, dropped=0.0)
    assert isinstance(method, UniMatch)
    assert stage.draw.unlabeled == 4
    batch, seen = batch_for(stage), []
    encode = method.student.encode
    method.student.encode = lambda images: (seen.append((method.student.training, images)), encode(images))[1]
    method.step(batch, clock())
    (first, partners), (second, images) = seen
    assert (first, second) == (False, True)
    assert torch.equal(partners, batch.view("weak")[1][2:])
    for place, view in ((4, "strong"), (6, "strong_b")):
        own, other = batch.view(view)[1].chunk(2)
        mixed = images[place : place + 2]
        assert torch.equal(mixed, torch.where(own != mixed, other, own))
        assert (own != mixed).any()


@pytest.mark.parametrize("off", ["image_weight", "feature_weight"])
def test_either_term_moves_the_weights(off: str) -> None:
    assert moved(
        weights_after("unimatch", confident=0.0, **{off: 0.0}), weights_after("unimatch", unsupervised_weight=0.0)
    )


def test_the_papers_and_the_codes_values() -> None:
    chosen = {name: registry.configure("unimatch", name, {}) for name in FIDELITIES}
    assert [config.criterion for config in chosen.values()] == ["cross_entropy", "dice", "dice"]
    for field, official, ours in (
        ("passes", "apart", "together"),
        ("partner", "other", "next"),
        ("box_fit", "redrawn", "cut"),
    ):
        assert [getattr(config, field) for config in chosen.values()] == [ours, official, ours]
    assert [config.supervised_weight for config in chosen.values()] == [0.5, 0.5, 1.0]

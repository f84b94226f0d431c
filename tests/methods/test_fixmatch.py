"""FixMatch: who is sure, who learns, the released variant."""

import math

import pytest
import torch

from methods import registry
from methods.fixmatch import CRITERIA, LABELINGS
from methods.parts.complement import COMPLEMENTS, against_least_likely
from methods.parts.fidelity import FIDELITIES
from tests.contract.toy import batch_for
from tests.methods.toy_runs import clock, logits, made


def test_only_sure_pixels_count() -> None:
    chances = torch.tensor([[0.96, 0.02, 0.02], [0.05, 0.9, 0.05], [0.01, 0.02, 0.97]]).T.view(1, 3, 1, 3)
    classes, counted = LABELINGS["ignored"](chances, 0.95)
    assert classes.tolist() == [[[0, 1, 2]]]
    assert counted.tolist() == [[[True, False, True]]]


def test_the_released_code_teaches_unsure_pixels_as_background() -> None:
    chances = torch.tensor([[0.05, 0.05, 0.9], [0.2, 0.5, 0.3], [0.3, 0.1, 0.6]]).T.view(1, 3, 1, 3)
    classes, counted = LABELINGS["background"](chances, 0.8)
    assert classes.tolist() == [[[2, 0, 2]]]  # (0.5 - 0.2) / 0.5 = 0.6 is too little, (0.6 - 0.1) / 0.6 = 0.83 is not
    assert counted.all()


def test_the_loss_equals_the_loop_over_sure_pixels() -> None:
    weak, strong = logits(seed=1).softmax(1), logits(seed=2)
    classes, counted = LABELINGS["ignored"](weak, 0.7)
    slow = 0.0
    for n, y, x in torch.cartesian_prod(*(torch.arange(k) for k in classes.shape)).tolist():
        chances = weak[n, :, y, x].tolist()
        if max(chances) >= 0.7:
            slow -= math.log(strong[n, :, y, x].softmax(0)[chances.index(max(chances))].item())
    assert CRITERIA["cross_entropy"](strong, classes, counted).item() == pytest.approx(slow / classes.numel(), rel=1e-5)


def test_the_complementary_term_equals_the_loop() -> None:
    weak, strong = logits(seed=1).softmax(1), logits(seed=2).softmax(1)
    evenness = []
    for n in range(2):
        for k in range(3):
            shares = (strong[n, k] / strong[n, k].sum()).flatten().tolist()
            evenness.append(1 + sum(p * math.log(p) for p in shares) / math.log(16))
    losses = []
    for n, y, x in torch.cartesian_prod(torch.arange(2), torch.arange(4), torch.arange(4)).tolist():
        least = weak[n, :, y, x].argmin().item()
        turned = [math.exp(1 - p) for p in strong[n, :, y, x].tolist()]
        losses.append(-math.log(turned[int(least)] / sum(turned)))
    slow = (sum(evenness) / len(evenness)) ** 2 * sum(losses) / len(losses)
    assert against_least_likely(weak, strong).item() == pytest.approx(slow, rel=1e-4)
    assert COMPLEMENTS["free"](weak, strong).item() == 0


def test_order_of_slices_does_not_matter() -> None:
    weak, strong = logits(seed=1).softmax(1), logits(seed=2)
    classes, counted = LABELINGS["ignored"](weak, 0.7)
    found = CRITERIA["both"](strong, classes, counted)
    torch.testing.assert_close(CRITERIA["both"](strong.flip(0), classes.flip(0), counted.flip(0)), found)


@pytest.mark.parametrize("fidelity", FIDELITIES)
def test_the_step_logs_that_loss_with_labels_of_the_weak_views(fidelity: str) -> None:
    method, stage = made("fixmatch", fidelity, confident=0.3)
    seen = []
    method.get_submodule("student").register_forward_hook(lambda _, args, out: seen.append((args[0], out.detach())))
    batch = batch_for(stage)
    value = method.step(batch, clock())["unsupervised"]
    images, out = (torch.cat(parts) for parts in zip(*seen, strict=True))
    assert [len(one) for one, _ in seen] == ([4, 4] if fidelity == "official" else [6])
    assert torch.equal(images[2:4], batch.view("weak")[1])
    assert torch.equal(images[-2:], batch.view("strong")[1])
    config = registry.configure("fixmatch", fidelity, {})
    chances = out[:4].softmax(1)
    expected = CRITERIA[config.criterion](out[-2:], *LABELINGS[config.unsure](chances[2:], 0.3))
    avoided = COMPLEMENTS[config.least_likely]
    expected = expected + avoided(chances[-len(out[4:]) :], out[4:].softmax(1))
    assert float(value) == pytest.approx(expected.item(), rel=1e-5)


def test_officially_labelled_slices_have_a_strong_view_that_the_complementary_term_is_over() -> None:
    found = []
    for complement in ("unlabeled", "all"):
        method, stage = made("fixmatch", "official", strong_slices=complement)
        kept = []
        method.get_submodule("student").register_forward_hook(
            lambda _, args, out, kept=kept: (out.retain_grad(), kept.append((args[0], out)))[1]
        )
        batch = batch_for(stage)
        method.step(batch, clock())
        found.append(kept)
    (_, (few, _)), (_, (all_of_them, out)) = found
    assert (len(few), len(all_of_them)) == (2, 4)
    assert torch.equal(all_of_them[:2], batch.view("strong")[0])
    assert out.grad[:2].any()


def test_no_gradient_reaches_the_weak_views() -> None:
    method, stage = made("fixmatch", confident=0.0, supervised_weight=0.0)
    kept = []
    method.get_submodule("student").register_forward_hook(lambda _, __, out: (out.retain_grad(), kept.append(out))[1])
    method.step(batch_for(stage), clock())
    assert not kept[0].grad[:4].any()
    assert kept[0].grad[4:].any()


def test_the_papers_and_the_codes_values() -> None:
    chosen = {name: registry.configure("fixmatch", name, {}) for name in FIDELITIES}
    assert [config.confident for config in chosen.values()] == [0.95, 0.8, 0.95]
    assert [config.unsupervised_weight for config in chosen.values()] == [1.0, 0.1, 1.0]
    assert [config.passes for config in chosen.values()] == ["together", "apart", "together"]
    assert [config.strong_slices for config in chosen.values()] == ["unlabeled", "all", "unlabeled"]
    assert [config.unsupervised_steps for config in chosen.values()] == [0, 200, 0]
    assert [config.unsure for config in chosen.values()] == ["ignored", "background", "ignored"]

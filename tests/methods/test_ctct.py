"""Cross teaching: who learns whose labels, with which optimiser; sizes the transformer takes."""

from typing import Any

import pytest
import torch

from methods import registry
from methods.base import Stage
from methods.ctct import CrossTeaching
from methods.parts.fidelity import FIDELITIES
from methods.parts.supervised import DICE_SMOOTH
from tests.contract.toy import TASK, batch_for
from tests.methods.toy_runs import clock, made, moved, weights_after


def begun(fidelity: str = "fixed", **overrides: Any) -> tuple[CrossTeaching, Stage]:
    method, stage = made("ctct", fidelity, **overrides)
    assert isinstance(method, CrossTeaching)
    return method, stage


def caught(method: CrossTeaching, stage: Stage) -> tuple[dict[str, float], list[torch.Tensor]]:
    """Return one update's terms and the logits of the CNN and of the transformer."""
    seen: list[torch.Tensor] = []
    hooks = [net.register_forward_hook(lambda _, __, out: seen.append(out)) for net in (method.cnn, method.transformer)]
    values = {k: float(v) for k, v in method.step(batch_for(stage), clock()).items()}
    for hook in hooks:
        hook.remove()
    return values, seen


def slow_dice(logits: torch.Tensor, teaching: torch.Tensor) -> float:
    """Return the Dice loss of logits to the likeliest classes of others, pixel by pixel."""
    chances, labels, total = logits.detach().softmax(1), teaching.argmax(1).flatten().tolist(), 0.0
    for k in range(logits.shape[1]):
        p = chances[:, k].flatten().tolist()
        overlap = sum(value for value, label in zip(p, labels, strict=True) if label == k)
        size = sum(value * value for value in p) + labels.count(k)
        total += (2 * overlap + DICE_SMOOTH) / (size + DICE_SMOOTH)
    return 1 - total / logits.shape[1]


def test_each_learns_the_others_labels_of_unlabelled_slices() -> None:
    values, (cnn, transformer) = caught(*begun(ramp=0.0))
    assert values["crossed"] == pytest.approx(slow_dice(cnn[2:], transformer[2:]), rel=1e-4)
    assert values["transformer_crossed"] == pytest.approx(slow_dice(transformer[2:], cnn[2:]), rel=1e-4)
    assert values["total"] == pytest.approx(values["supervised"] + 0.1 * values["crossed"])


def test_no_gradient_passes_between_the_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    method, stage = begun()
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr("methods.ctct.descend", lambda _, **terms: (calls.append(terms), {})[1])
    method.step(batch_for(stage), clock())
    networks = [list(network.parameters()) for network in (method.cnn, method.transformer)]
    for terms, own, other in zip(calls, networks, networks[::-1], strict=True):
        _, crossed = terms["crossed"]
        mine = torch.autograd.grad(crossed, own, retain_graph=True, allow_unused=True)
        assert any(slope is not None and slope.any() for slope in mine)
        assert not any(slope is not None for slope in torch.autograd.grad(crossed, other, allow_unused=True))


def test_the_term_moves_the_weights_of_both() -> None:
    keys = moved(weights_after("ctct", weight=1.0, ramp=0.0), weights_after("ctct", weight=0.0))
    assert any(key.startswith("cnn") for key in keys)
    assert any(key.startswith("transformer") for key in keys)


def test_without_the_term_the_cnn_trains_as_if_alone() -> None:
    one, other = (weights_after("ctct", weight=0.0, transformer=name) for name in ("unet:mit_b0", "unet:mit_b1"))
    shared = {key: value for key, value in one.items() if key.startswith("cnn")}
    assert shared
    assert not moved(shared, other)


@pytest.mark.parametrize("size", [32, 96, 128])
def test_the_transformer_takes_any_size_that_32_divides(size: int) -> None:
    method, _ = begun()
    method.eval()
    assert method.transformer(torch.zeros(1, 1, size, size)).shape == (1, TASK.classes, size, size)


def test_it_has_attention_and_the_cnn_has_none() -> None:
    method, _ = begun()
    kinds = [{type(part).__name__ for part in net.modules()} for net in (method.cnn, method.transformer)]
    assert ["Attention" in found for found in kinds] == [False, True]


def test_paper_and_code_agree_but_for_the_steps_of_the_weight() -> None:
    assert len({registry.configure("ctct", name, {"ramp_steps": 0}) for name in FIDELITIES}) == 1
    steps = [registry.configure("ctct", name, {}).model_dump()["ramp_steps"] for name in FIDELITIES]
    assert steps == [0, 200, 0]
    method, _ = begun()
    assert all(isinstance(optimizer, torch.optim.SGD) for optimizer in method.optimizers)


@pytest.mark.parametrize("fidelity", FIDELITIES)
def test_the_rate_does_not_lag(fidelity: str) -> None:
    method, stage = begun(fidelity)
    factors = [trained.schedule(clock(1, 100)) for trained in method.begin(stage).values()]
    assert factors == pytest.approx([0.99**0.9] * 2)

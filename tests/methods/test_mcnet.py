"""MC-Net: sharpening, the pairs of decoders, and where the gaps' gradient goes."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from data.batch import Batch
from methods import mcnet, registry
from methods.base import Stage
from methods.errors import MethodUsageError
from methods.mcnet import McNetConfig, MutualConsistency, mutual_gaps, sharpened
from methods.networks.unet import NearestUNet, TransposedUNet, UNet
from methods.parts.certainty import probabilities
from methods.parts.supervised import segmentation_loss
from tests.contract.toy import batch_for
from tests.methods.toy_runs import clock, logits, made, moved, weights_after
from tests.thin_network import thin_network

PARTS = {"first": "network.decoder", "second": "others.0.segmenter", "encoder": "network.encoder"}


@pytest.fixture(autouse=True)
def thin() -> Iterator[None]:
    """Let every test here train thin networks."""
    with thin_network():
        yield


def method(fidelity: str = "fixed", **overrides: object) -> tuple[MutualConsistency, Stage]:
    built, stage = made("mcnet", fidelity, **overrides)
    assert isinstance(built, MutualConsistency)
    return built, stage


def seen_in_a_step(built: MutualConsistency, stage: Stage) -> tuple[list[Tensor], dict[str, Tensor | float]]:
    """Return each decoder's logits, and the logged terms."""
    first, others = [], []
    decode = built.network.decode
    built.network.decode = lambda encoded: first.append(decode(encoded)) or first[-1]
    for part in built.others:
        part.register_forward_hook(lambda _, __, out: others.append(out))
    values = built.step(batch_for(stage), clock())
    return [first[0].logits, *others], dict(values)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0])
def test_sharpening_equals_numpys(temperature: float) -> None:
    given = np.linspace(0, 1, 101)
    power = 1 / temperature
    wanted = given**power / (given**power + (1 - given) ** power)
    torch.testing.assert_close(sharpened(torch.from_numpy(given), temperature), torch.from_numpy(wanted))


def test_sharpening_has_known_values_and_no_sum_of_one() -> None:
    # 0.6^10 / (0.6^10 + 0.4^10) = 1 / (1 + (2/3)^10)
    chances = torch.tensor([0.0, 0.5, 0.6, 1.0], dtype=torch.float64)
    assert sharpened(chances, 0.1).tolist() == pytest.approx([0, 0.5, 1 / (1 + (2 / 3) ** 10), 1])
    third = torch.full((1, 3, 1, 1), 1 / 3, dtype=torch.float64)
    assert sharpened(third, 0.1).sum().item() == pytest.approx(3 / (1 + 2**10))


def test_sharpening_has_finite_gradients_at_its_ends() -> None:
    chances = torch.tensor([0.0, 1e-30, 1.0], requires_grad=True)
    sharpened(chances, 0.1).sum().backward()
    assert chances.grad is not None and chances.grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize("count", [2, 3])
def test_the_gaps_equal_the_loop_over_ordered_pairs(count: int) -> None:
    predicted = [probabilities(logits(seed=seed)) for seed in range(count)]
    targets = [sharpened(one, 0.1) for one in predicted]
    total = 0.0
    for one in range(count):
        for other in range(count):
            if one != other:
                total += float(((predicted[one] - targets[other]) ** 2).sum()) / predicted[one].numel()
    assert mutual_gaps(predicted, targets).item() == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("decoders", [2, 3])
def test_the_terms_equal_the_loop_over_decoders_on_all_slices(decoders: int) -> None:
    built, stage = method(decoders=decoders)
    found, values = seen_in_a_step(built, stage)
    assert len(found) == decoders
    known = [segmentation_loss(one[:2], batch_for(stage).masks).item() for one in found]
    assert float(values["supervised"]) == pytest.approx(sum(known) / 2, rel=1e-5)
    chances = [one.softmax(1) for one in found]
    gaps = [
        ((mine - sharpened(others, 0.1)) ** 2).mean().item()
        for mine in chances
        for others in chances
        if mine is not others
    ]
    assert len(gaps) == decoders * (decoders - 1)
    assert float(values["consistency"]) == pytest.approx(sum(gaps), rel=1e-5)


def test_under_official_half_a_dice_loss_of_each_decoder_counts() -> None:
    built, stage = method("official")
    found, values = seen_in_a_step(built, stage)
    masks = batch_for(stage).masks
    total = 0.0
    for one in found:
        chances = one[:2].softmax(1)
        for kind in range(4):
            own = (masks == kind).float()
            overlap = (chances[:, kind] * own).sum() / ((chances[:, kind] ** 2).sum() + own.sum())
            total += (0.5 - overlap.item()) / 4  # the released term is 1 - overlap: more by a constant
    assert float(values["supervised"]) == pytest.approx(total, rel=1e-4)


def slow_loss(built: MutualConsistency, batch: Batch) -> Tensor:
    """Return an update's loss with its targets, written out for two decoders, at a weight of 3."""
    encoded = built.network.encode(torch.cat(batch.view("weak")))
    found = [built.network.decode(encoded).logits, built.others[0](encoded)]
    one, two = (logits.softmax(1) for logits in found)
    aims = [sharpened(chances, 0.1) for chances in (two, one)]
    if built.config.target == "constant":
        aims = [aim.detach() for aim in aims]
    known = sum(segmentation_loss(logits[:2], batch.masks) for logits in found) / 2
    return known + 3 * (((one - aims[0]) ** 2).mean() + ((two - aims[1]) ** 2).mean())


@pytest.mark.parametrize("target", ["constant", "free"])
def test_a_gradient_flows_into_targets_only_where_they_are_free(target: str) -> None:
    built, stage = method(target=target, weight=3.0, ramp=0.0, lr=1e-9)
    for part in built.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    other, batch = copy.deepcopy(built), batch_for(stage)
    built.step(batch, clock())
    slow_loss(other, batch).backward()
    for mine, theirs in zip(built.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-3, atol=1e-5)


def test_the_gap_moves_both_decoders_and_the_encoder() -> None:
    with_gap = weights_after("mcnet", weight=100.0, ramp=0.0)
    changed = moved(with_gap, weights_after("mcnet", weight=0.0))
    assert all(any(key.startswith(part) for key in changed) for part in PARTS.values())


def test_the_twin_teaches_both_decoders_by_labels() -> None:
    after = weights_after("mcnet", weight=0.0, weight_decay=0.0)
    before = {key: value.detach() for key, value in method()[0].named_parameters()}
    changed = moved(before, after)
    assert all(any(key.startswith(part) for key in changed) for part in PARTS.values())


def test_the_reported_network_is_a_unet_and_the_others_enlarge_otherwise() -> None:
    built, _ = method(decoders=3)
    assert list(built.predictors()) == ["network"]
    assert type(built.network) is UNet
    assert [type(part.segmenter) for part in built.others] == [TransposedUNet, NearestUNet]


@pytest.mark.parametrize(("fidelity", "steps"), [("official", (0, 1, 200)), ("fixed", (0, 149 / 150, 199.9933))])
def test_the_weight_grows_an_update_ahead_and_in_steps_under_official(
    fidelity: str, steps: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    built, stage = method(fidelity)
    weighed = list[float]()

    def noted(optimizer: object, *, supervised: Tensor, consistency: tuple[float, Tensor]) -> dict[str, Tensor]:
        weighed.append(consistency[0])
        return {"supervised": supervised}

    monkeypatch.setattr(mcnet, "descend", noted)
    for update in (0, 149, 29_999):
        built.step(batch_for(stage), clock(update, 30_000))
    assert weighed == pytest.approx([0.1 * math.exp(-5 * (1 - step / 200) ** 2) for step in steps], rel=1e-5)


def test_the_codes_values() -> None:
    official, fixed = (registry.configure("mcnet", name, {}) for name in ("official", "fixed"))
    assert isinstance(official, McNetConfig) and isinstance(fixed, McNetConfig)
    assert (official.target, official.supervised, official.lr_power) == ("free", "dice", 0.0)
    assert (fixed.target, fixed.supervised, fixed.lr_power) == ("constant", "cross_entropy_dice", 0.9)
    assert [(one.weight, one.temperature, one.decoders, one.ramp) for one in (official, fixed)] == [
        (0.1, 0.1, 2, 1)
    ] * 2


@pytest.mark.parametrize(("field", "value"), [("decoders", 4), ("temperature", 0.0), ("target", "both")])
def test_a_value_out_of_bounds_is_named(field: str, value: object) -> None:
    with pytest.raises(MethodUsageError, match=f"--set {field}={value}"):
        registry.configure("mcnet", "fixed", {field: value})

"""ACTION++'s stage iii: three updates are the released code's; so are its temperatures."""

import copy

import numpy as np
import pytest
import torch

from methods import registry
from methods.action_plus import ActionPlus
from methods.base import Clock
from methods.parts.temperature import cosine_temperature
from tests.methods.golden.conftest import Compare
from tests.methods.golden.pixel_draws import Contrasted, of_classes
from tests.methods.golden.released import TOTAL, Given, Watched, drawn, load, match, update_of
from tests.methods.golden.test_golden_action_finetuning import begun, given, sees_the_same, stored_batch, watched

EPOCHS, MEMORY, WIDTH = 100, 2048, 496


class Labeled(Contrasted):
    """The pixels of both contrasts."""

    def given(self) -> dict[str, object]:
        """Return the functions to give to a clock."""
        return {**super().given(), "memory_pixels": self.of_labels}

    def of_labels(self, membership: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return labelled pixels (classes, count) of each class."""
        return self.members("centre_pixels", of_classes(membership), count)


@torch.no_grad()
def remembering(method: ActionPlus) -> ActionPlus:
    """Give a method the centres, the memory and the class means that the released code began with."""
    corners = np.eye(4) - 1 / 4
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    basis = np.linalg.qr(drawn(9500).standard_normal((WIDTH, 4)))[0]
    method.centres.copy_(torch.from_numpy(corners @ basis.T))
    entries = drawn(9501, 0).standard_normal((WIDTH, MEMORY))
    method.memory.vectors.copy_(torch.from_numpy((entries / np.linalg.norm(entries, axis=0)).T))
    means = drawn(9501, 1).standard_normal((4, WIDTH))
    method.running.means.copy_(torch.from_numpy(means / np.linalg.norm(means, axis=1, keepdims=True)))
    return method


def step_at(method: ActionPlus, number: int, epoch: int, pixels: Labeled) -> dict[str, object]:
    """Make an update at the rate of its number and the temperatures of its epoch, which the stored ones combine."""
    (trained,) = method.trained.values()
    for group in trained.optimizer.param_groups:
        group["lr"] = group["initial_lr"] * trained.schedule(Given(number))
    at = Given(epoch * TOTAL // EPOCHS, **given(pixels.there, number), **pixels.given())
    return dict(method.step(stored_batch(2, number), at))


def test_three_updates_of_stage_iii_are_the_released_ones(compare: Compare) -> None:
    method = begun("action_plus", 2, memory=MEMORY)
    assert isinstance(method, ActionPlus)
    remembering(method)
    first = load("action_plus_finetuning")["draw/centres"].shape[1]
    compare("action_plus", "centres", method.centres[:, :first], load("action_plus_finetuning")["draw/centres"])
    parts: dict[str, Watched] = watched(method)
    for number in range(3):
        there = update_of("action_plus_finetuning", f"u{number}")
        pixels, before = Labeled(there), copy.deepcopy(method)
        terms = step_at(method, number, int(there["epoch_of_100"]), pixels)
        compare("action_plus", "rate", method.optimizer.param_groups[0]["lr"], there["lr"])
        for term in ("total", "supervised", "unsupervised", "contrast"):
            compare("action_plus", "loss", terms[term], there[f"loss/{term}"])
        compare("action_plus", "loss", terms["adaptive"], there["loss/centres"])
        match(compare, "action_plus", parts, there)
        pixels.matches(compare, "action_plus")
        sees_the_same(compare, before, stored_batch(2, number), pixels, there, number)
        compare("action_plus", "class means", method.running.means[:, :first], there["class_centroid"])
        compare("action_plus", "memory", method.memory.pointer, there["queue_pointer"])
        clock = Clock(int(there["epoch_of_100"]) * TOTAL // EPOCHS, TOTAL, torch.Generator())
        compare("action_plus", "temperatures", method.sampling(clock).temperature, there["temperature"])
        compare("action_plus", "temperatures", method.sharpness(clock).temperature, there["temperature_centres"])


@pytest.mark.parametrize(("row", "period"), enumerate((0.1, 0.2, 0.5, 1.0)))
def test_temperatures_by_epoch_are_the_released_ones(compare: Compare, row: int, period: float) -> None:
    there = load("losses")["action_plus/temperature_by_epoch"][row]
    mine = [cosine_temperature(epoch / EPOCHS, 0.1, 1.0, period) for epoch in range(EPOCHS)]
    compare("action_plus", "temperatures", mine, there)


def test_temperatures_of_the_centres_keep_their_value_through_an_epoch(compare: Compare) -> None:
    config = registry.configure("action_plus", "official", {})
    method = begun("action_plus", 2)
    assert isinstance(method, ActionPlus)
    assert (config.temperature_steps, config.period) == (EPOCHS, 0.1)  # type: ignore[attr-defined]
    for within in (0, 1, TOTAL // EPOCHS - 1):
        clocks = (Clock(epoch * TOTAL // EPOCHS + within, TOTAL, torch.Generator()) for epoch in range(EPOCHS))
        mine = [method.sharpness(clock).temperature for clock in clocks]
        compare("action_plus", "temperatures", mine, load("losses")["action_plus/temperature_centres_by_epoch"])

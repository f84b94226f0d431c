"""Supervised training: what it draws, what it descends."""

import pytest
import torch

from methods.parts.supervised import segmentation_loss
from tests.contract.toy import BUDGET, batch_for
from tests.methods.toy_runs import clock, made, moved, weights_after


def test_it_draws_labelled_slices_only_and_as_many_as_others() -> None:
    method, stage = made("supervised")
    assert (stage.draw.labeled, stage.draw.unlabeled) == (BUDGET.labeled, 0)
    assert [one.updates for one in method.stages(BUDGET)] == [BUDGET.updates]


def test_the_total_is_the_loss_of_the_labelled_slices() -> None:
    method, stage = made("supervised")
    batch = batch_for(stage)
    torch.manual_seed(0)
    seen = made("supervised")[0].network(batch.labeled.views["weak"])
    torch.manual_seed(0)
    values = method.step(batch, clock())
    assert float(values["total"]) == pytest.approx(segmentation_loss(seen, batch.masks).item(), rel=1e-5)


def test_a_step_moves_the_weights_by_the_rate() -> None:
    still = weights_after("supervised", lr=1e-9)
    assert moved(weights_after("supervised"), still)

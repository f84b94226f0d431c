"""Methods that contrast slices, then parts of slices, then learn labels: the stages that they have in common."""

import pytest
import torch

from methods.parts.contrast import pair_contrast
from methods.parts.pretraining import Pretrained
from tests.contract.toy import batch_for
from tests.methods.toy_runs import begun, clock, moved_in

each = pytest.mark.parametrize("name", ["gcl", "scs"])


@each
def test_the_first_stage_draws_unlabelled_slices_and_trains_the_encoder(name: str) -> None:
    _, stage = begun(name, 0)
    assert (stage.draw.labeled, stage.draw.unlabeled) == (0, 4)
    moved = moved_in(name, 0, pretrain_decay=0.0)
    assert moved
    assert all(key.startswith(("network.encoder", "slice_head")) for key in moved)


@each
def test_its_term_is_the_contrast_of_the_slices_embeddings(name: str) -> None:
    method, stage = begun(name, 0)
    assert isinstance(method, Pretrained)
    seen: list[torch.Tensor] = []
    method.slice_head.register_forward_hook(lambda _, __, out: seen.append(out))
    batch = batch_for(stage)
    assert batch.unlabeled is not None
    value = method.step(batch, clock())["slices"]
    expected = pair_contrast(seen[0].detach(), *method.pairs(batch.unlabeled), 0.1)
    assert float(value) == pytest.approx(expected.item(), rel=1e-5)


@each
def test_the_last_stage_is_supervised_and_moves_the_network_only(name: str) -> None:
    moved = moved_in(name, 2)
    assert moved
    assert all(key.startswith("network") for key in moved)


@pytest.mark.parametrize(("fine_tuner", "factor"), [("adam", 1.0), ("sgd", 0.5**0.9)])
def test_adam_keeps_its_rate_and_sgd_lets_it_decay(fine_tuner: str, factor: float) -> None:
    method, stage = begun("gcl", 2, fine_tuner=fine_tuner)
    assert method.begin(stage)["network"].schedule(clock(50, 100)) == pytest.approx(factor)

"""Global and local contrast: which slices and regions pair, what is frozen, what moves."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from data.batch import Batch, Images
from methods import registry
from methods.base import Stage
from methods.errors import MethodError
from methods.gcl import GlobalLocalContrast
from methods.parts.fidelity import FIDELITIES
from tests.contract.toy import BUDGET, SIZE, TASK, batch_for, batch_of
from tests.methods import toy_runs
from tests.methods.toy_runs import clock, moved_in


def begun(number: int, fidelity: str = "fixed", **overrides: Any) -> tuple[GlobalLocalContrast, Stage]:
    method, stage = toy_runs.begun("gcl", number, fidelity, **overrides)
    assert isinstance(method, GlobalLocalContrast)
    return method, stage


def test_slices_pair_by_part_and_volume() -> None:
    """Slices: 0 and 1 in one part of two volumes, 2 in that part of volume 0, 3 the same slice as 0, 4 elsewhere."""
    images = Images({}, torch.tensor([0, 1, 0, 0, 1]), torch.tensor([0.30, 0.40, 0.45, 0.30, 0.90]))
    positive, negative = begun(0)[0].pairs(images)
    for view in (0, 5):
        assert torch.nonzero(positive[view + 0]).flatten().tolist() == sorted({0, 1, 3, 5, 6, 8} - {view})
        assert torch.nonzero(positive[view + 2]).flatten().tolist() == sorted({1, 2, 6, 7} - {view + 2})
        assert torch.nonzero(negative[view + 0]).flatten().tolist() == [4, 9]
        assert torch.nonzero(positive[view + 4]).flatten().tolist() == [9 - view]
        assert negative[view + 4].sum() == 8
    assert torch.equal(positive, positive.T)
    assert not (positive & negative).any()


def test_single_slices_are_each_apart_from_all_others() -> None:
    """They lie at the middle of volumes of one slice: by their place all would be one part, and nothing apart."""
    task = replace(TASK, planar=True)
    config = registry.configure("gcl", "fixed", {})
    method = registry.build("gcl", task, "unet", config, weights=None, seed=0)
    assert isinstance(method, GlobalLocalContrast)
    positive, negative = method.pairs(Images({}, torch.arange(3), torch.full((3,), 0.5)))
    assert torch.nonzero(positive).tolist() == [[0, 3], [1, 4], [2, 5], [3, 0], [4, 1], [5, 2]]
    assert torch.equal(negative, ~(positive | torch.eye(6, dtype=torch.bool)))
    (stage, *_) = method.stages(BUDGET)
    method.begin(stage)
    assert float(method.step(batch_of(task, stage, 0), clock())["slices"]) > 0.5


def test_slices_whose_part_can_be_seen_are_told_apart() -> None:
    """With four parts of four volumes equal embeddings cost ln 25; bars give the number of the part away."""
    method, stage = begun(0)
    draw = replace(stage.draw, unlabeled=16)
    rng = torch.Generator().manual_seed(0)
    part = torch.arange(16) % 4
    seen = torch.arange(SIZE) < 12 * (part + 1).view(-1, 1, 1, 1)
    losses = []
    for _ in range(12):
        views = {name: torch.rand(16, 1, SIZE, SIZE, generator=rng) + 3 * seen for name in draw.views}
        slices = Images(views, torch.arange(16) // 4, (part + 0.5) / 4)
        empty = Images({}, torch.arange(0), torch.arange(0.0))
        terms = method.step(Batch(empty, torch.empty(0, SIZE, SIZE), slices), clock())
        losses.append(float(terms["slices"]))
    assert losses[0] == pytest.approx(math.log(25), rel=0.2)
    assert losses[-1] < losses[0] / 4


def test_the_last_slice_is_in_the_last_part() -> None:
    images = Images({}, torch.tensor([0, 1]), torch.tensor([1.0, 0.8]))
    assert not begun(0)[0].pairs(images)[1].any()


def test_the_first_stage_draws_slices_by_part() -> None:
    _, stage = begun(0)
    assert stage.draw.by == "partition"


def test_the_second_stage_leaves_the_encoder_and_the_blocks_above_as_they_are() -> None:
    moved = moved_in("gcl", 1, blocks=2)
    assert any(key.startswith("region_head") for key in moved)
    assert {key.split(".")[2] for key in moved if key.startswith("network.decoder.")} == {"0", "1"}
    assert not any(key.startswith(("network.encoder", "network.classify", "slice_head")) for key in moved)


def test_regions_pair_with_themselves_under_the_other_view() -> None:
    """A map that is the same under both views, each region a direction of its own, costs what the formula says."""
    method, stage = begun(1, regions=4)
    seen: list[torch.Tensor] = []
    method.region_head.register_forward_hook(lambda _, __, out: seen.append(out.detach()))
    value = float(method.step(batch_for(stage), clock())["regions"])
    vectors = seen[0].flatten(2)
    assert vectors.shape[:2] == (8, 4)
    total = 0.0
    for n in range(4):
        both = torch.cat([vectors[n], vectors[n + 4]])
        cosines = torch.nn.functional.cosine_similarity(both.unsqueeze(1), both.unsqueeze(0), dim=2) / 0.1
        for a in range(8):
            others = [cosines[a, k].exp() for k in range(8) if k % 4 != a % 4]
            own = cosines[a, (a + 4) % 8].exp()
            total -= float((own / (own + sum(others))).log())
    assert value == pytest.approx(total / 32, rel=1e-4)


def test_without_their_weight_the_contrasts_move_nothing() -> None:
    assert not moved_in("gcl", 0, pretrain_weight=0.0)
    assert not moved_in("gcl", 1, pretrain_weight=0.0)


def test_the_papers_and_the_codes_values() -> None:
    chosen = {name: registry.configure("gcl", name, {}) for name in FIDELITIES}
    assert [config.blocks for config in chosen.values()] == [3, 1, 3]
    assert [config.fine_tuner for config in chosen.values()] == ["adam", "adam", "sgd"]
    for fidelity, kind in (("paper", torch.optim.Adam), ("fixed", torch.optim.SGD)):
        assert isinstance(begun(2, fidelity)[0].optimizer, kind)
        assert isinstance(begun(0, fidelity)[0].optimizer, torch.optim.Adam)


@pytest.mark.parametrize(("side", "blocks"), [(32, 1), (16, 2), (64, 0)])
def test_maps_with_room_for_one_region_are_refused_since_it_is_apart_from_nothing(side: int, blocks: int) -> None:
    method, stage = begun(1, blocks=blocks)
    words = r"^the maps of 4 x 4 that regions of 3 x 3 are compared in have room for fewer than two of them; take"
    with pytest.raises(MethodError, match=words):
        method.step(batch_for(stage, 0, side), clock())
    assert float(method.step(batch_for(stage, 0, 2 * side), clock())["regions"]) > 0

"""Semi-supervised contrast: which slices and pixels pair, what each stage draws and moves."""

from typing import Any

import pytest
import torch

from data.batch import Images
from methods import registry
from methods.base import Stage
from methods.parts.contrast import class_contrast
from methods.parts.fidelity import FIDELITIES
from methods.scs import GROUPINGS, SemiSupervisedContrast, by_block, by_stride, of_batch
from tests.contract.toy import SIZE, TASK, batch_for
from tests.methods import toy_runs
from tests.methods.toy_runs import clock, moved_in


def begun(number: int, fidelity: str = "fixed", **overrides: Any) -> tuple[SemiSupervisedContrast, Stage]:
    method, stage = toy_runs.begun("scs", number, fidelity, **overrides)
    assert isinstance(method, SemiSupervisedContrast)
    return method, stage


def test_views_of_a_slice_pair_and_all_other_slices_are_apart() -> None:
    images = Images({}, torch.tensor([0, 0, 0]), torch.tensor([0.0, 0.5, 0.0]))  # the first slice is there twice
    positive, negative = begun(0)[0].pairs(images)
    assert torch.nonzero(positive[1]).flatten().tolist() == [4]
    assert torch.nonzero(positive[0]).flatten().tolist() == [2, 3, 5]
    assert torch.nonzero(negative[0]).flatten().tolist() == [1, 4]
    assert torch.nonzero(negative[1]).flatten().tolist() == [0, 2, 3, 5]


def test_blocks_hold_neighbouring_pixels() -> None:
    maps = torch.rand(2, 3, 32, 48)
    groups = GROUPINGS["block"](maps)
    assert groups.shape == (2 * 2 * 3, 256, 3)
    for group, (n, row, column) in ((0, (0, 0, 0)), (5, (0, 1, 2)), (7, (1, 0, 1))):
        window = maps[n, :, 16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
        assert torch.equal(groups[group], window.flatten(1).T)


def test_blocks_get_smaller_where_the_map_asks_for_it() -> None:
    assert GROUPINGS["block"](torch.rand(1, 2, 24, 8)).shape == (3, 64, 2)


def test_a_stride_takes_each_fourth_pixel_of_a_slice() -> None:
    maps = torch.rand(2, 3, 32, 48)
    groups = GROUPINGS["stride"](maps)
    assert groups.shape == (2, 8 * 12, 3)
    assert torch.equal(groups[1, 13], maps[1, :, 4, 4])


@pytest.mark.parametrize("grouping", ["stride", "block"])
def test_the_second_stage_contrasts_labelled_pixels_by_their_class(grouping: str) -> None:
    method, stage = begun(1, grouping=grouping)
    assert stage.draw.unlabeled == 0
    seen: list[torch.Tensor] = []
    method.pixel_head.register_forward_hook(lambda _, __, out: seen.append(out))
    batch = batch_for(stage)
    value = float(method.step(batch, clock())["supervised"])
    labels = GROUPINGS[grouping](batch.masks.unsqueeze(1)).squeeze(2)
    assert seen[0].shape[:2] == labels.shape
    assert value == pytest.approx(class_contrast(seen[0].detach(), labels, TASK.classes, 0.1).item(), rel=1e-5)


def test_the_second_stage_trains_encoder_and_decoder() -> None:
    moved = moved_in("scs", 1, pretrain_decay=0.0)
    assert {key.split(".")[1] for key in moved if key.startswith("network")} == {"encoder", "decoder"}


def test_labels_follow_a_smaller_map() -> None:
    method, stage = begun(1, backbone="fpn:resnet18")
    seen: list[torch.Tensor] = []
    method.pixel_head.register_forward_hook(lambda _, __, out: seen.append(out))
    assert torch.isfinite(torch.as_tensor(method.step(batch_for(stage), clock())["supervised"]))
    assert seen[0].shape[1] == (SIZE // 4 // 4) ** 2


def test_a_scope_of_the_batch_joins_the_same_place_of_all_slices() -> None:
    maps = torch.rand(3, 2, 32, 16)
    blocks, whole = by_block(maps), of_batch(by_block(maps), 3)
    assert whole.shape == (2, 3 * 256, 2)
    assert torch.equal(whole[1], torch.cat([blocks[1], blocks[3], blocks[5]]))
    assert of_batch(by_stride(maps), 3).shape == (1, 3 * 8 * 4, 2)


@pytest.mark.parametrize("grouping", ["stride", "block"])
def test_officially_a_group_spans_the_batch_under_both_views(grouping: str) -> None:
    method, stage = begun(1, "official", grouping=grouping)
    assert stage.draw.views == ("strong", "strong_b")
    seen: list[torch.Tensor] = []
    method.pixel_head.register_forward_hook(lambda _, __, out: seen.append(out))
    batch = batch_for(stage)
    value = float(method.step(batch, clock())["supervised"])
    masks = batch.masks.unsqueeze(1).repeat(2, 1, 1, 1)
    labels = of_batch(GROUPINGS[grouping](masks), 4).squeeze(2)
    assert labels.shape == {"stride": (1, 4 * 256), "block": (16, 4 * 256)}[grouping]
    assert value == pytest.approx(class_contrast(seen[0].detach(), labels, TASK.classes, 0.1).item(), rel=1e-5)


def test_the_papers_and_the_codes_values() -> None:
    chosen = {name: registry.configure("scs", name, {}) for name in FIDELITIES}
    assert [config.between for config in chosen.values()] == ["relu", "nothing", "relu"]
    assert [config.scope for config in chosen.values()] == ["slice", "batch", "slice"]
    assert [config.fine_tuner for config in chosen.values()] == ["adam", "adam", "sgd"]
    assert isinstance(begun(0, "official")[0].slice_head[1], torch.nn.Identity)

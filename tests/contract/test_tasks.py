"""Every method on tasks unlike ACDC's: one structure or many, two channels, single slices, pixels nobody labelled."""

import math
from dataclasses import replace

import pytest
import torch

from data.batch import Batch, Images
from data.task import IGNORED, Task
from methods import registry
from methods.base import Stage
from tests.contract.toy import BUDGET, SIZE, batch_for, clock

TASKS = {
    "one structure": Task("toy", ("liver",)),
    "many structures": Task("toy", tuple(f"part {number}" for number in range(1, 20))),
    "two channels": Task("toy", ("RV", "Myo", "LV"), channels=2),
    "partial": Task("toy", ("RV", "Myo", "LV"), partial=True),
    "single slices": Task("toy", ("liver", "lesion"), planar=True),
}


def batch_of(task: Task, stage: Stage, seed: int) -> Batch:
    """Return a batch in which every class is, and of a partial task the lower half of each mask is nobody's."""
    batch = batch_for(stage, seed)
    rows = torch.arange(SIZE).mul(task.classes).div(SIZE, rounding_mode="floor")
    masks = rows.view(1, -1, 1).expand(len(batch.masks), SIZE, SIZE).clone()
    if task.partial:
        masks[:, SIZE // 2 :] = IGNORED
    labeled = of_task(batch.labeled, task)
    return Batch(labeled, masks, None if batch.unlabeled is None else of_task(batch.unlabeled, task))


def of_task(images: Images, task: Task) -> Images:
    """Return images with a task's channels; those of a set of single slices are each a volume, at its middle."""
    images = widened(images, task.channels)
    if not task.planar:
        return images
    return replace(images, case=torch.arange(len(images.case)), position=torch.full_like(images.position, 0.5))


def widened(images: Images, channels: int) -> Images:
    views = {name: torch.cat([view, *[1 - view] * (channels - 1)], 1) for name, view in images.views.items()}
    return replace(images, views=views)


@pytest.mark.parametrize("kind", TASKS)
def test_trains_in_every_stage(name: str, kind: str) -> None:
    task = TASKS[kind]
    method = registry.build(name, task, "unet", registry.configure(name, "fixed", {}), weights=None, seed=0)
    for stage in method.stages(BUDGET):
        method.train()
        method.begin(stage)
        torch.manual_seed(0)
        values = method.step(batch_of(task, stage, 0), clock(0, stage))
        assert all(math.isfinite(torch.as_tensor(value).item()) for value in values.values())
    for predictor in method.eval().predictors().values():
        assert predictor(torch.zeros(1, task.channels, SIZE, SIZE)).shape == (1, task.classes, SIZE, SIZE)


def test_where_nobody_labelled_anything_no_label_teaches(name: str) -> None:
    task = TASKS["partial"]
    method = registry.build(name, task, "unet", registry.configure(name, "fixed", {}), weights=None, seed=0)
    stage = method.stages(BUDGET)[-1]
    method.train()
    method.begin(stage)
    torch.manual_seed(0)
    batch = batch_of(task, stage, 0)
    empty = replace(batch, masks=torch.full_like(batch.masks, IGNORED))
    values = method.step(empty, clock(0, stage))
    if "supervised" in values:
        assert torch.as_tensor(values["supervised"]).item() == pytest.approx(0.0, abs=1e-6)

"""Small folders of images and masks, and runs of seconds on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import nibabel
import numpy as np
import torch
from PIL import Image

from benchmark import predict
from benchmark.cells.cell import Wish, resolve_cell
from benchmark.running.execution import run_cell
from benchmark.running.options import Options
from data.catalog import find
from data.folders.plan import read_plan, write_plan
from data.folders.planning import Choices, planned
from results.store import Store

VALUES = {"core": 1, "edge": 2}
"""Label values, which dataset.json must number from 0 on; the pictures have another."""
SIZES = np.array([[0, 0, 2.5, -9], [1.0, 0, 0, 4], [0, 0.8, 0, 7], [0, 0, 0, 1]])
"""An affine whose first axis of the file, the columns, is the coarsest: volumes are cut across it."""


def volume(number: int, shape: tuple[int, int, int] = (7, 30, 22)) -> tuple[list[np.ndarray], np.ndarray]:
    """Return two channels and a mask in the file's order: across the first axis a bright block beside a dim one."""
    rng = np.random.default_rng(number)
    mask = np.zeros(shape, np.uint8)
    low, high = 5 + number % 3, 16 + number % 4
    mask[:, low:high, 3:11] = VALUES["core"]
    mask[:, low:high, 11:19] = VALUES["edge"]
    bright = 1000.0 * number + 400 * (mask == VALUES["core"]) + rng.normal(0, 12, shape)
    return [
        bright.astype(np.float32),
        (300 * (mask == VALUES["edge"]) + rng.normal(0, 9, shape)).astype(np.int16),
    ], mask


def save(path: Path, values: np.ndarray, lies: str | None = None) -> Path:
    """Write a volume, brought to other axes (as ``LPS``) at the same place where that is said."""
    path.parent.mkdir(parents=True, exist_ok=True)
    turned = SIZES[:, [2, 0, 1, 3]]
    made = nibabel.Nifti1Image(values, turned)
    if lies is not None:
        now, then = nibabel.orientations.io_orientation(turned), nibabel.orientations.axcodes2ornt(lies)
        made = made.as_reoriented(nibabel.orientations.ornt_transform(now, then))
    nibabel.save(made, path)
    return path


def volumes(root: Path, turned: bool = False) -> Path:
    """Return nnU-Net's layout of ten volumes with two channels, two of them without masks.

    turned: whether every other one lies otherwise in its file than the rest.
    """
    for number in range(10):
        channels, mask = volume(number)
        lies = "LSP" if turned and number % 2 else None
        for channel, values in enumerate(channels):
            save(root / f"imagesTr/case{number}_{channel:04d}.nii.gz", values, lies)
        if number < 8:
            save(root / f"labelsTr/case{number}.nii.gz", mask, lies)
    about = {"name": "Blocks", "channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, **VALUES}}
    (root / "dataset.json").write_text(json.dumps({**about, "file_ending": ".nii.gz", "licence": "CC BY 4.0"}))
    return root


def pictures(root: Path) -> Path:
    """Return a pair of folders of sixteen pictures, of four patients."""
    for number in range(16):
        _, mask = volume(number, (1, 40, 28))
        name = f"p{number // 4}_{number % 4}.png"
        for folder, values in (("images", 20 + 90 * (mask > 0)), ("masks", 200 * (mask > 0))):
            (root / folder).mkdir(parents=True, exist_ok=True)
            Image.fromarray(values[0].astype(np.uint8)).save(root / folder / name)
    return root


def planned_at(folder: Path) -> Path:
    """Return the plan of a folder, beside it."""
    path = folder.parent / f"{folder.name}.json"
    write_plan(planned(folder, Choices(val=0.2, test=0.25))[1], path)
    return path


def trained(plan: Path, out: Path, seed: int = 0, **more: object) -> Path:
    """Return the folder of a run of seconds that has learned something."""
    source = find(str(plan))
    wanted = {"updates": 40, "validations": 1, "lr": 0.1, "size": 32, "labeled_batch": 4, **more}
    wish = Wish(method="supervised", dataset=str(plan), preset="smoke", labeled=2, seed=seed, set=wanted)
    return run_cell(resolve_cell(wish, source, "cpu"), source, Store(out), Options(torch.device("cpu")))


def predicted(*words: str | Path) -> int:
    return predict.command([*map(str, words), "--device", "cpu"])


def test_images(plan: Path, into: Path) -> Path:
    """Return a folder with the images of a plan's test patients, which are their cases."""
    made, test = read_plan(plan), set(read_plan(plan).test)
    into.mkdir(parents=True, exist_ok=True)
    for path in sorted(p for name in ("imagesTr", "images") for p in Path(made.folder).glob(f"{name}/*")):
        case = path.name.split(".")[0]
        case = case[:-5] if case[-5:] in ("_0000", "_0001") else case
        if made.patients.get(case, case) in test:
            (into / path.name).symlink_to(path)
    return into


test_images.__test__ = False  # type: ignore[attr-defined]


def arrays(folder: Path, cases: Sequence[str]) -> dict[str, np.ndarray]:
    """Return answers in NIfTI by case, (slices, rows, columns)."""
    return {case: np.asanyarray(nibabel.load(folder / f"{case}.nii.gz").dataobj).T for case in cases}

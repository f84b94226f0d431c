"""Whatever comes in: MedPy's numbers on the arrays that are meant, or one sentence.

Draws are the same each time; the slow tests draw more. Files of both sides are written in random forms, under
random names and keys, beside random things that are not meant; bytes of valid files are changed, cut off and swapped.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import nibabel
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from medpy.metric import binary

from benchmark.errors import UsageError
from benchmark.metrics.conventions import DEFAULT, measure
from benchmark.scoring.foreign_masks import of_folder, scored, summaries
from benchmark.scoring.mask_files import read_masks
from benchmark.scoring.role_names import Wanted

NAMES = {  # of files: those of either side that stand beside each other
    "prediction": ("{}_pred", "{}-Prediction", "pred_{}", "{}_prd"),
    "reference": ("{}_gt", "{}.label", "gt_{}", "{}_LAB", "{}_ground_truth"),
}
KEYS = {"prediction": ("pred", "prediction", "y_pred"), "reference": ("label", "gt", "reference", "mask")}
ENDINGS = (".nii.gz", ".nii", ".npz", ".h5")
FEW = settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=1500)
SECONDS = 2.0  # of which one file takes a hundredth


@dataclass(frozen=True)
class Side:
    """How the masks of one side are written."""

    role: str
    ending: str
    name: str
    key: str | None
    kind: str


def sides(role: str) -> st.SearchStrategy[Side]:
    names = st.sampled_from([*NAMES[role], "{}"])
    keys = st.sampled_from([None, *KEYS[role]])
    kinds = st.sampled_from(["u1", "<i2", ">i4", "f4", "f8", "i8"])
    return st.builds(Side, st.just(role), st.sampled_from(ENDINGS), names, keys, kinds)


def write(path: Path, values: np.ndarray, spacing: tuple[float, ...], key: str | None) -> None:
    """Write a mask in the form that the path's ending says, beside arrays that are not meant where it has a key."""
    other = np.where(values == 0, 1, 0).astype(values.dtype)
    arrays = {key: values, "image": other * np.float32(0.5), "softmax": np.stack([values, other]).astype("f4")}
    if path.name.endswith((".nii", ".nii.gz")):
        kind = values.dtype if values.dtype.itemsize < 8 or values.dtype.kind == "f" else np.dtype("i4")
        nibabel.save(nibabel.Nifti1Image(values.T.astype(kind), np.diag([*spacing[::-1], 1.0])), path)
    elif path.suffix == ".npz":
        np.savez(path, values) if key is None else np.savez_compressed(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            for name, array in ({"label": values} if key is None else arrays).items():
                file[name] = array


def beside(folder: Path, case: str, other: np.ndarray, draw: st.DataObject) -> None:
    """Put things into a folder that are no masks of its side."""
    for thing in draw.draw(st.sets(st.sampled_from(["image", "apple", "plans", "probabilities", "folder"]))):
        if thing == "image":
            nibabel.save(nibabel.Nifti1Image(other.T.astype("f4") + 0.5, np.eye(4)), folder / f"{case}_img.nii.gz")
        elif thing == "apple":
            (folder / f"._{case}.nii.gz").write_bytes(b"\x00\x05\x16\x07")
        elif thing == "plans":
            (folder / "plans.json").write_text("{}")
        elif thing == "probabilities":
            np.savez(folder / f"{case}_probs.npz", probabilities=np.stack([other, other]).astype("f4"))
        else:
            (folder / "postprocessed").mkdir(exist_ok=True)
            write(folder / "postprocessed" / f"{case}.nii", other, (1, 1, 1), None)


def expected(mine: np.ndarray, truth: np.ndarray, spacing: tuple[float, ...] | None) -> tuple[float, ...]:
    """Return Dice, Jaccard, HD95 and ASD under the default convention, by MedPy."""
    if not mine.any() and not truth.any():
        return (math.nan,) * 4
    if not mine.any() or not truth.any():
        diagonal = math.hypot(*(np.array(mine.shape) * (spacing or (1, 1, 1))))
        return 0, 0, diagonal, diagonal
    distances = binary.hd95(mine, truth, spacing), binary.assd(mine, truth, spacing)
    return (binary.dc(mine, truth), binary.jc(mine, truth), *distances)


def table(mine: Path, truth: Path) -> pd.DataFrame:
    """Return the rows as the command makes them."""
    return scored(read_masks(mine), of_folder(truth, Wanted("reference"), None), [DEFAULT], measure)


def check_numbers(draw: st.DataObject) -> None:
    rng = np.random.default_rng(draw.draw(st.integers(0, 2**32 - 1)))
    mine, truth = draw.draw(sides("prediction")), draw.draw(sides("reference"))
    together = mine.name != "{}" and truth.name != "{}" and draw.draw(st.booleans())
    labels = sorted(draw.draw(st.sets(st.integers(1, 9), min_size=1, max_size=3)))
    with tempfile.TemporaryDirectory() as name:
        folders = {side: Path(name) / ("both" if together else side.role) for side in (mine, truth)}
        made: dict[str, Mapping[Side, np.ndarray]] = {}
        spacing: tuple[float, ...] = tuple(rng.uniform(0.5, 5, 3).astype("f4").tolist())
        for case in draw.draw(st.lists(st.sampled_from(["p1", "p2", "scan_03"]), min_size=1, unique=True)):
            shape = tuple(draw.draw(st.tuples(st.integers(2, 5), st.integers(5, 9), st.integers(5, 9))))
            made[case] = {side: rng.choice([0, 0, *labels], shape).astype("u1") for side in (mine, truth)}
            made[case][truth].flat[: len(labels)] = labels
            for side, mask in made[case].items():
                folders[side].mkdir(exist_ok=True)
                write(
                    folders[side] / f"{side.name.format(case)}{side.ending}", mask.astype(side.kind), spacing, side.key
                )
                beside(folders[side], case, made[case][truth if side is mine else mine], draw)
        found = table(folders[mine], folders[truth]).set_index(["case", "structure"])
    known = spacing if truth.ending.startswith(".nii") else None
    assert sorted(found.index) == sorted((case, str(label)) for case in made for label in labels)
    assert set(found["unit"]) == {"mm" if known else "voxel"}
    for (case, label), row in found.iterrows():
        pair = (made[case][side] == int(label) for side in (mine, truth))
        got = [float(row[metric]) for metric in ("dice", "jaccard", "hd95", "asd")]
        assert got == pytest.approx(list(expected(*pair, known)), rel=1e-6, nan_ok=True)


@FEW
@given(st.data())
def test_numbers_are_medpys_on_the_arrays_that_are_meant(data: st.DataObject) -> None:
    check_numbers(data)


@pytest.mark.slow
@MANY
@given(st.data())
def test_numbers_are_medpys_on_the_arrays_that_are_meant_in_many_draws(data: st.DataObject) -> None:
    check_numbers(data)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one valid reference of each form."""
    folder = tmp_path_factory.mktemp("whole")
    mask = np.random.default_rng(0).integers(0, 4, (6, 20, 24)).astype("u1")
    for ending in ENDINGS:
        for number, key in enumerate((None, "label")):
            write(folder / f"p{number}{ending}", mask, (5, 2, 1), key)
    return folder


def harmed(content: bytes, draw: st.DataObject) -> bytes:
    """Return a file's bytes with some changed, cut off, or put in."""
    harm, place = draw.draw(st.sampled_from(["change", "change", "cut", "insert"])), st.integers(0, len(content) - 1)
    early = st.integers(0, min(len(content), 540) - 1)  # headers are where it matters
    changed = bytearray(content)
    if harm == "cut":
        return content[: draw.draw(place)]
    if harm == "insert":
        at = draw.draw(place)
        return content[:at] + draw.draw(st.binary(min_size=1, max_size=40)) + content[at:]
    for at in draw.draw(st.lists(st.one_of(place, early), min_size=1, max_size=8)):
        changed[at] = draw.draw(st.integers(0, 255))
    return bytes(changed)


def check_harm(whole: Path, draw: st.DataObject) -> None:
    file = draw.draw(st.sampled_from(sorted(whole.iterdir())))
    ending = draw.draw(st.sampled_from([*["".join(file.suffixes)] * 9, *ENDINGS]))
    with tempfile.TemporaryDirectory() as name:
        mine, truth = Path(name) / "mine", Path(name) / "truth"
        for folder in (mine, truth):
            folder.mkdir()
        shutil.copy(whole / "p0.npz", mine / "p1.npz")
        (truth / f"p1{ending}").write_bytes(harmed(file.read_bytes(), draw))
        begun = time.perf_counter()
        try:
            summary = summaries(table(mine, truth), "default")[0]
        except UsageError as error:
            said = str(error)
        else:
            said = "p1" if summary["Dice %"].dropna().between(0, 100).all() else ""
        assert len(said.splitlines()) == 1 and "p1" in said
        assert time.perf_counter() - begun < SECONDS


@settings(FEW, max_examples=200)
@given(st.data())
def test_harmed_files_are_scored_or_refused_in_one_sentence(whole: Path, data: st.DataObject) -> None:
    check_harm(whole, data)


@pytest.mark.slow
@settings(MANY, max_examples=10_000)
@given(st.data())
def test_harmed_files_are_scored_or_refused_in_one_sentence_in_many_draws(whole: Path, data: st.DataObject) -> None:
    check_harm(whole, data)

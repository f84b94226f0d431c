"""Slices are prepared as a run makes them, once, and by what they are of."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from data import catalog
from data.content import digest_of, image_digest, mask_digest
from data.grid import Grid
from data.pool import build_pool
from data.preparing.jobs import Workshop
from data.preparing.shards import Shards
from tests.data.folders.toy import nnunet, pictures, save, volume
from tests.data.preparing.toy import prepare, shards, turned

CPU = torch.device("cpu")


def grid_of(source, size: int = 32) -> Grid:
    from data.presets import grid_of as made

    return made(size, "percentile", "smooth", "pad", source.reading(source.split.masked[:1]))


@pytest.mark.parametrize(
    ("channels", "about"),
    [(("MRI",), {}), (("CT",), {}), (("CT", "CT late"), {}), (("MRI", "CT"), {}), (("T1", "T2"), {})],
    ids=["mri", "ct", "two of ct", "mixed", "two of mri"],
)
def test_prepared_slices_are_those_that_a_pool_makes_of_the_files(
    tmp_path: Path, place: Path, channels: tuple[str, ...], about: dict[str, object]
) -> None:
    root = nnunet(tmp_path / "toy", channels=channels, about=about)
    assert prepare(root) == 0
    source = catalog.find(str(root))
    grid = grid_of(source)
    cases = [*source.cases(source.split.train), *source.cases(source.split.val)]
    found = Shards(place, grid).found(source.known((*source.split.train, *source.split.val)), True)
    assert [one.name for one in found] == [case.name for case in cases]
    for one, case in zip(found, cases, strict=True):
        made = build_pool([case], grid, CPU)
        assert torch.equal(one.grey.whole(), made.images)
        assert (one.mask is None) == (made.masks is None)
        assert made.masks is None or torch.equal(one.mask.whole(), made.masks)


def test_an_array_of_numpy_lies_in_each_file(tmp_path: Path, place: Path) -> None:
    source = catalog.find(str(nnunet(tmp_path / "toy")))
    prepare(tmp_path / "toy")
    case = source.cases(source.split.train[:1])[0]
    grid = grid_of(source)
    (one,) = Shards(place, grid).found(source.known(source.split.train[:1]), True)
    pool = build_pool([case], grid, CPU)
    images, masks = (np.load(path, mmap_mode="r") for path in (one.grey.path, one.mask.path))
    assert (images.dtype, images.shape, masks.dtype, masks.shape) == ("<f4", (6, 1, 32, 32), "u1", (6, 32, 32))
    assert np.array_equal(images, pool.images.numpy()) and np.array_equal(masks, pool.masks.numpy())


def test_test_patients_are_looked_at_and_never_prepared(tmp_path: Path, place: Path, capsys) -> None:
    source = catalog.find(str(nnunet(tmp_path / "toy", masked=10, bare=2)))
    assert prepare(tmp_path / "toy") == 0
    split = source.split
    assert (len(split.train), len(split.val), len(split.test)) == (9, 1, 2)
    assert len(list(place.rglob("*.images.npy"))) == 10 and len(list(place.rglob("*.masks.npy"))) == 8
    seals = [json.loads(path.read_text()) for path in place.rglob("*.json") if not path.name.startswith("ledger-")]
    assert {seal["case"] for seal in seals} == {*split.train, *split.val}
    said = capsys.readouterr().out
    assert "kept 0 that were there, broken 0; 2 test cases were only looked at" in said and "made 10 (" in said


def test_a_second_time_nothing_is_read_and_all_is_kept(
    tmp_path: Path, place: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    nnunet(tmp_path / "toy")
    prepare(tmp_path / "toy")
    before = shards(place)
    capsys.readouterr()
    monkeypatch.setattr(Workshop, "do", lambda *_: pytest.fail("a case was made again"))
    assert prepare(tmp_path / "toy") == 0
    assert "made 0 (0.0 MiB), kept 7 that were there" in capsys.readouterr().out and shards(place) == before


def test_other_content_another_grid_and_another_version_are_other_shards(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from data.folders import source as module

    root = nnunet(tmp_path / "toy")
    prepare(root)
    counts = [len(list(place.rglob("*.images.npy")))]
    source = catalog.find(str(root))
    name = source.split.train[0]
    image, _ = volume(int(name[2:]))
    save(root / "imagesTr" / f"{name}_0000.nii.gz", image + 1)
    assert Shards(place, grid_of(source)).found(catalog.find(str(root)).known([name]), True) == [None]
    for again in ("content", "grid", "reading", "made with"):
        if again == "reading":
            monkeypatch.setattr(module, "READING", "folder 99")
        if again == "made with":
            monkeypatch.setattr("data.preparing.shard.made_with", lambda: "another torch")
        prepare(root, *(["--resizing", "nearest"] if again == "grid" else []))
        counts.append(len(list(place.rglob("*.images.npy"))))
    assert counts == [7, 8, 14, 21, 28]  # of 7 cases: 1 with other content, then 6 that train on another grid, then all


def test_a_mended_mask_is_another_shard(tmp_path: Path, place: Path) -> None:
    root = nnunet(tmp_path / "toy")
    prepare(root)
    source = catalog.find(str(root))
    name, mask = source.split.train[0], volume(1)[1]
    mask[1, 1, 1] = 2
    save(root / "labelsTr" / f"{name}.nii.gz", mask)
    assert Shards(place, grid_of(source)).found(catalog.find(str(root)).known([name]), False) == [None]


@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1, 2)], ids=["columns", "rows", "slices", "all"])
@pytest.mark.parametrize("channel", ["CT", "MRI"])
def test_volumes_that_lie_turned_are_digested_and_prepared_as_they_are_read(
    tmp_path: Path, place: Path, axes: tuple[int, ...], channel: str
) -> None:
    root = nnunet(tmp_path / "toy", channels=(channel,))
    turned(root, ["c_02", "c_05"], axes)
    source = catalog.find(str(root))
    for name in ("c_02", "c_05", "c_01"):
        patients = [name]
        if name in source.split.test:
            continue
        case = source.cases(patients)[0]
        expected, _ = volume(int(name[2:]))
        assert np.array_equal(case.image, expected.T)
        assert digest_of(source.digests.stream(name)) == (image_digest(case), mask_digest(case.mask))
    assert prepare(root) == 0
    grid = grid_of(source)
    patients = (*source.split.train, *source.split.val)
    for one, case in zip(Shards(place, grid).found(source.known(patients), True), source.cases(patients), strict=True):
        assert torch.equal(one.grey.whole(), build_pool([case], grid, CPU).images)


def test_pictures_and_their_many_small_files_are_prepared(tmp_path: Path, place: Path) -> None:
    root = pictures(tmp_path / "scans")
    assert prepare(root) == 0
    assert len(list(place.rglob("*.images.npy"))) == 4 * 3


def test_by_several_processes_the_same_bytes_come_out(tmp_path: Path, place: Path) -> None:
    from data.prepare import command

    root = nnunet(tmp_path / "toy")
    assert prepare(root) == 0
    words = [str(root), "--preset", "smoke", "--size", "32"]
    assert command([*words, "--jobs", "3", "--out", str(tmp_path / "other")]) == 0
    assert shards(tmp_path / "other") == shards(place)


def test_a_generated_data_set_and_an_unknown_preset_are_wrong_usage(tmp_path: Path) -> None:
    from data.errors import DataUsageError

    with pytest.raises(DataUsageError, match="phantom is generated when it is asked for"):
        prepare("phantom")
    from data.prepare import command

    with pytest.raises(DataUsageError, match="--preset: there is no preset 'quik'; did you mean quick"):
        command(["phantom", "--preset", "quik"])
    with pytest.raises(DataUsageError, match="--labeled and --ratio both say"):
        prepare(nnunet(tmp_path / "toy"), "--labeled", "1", "--ratio", "0.5")


@pytest.mark.skipif(os.geteuid() == 0, reason="to the superuser all places can be written")
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    from shell.errors import WriteError

    (tmp_path / "shut").mkdir(mode=0o500)
    with pytest.raises(WriteError, match=r"shut/here cannot be written .*; name another with --out"):
        prepare(nnunet(tmp_path / "toy"), "--out", tmp_path / "shut" / "here")


@pytest.mark.parametrize("step", ["checksum", "write_text"], ids=["as slices are written", "as they are sealed"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing_unfinished(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    import errno

    from data.preparing.aside import PlaceError

    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    root = nnunet(tmp_path / "toy")
    with monkeypatch.context() as patch:
        patch.setattr(f"data.preparing.making.{step}", full)
        with pytest.raises(PlaceError, match=r"cannot be written \(No space left on device\); make room there"):
            prepare(root)
    assert shards(place) == {} and not list(place.rglob(".unfinished-*"))
    assert prepare(root) == 0

"""A run's folder whose listing, files or name are not what they were is refused; folders of older versions are read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from results.checksums import SUMS, arrays_of, damage, listing
from results.errors import ResultError
from results.record import read_listing
from results.store import LoadedRecord, Store
from results.writing import write_json
from tests.results.made import cases, gallery, history, record

KEPT = Path(__file__).parents[2] / "results" / "kept"
LEDGER = cases()[["dice"]]
READS = ("values", "cases", "history", "ledger", "diagnosis", "conventions", "embedding", "gallery")


def sealed(root: Path, name: str = "toy") -> Path:
    """Save a run as this version leaves it, and return its folder."""
    write_json(root / name / "cell.json", {"config": {"lr": 0.03}})
    made = record(cases(), id=name).model_copy(update={"sealed": True})
    tables = {"cases": cases(), "history": history(), "ledger": LEDGER}
    Store(root).save(name, made, tables, {"masks": {"c0": np.zeros((2, 3, 4), np.uint8)}, "gallery": gallery()})
    return root / name


def read_all(folder: Path) -> None:
    loaded = Store(folder.parent).load(folder.name)
    for read in READS:
        getattr(loaded, read)()


def without(folder: Path, name: str) -> None:
    """Take a line out of the listing."""
    lines = (folder / SUMS).read_text().splitlines(keepends=True)
    (folder / SUMS).write_text("".join(line for line in lines if not line.endswith(f"  {name}\n")))


def test_a_whole_run_has_no_damage(tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    read_all(folder)
    assert Store(tmp_path).damage("toy") == {}
    assert Store(tmp_path).has("toy")


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 0.99])
def test_a_listing_that_was_cut_anywhere_is_found(tmp_path: Path, share: float) -> None:
    folder = sealed(tmp_path)
    content = (folder / SUMS).read_bytes()
    (folder / SUMS).write_bytes(content[: int(share * len(content))])
    assert not Store(tmp_path).has("toy")
    with pytest.raises(ResultError, match=SUMS):
        read_all(folder)


def test_a_listing_that_is_missing_is_found(tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    (folder / SUMS).unlink()
    assert not Store(tmp_path).has("toy")
    with pytest.raises(ResultError, match=f"{SUMS} is missing, so nothing tells whether record.json is whole"):
        read_all(folder)


@pytest.mark.parametrize("name", ["cell.json", "cases.parquet", "ledger.parquet", "predictions/gallery.npz"])
def test_a_line_that_is_missing_is_found(tmp_path: Path, name: str) -> None:
    folder = sealed(tmp_path)
    without(folder, name)
    assert list(Store(tmp_path).damage("toy")) == [name]
    with pytest.raises(ResultError, match=f"{SUMS} is damaged .it does not list {name}"):
        read_all(folder)


@pytest.mark.parametrize("name", ["cell.json", "cases.parquet", "ledger.parquet", "predictions/gallery.npz"])
def test_a_listed_file_that_is_missing_is_damage_and_no_older_version(tmp_path: Path, name: str) -> None:
    folder = sealed(tmp_path)
    (folder / name).unlink()
    assert list(Store(tmp_path).damage("toy")) == [name]
    with pytest.raises(ResultError, match=f"{name} cannot be read .No such file"):
        read_all(folder)


def test_a_changed_value_of_the_cell_is_found(tmp_path: Path) -> None:
    path = sealed(tmp_path) / "cell.json"
    path.write_text(path.read_text().replace("0.03", "0.07"))
    with pytest.raises(ResultError, match=r"cell\.json is damaged"):
        Store(tmp_path).load("toy").values()


def test_a_table_that_no_run_listed_is_damage(tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    (folder / "embedding.parquet").write_bytes((folder / "cases.parquet").read_bytes())
    assert list(Store(tmp_path).damage("toy")) == ["embedding.parquet"]


def test_a_run_published_without_its_predictions_is_whole(tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    for path in (folder / "predictions").iterdir():
        path.unlink()
    (folder / "predictions").rmdir()
    assert Store(tmp_path).has("toy")
    assert Store(tmp_path).load("toy").gallery() is None


def test_every_published_record_is_whole_and_read() -> None:
    store = Store(KEPT)
    found = store.records()
    assert len(found) >= 97
    assert [loaded.folder.name for loaded in found if not store.has(loaded.folder.name)] == []


def test_an_older_folder_may_list_all_but_the_cell(tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    values = json.loads((folder / "record.json").read_text())
    del values["sealed"]
    write_json(folder / "record.json", values)
    names = ("record.json", "cases.parquet", "history.parquet", "ledger.parquet")
    names += ("predictions/masks.npz", "predictions/gallery.npz")
    (folder / SUMS).write_bytes(listing({name: (folder / name).read_bytes() for name in names}))
    read_all(folder)
    assert Store(tmp_path).has("toy")
    (folder / SUMS).write_bytes(b"")
    assert set(damage(folder)) == set(names)


def test_a_copied_folder_is_not_done(tmp_path: Path) -> None:
    sealed(tmp_path).rename(tmp_path / "copy")
    assert not Store(tmp_path).has("copy")
    with pytest.raises(ResultError, match="copy holds the run toy; a run's folder has its name"):
        Store(tmp_path).load("copy")


def test_estimates_pass_over_what_cannot_be_read(tmp_path: Path) -> None:
    sealed(tmp_path, "whole")
    (sealed(tmp_path, "torn") / "record.json").write_text("{")
    assert [loaded.record.cell.id for loaded in Store(tmp_path).whole_records()] == ["whole"]
    with pytest.raises(ResultError, match=r"torn/record\.json"):
        Store(tmp_path).records()


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", [SUMS, "cell.json", "record.json", "ledger.parquet"])
def test_a_run_that_comes_without_a_file_is_refused(tmp_path: Path, name: str) -> None:
    files = files_of(sealed(tmp_path / "there"))
    del files[name]
    with pytest.raises(ResultError, match="of toy, as it came, is"):
        Store(tmp_path / "here").receive("toy", files)
    assert not (tmp_path / "here").exists()


def test_a_run_that_comes_as_another_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"record\.json of other, as it came, is of toy"):
        Store(tmp_path / "here").receive("other", files_of(sealed(tmp_path / "there")))


def test_a_run_that_comes_replaces_a_damaged_one(tmp_path: Path) -> None:
    here = sealed(tmp_path / "here")
    (here / "cases.parquet").write_bytes(b"")
    (here / "embedding.parquet").write_bytes(b"of an older run")
    Store(tmp_path / "here").receive("toy", files_of(sealed(tmp_path / "there")))
    assert Store(tmp_path / "here").has("toy")


@pytest.mark.parametrize("name", ["predictions/masks.npz", "predictions/gallery.npz"])
def test_an_archive_that_would_run_code_is_refused(tmp_path: Path, name: str) -> None:
    """Its checksum is right, as of a run that was made to harm."""

    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    folder = sealed(tmp_path / "runs")
    np.savez(folder / name, allow_pickle=True, mask=np.array([Hostile()], dtype=object))
    without(folder, name)
    with (folder / SUMS).open("ab") as sums:
        sums.write(listing({name: (folder / name).read_bytes()}))
    with pytest.raises(ResultError, match=rf"{name} cannot be read \(Object arrays cannot be loaded"):
        arrays_of(folder, name)
    if name.endswith("gallery.npz"):
        with pytest.raises(ResultError, match="cannot be read"):
            LoadedRecord(record(cases()), folder).gallery()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b'{"title": "P", "ce', "not JSON"),
        (b"\xff\xfe\xff", "not JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "title: Field required"),
        (b'{"title": "P", "cells": "abc"}', "cells: "),
    ],
)
def test_a_damaged_list_of_cells_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(content)
    with pytest.raises(ResultError, match=f"p.json is damaged .{message}.*start benchmark.sweep"):
        read_listing(path)

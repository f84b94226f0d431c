"""Files are whole or absent, equal content gives equal bytes, records are read whatever their age or refused."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from results.errors import ResultError
from results.record import SCHEMA, read_record
from results.store import Store
from results.summary import summarize
from results.writing import archive, parquet, write_atomic, write_json
from tests.results.made import STRUCTURES, cases, record, save


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_json(path, {"old": True})

    def fail(file) -> None:
        file.write(b"half")
        raise OSError("no space left on device")

    with pytest.raises(ResultError, match=r"file cannot be written \(no space left on device\)"):
        write_atomic(path, fail)
    assert json.loads(path.read_text()) == {"old": True}
    assert list(tmp_path.iterdir()) == [path]


def test_equal_tables_and_arrays_give_equal_bytes() -> None:
    assert parquet(cases()) == parquet(cases())
    assert archive({"mask": np.eye(4, dtype=np.uint8)}) == archive({"mask": np.eye(4, dtype=np.uint8)})


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    loaded = save(tmp_path)
    pd.testing.assert_frame_equal(loaded.cases(), cases())
    assert loaded.record == record(cases())
    assert str(loaded.gallery()["best/name"]) == "c0"
    assert Store(tmp_path).has("toy")


def test_a_second_record_of_a_cell_is_refused_unless_forced(tmp_path: Path) -> None:
    save(tmp_path)
    with pytest.raises(ResultError, match="toy has a record already; --force replaces it"):
        save(tmp_path)
    Store(tmp_path).save("toy", record(cases(0.7)), {"cases": cases(0.7)}, {}, force=True)
    assert Store(tmp_path).load("toy").record.summary[0].dice > 0.7


@pytest.mark.parametrize("name", ["record.json", "cases.parquet", "history.parquet", "predictions/gallery.npz"])
@pytest.mark.parametrize("place", [0.1, 0.5, 0.99])
def test_one_flipped_bit_is_found_and_named(tmp_path: Path, name: str, place: float) -> None:
    path = save(tmp_path).folder / name
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1
    path.write_bytes(content)
    with pytest.raises(ResultError, match=rf"{Path(name).name} is damaged .*run the cell again"):
        read_all(tmp_path)


def test_a_damaged_record_is_not_there_and_is_replaced(tmp_path: Path) -> None:
    path = save(tmp_path).folder / "record.json"
    path.write_text(path.read_text().replace("0.5", "0.6"))
    assert not Store(tmp_path).has("toy")
    Store(tmp_path).save("toy", record(cases()), {"cases": cases()}, {})
    assert Store(tmp_path).has("toy")


def test_a_folder_of_an_older_version_lists_no_checksums_and_is_read(tmp_path: Path) -> None:
    (save(tmp_path).folder / "SHA256SUMS").unlink()
    read_all(tmp_path)


def test_sha256sum_can_check_the_listing(tmp_path: Path) -> None:
    folder = save(tmp_path).folder
    lines = [line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines()]
    assert {name for _, name in lines} == {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS"
    }
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for digest, name in lines)


def read_all(root: Path) -> None:
    loaded = Store(root).load("toy")
    loaded.cases(), loaded.history(), loaded.gallery()


def test_pictures_that_are_not_kept_are_none(tmp_path: Path) -> None:
    assert save(tmp_path, pictures=False).gallery() is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "record.json is damaged"),
        ("[]", "record.json is damaged"),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}", "record.json is damaged"),
        ('{"schema_version": 0}', "schema version 0; this code reads 1 to"),
        ('{"schema_version": 99}', f"schema version 99; this code reads 1 to {SCHEMA}"),
        ('{"status": "done"}', "schema version None"),
        ('{"schema_version": 1, "status": "perhaps"}', "record.json: "),
    ],
)
def test_a_wrong_record_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(ResultError, match=message):
        read_record(path)


def test_a_truncated_table_is_named(tmp_path: Path) -> None:
    loaded = save(tmp_path)
    path = loaded.folder / "cases.parquet"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ResultError, match=r"cases.parquet is damaged"):
        loaded.cases()
    (loaded.folder / "SHA256SUMS").unlink()  # as older versions left it
    with pytest.raises(ResultError, match=r"cases.parquet cannot be read"):
        loaded.cases()


def test_summary_means_counted_cases_and_averages_structures() -> None:
    table = cases()
    rows = {(row.rule, row.structure): row for row in summarize(table, STRUCTURES)}
    last = table[table["rule"] == "last"]
    rv = last[(last["structure"] == "RV") & last["counted"]]
    assert rows["last", "RV"].dice == pytest.approx(rv["dice"].mean())
    assert (rows["last", "RV"].cases, rows["last", "RV"].counted) == (4, 3)
    mean = np.mean([rows["last", name].dice for name in STRUCTURES])
    assert rows["last", "avg"].dice == pytest.approx(mean)
    assert (rows["last", "avg"].missed, rows["last", "avg"].counted) == (1, 11)


def test_a_structure_that_is_never_counted_has_no_mean() -> None:
    table = cases().assign(counted=False)
    assert all(row.dice is None and row.counted == 0 for row in summarize(table, STRUCTURES))


def test_a_run_is_not_copied_onto_itself_where_its_predictions_would_go(tmp_path: Path) -> None:
    run = save(tmp_path / "runs").folder
    (tmp_path / "alias").symlink_to(run.parent)
    with pytest.raises(ResultError, match=r"toy lies in the store that it is to be copied to; name another one"):
        Store(tmp_path / "alias").adopt(run, predictions=False)
    assert (run / "predictions/masks.npz").exists() and not Store(run.parent).damage("toy")

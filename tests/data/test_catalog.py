"""Where data sets are looked for: a named place is the only one, and what was seen there is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import catalog
from data.catalog import find
from data.errors import DataError
from tests.data import acdc_folders as folders


@pytest.fixture
def unnamed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return an empty data/raw, with nothing named."""
    monkeypatch.delenv("ACTION_BENCH_DATA", raising=False)
    monkeypatch.setattr(catalog, "RAW", tmp_path / "raw")
    return tmp_path / "raw"


def refused(dataset: str, root: Path | None) -> str:
    with pytest.raises(DataError) as error:
        find(dataset, root)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_unnamed_auto_is_acdc_in_raw_or_the_phantom(unnamed: Path) -> None:
    assert find("auto").dataset == "phantom"
    folders.volumes(unnamed / "acdc")
    assert find("auto").dataset == "acdc"


@pytest.mark.parametrize("dataset", ["auto", "acdc"])
def test_a_named_root_without_acdc_is_an_error_whatever_lies_in_raw(
    unnamed: Path, tmp_path: Path, dataset: str
) -> None:
    folders.volumes(unnamed / "acdc")
    for name in ("Patient001", "Patient002", "Patient003"):
        (tmp_path / "mine" / name).mkdir(parents=True)
    said = refused(dataset, tmp_path / "mine")
    assert f"{tmp_path}/mine (holds 3 folders, among them Patient001)" in said
    assert f"{tmp_path}/mine/acdc (does not exist)" in said


@pytest.mark.parametrize("dataset", ["auto", "acdc"])
def test_a_variable_is_a_named_root_too(unnamed: Path, tmp_path: Path, monkeypatch, dataset: str) -> None:
    folders.volumes(unnamed / "acdc")
    monkeypatch.setenv("ACTION_BENCH_DATA", str(tmp_path / "gone"))
    assert f"{tmp_path}/gone (does not exist)" in refused(dataset, None)
    (tmp_path / "gone").symlink_to("away")
    assert f"{tmp_path}/gone (is a link that leads nowhere, to away)" in refused(dataset, None)
    (tmp_path / "gone").unlink()
    (tmp_path / "gone").write_text("")
    assert f"{tmp_path}/gone (is no folder)" in refused(dataset, None)
    (tmp_path / "gone").unlink()
    (tmp_path / "gone").mkdir()
    assert f"{tmp_path}/gone (is empty)" in refused(dataset, None)
    assert find("phantom").dataset == "phantom"


def test_an_option_goes_before_the_variable_and_an_empty_variable_names_nothing(
    unnamed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTION_BENCH_DATA", str(tmp_path / "gone"))
    folders.volumes(tmp_path / "mine" / "acdc")
    assert find("auto", tmp_path / "mine").dataset == "acdc"
    monkeypatch.setenv("ACTION_BENCH_DATA", "")
    assert find("auto").dataset == "phantom"


def test_what_lies_where_a_layout_would_have_its_files_is_seen(unnamed: Path, tmp_path: Path) -> None:
    (tmp_path / "acdc" / "training" / "Patient001").mkdir(parents=True)
    (tmp_path / "acdc" / "volumes").mkdir()
    (tmp_path / "acdc" / "volumes" / "Patient001_frame01.h5").write_text("")
    said = refused("auto", tmp_path)
    assert "acdc/training (holds 1 folder, Patient001)" in said
    assert "acdc/volumes (holds 1 file, Patient001_frame01.h5)" in said


def test_the_message_and_the_page_name_the_same_folders(unnamed: Path, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "DATA.md").read_text()
    said = refused("acdc", tmp_path)
    for place in (
        "volumes/patient001_frame01.h5",
        "data/patient001_frame01.h5",
        "data/slices/patient001_frame01_slice_1.h5",
        "patient001/patient001_frame01.nii.gz",
        "database/training/",
    ):
        assert place in said.replace('" "', "") and place in page

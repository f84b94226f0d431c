"""The case explorer's part of a page: numbers of patients, slices and masks as texts, each once, and why some lack."""

from __future__ import annotations

import base64
import json
import re
import shutil
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.build import command
from reports.case_numbers import CaseNumbers, Number
from reports.explorer import packed
from reports.page import build_page
from reports.site import published
from tests.reports.explored import explored, heart
from tests.reports.pages import read_page
from tests.results.made import save

JPEG = "/9j/4"  # how one begins in base64


def choices(page: str, table: int = 1) -> dict[str, Any]:
    found = re.search(rf'<script type="application/json" data-cases="table-{table}-cases">(.*?)</script>', page, re.S)
    assert found is not None
    values: dict[str, Any] = json.loads(found[1])
    return values


def texts(page: str, attributes: str) -> list[list[str]]:
    return [
        text.split("\n") for text in re.findall(rf'<script type="text/plain" {attributes}>(.*?)</script>', page, re.S)
    ]


def unpacked(text: str) -> tuple[list[int], np.ndarray]:
    *box, content = text.split(" ")
    left, top, width, height = map(int, box)
    labels = np.frombuffer(zlib.decompress(base64.b64decode(content)), np.uint8).reshape(-1, height, width)
    return [left, top, width, height], labels


def test_a_mask_comes_back_label_by_label_from_its_text() -> None:
    mask = np.zeros((3, 20, 30), np.uint8)
    mask[1, 4:9, 7:18] = 2
    mask[2, 5, 20] = 1
    box, labels = unpacked(packed(mask))
    assert box == [7, 4, 14, 5] and np.array_equal(labels, mask[:, 4:9, 7:21])
    assert packed(np.zeros((3, 20, 30), np.uint8)) == ""


def test_a_volume_error_is_predicted_minus_reference_and_its_mean_is_without_sign() -> None:
    small, large = Number(0.5, 1, 1, 3.0, 7.0, ""), Number(0.5, 1, 1, 9.0, 7.0, "")
    assert (small.volume_error, large.volume_error) == (-4.0, 2.0)
    found = CaseNumbers({"c": "p"}, {"c": {"RV": small, "LV": large}}, "ml")
    assert found.mean("c", "volume_error") == 3.0 and found.mean("d", "dice") is None


def test_the_page_holds_numbers_masks_and_pictures_of_each_case(tmp_path: Path) -> None:
    made = [
        explored(tmp_path, 1, id="sup"),
        explored(tmp_path, 2, id="mt", method="mean_teacher", title="Mean teacher"),
    ]
    page = build_page(made, tmp_path / "page", "A title").read_text(encoding="utf-8")
    found = choices(page)
    assert [row["key"] for row in found["rows"]] == ["sup", "mt"]  # by falling Dice
    assert [one["name"] for one in found["cases"]] == ["case0", "case1", "case2"]
    first = found["cases"][0]
    assert (first["slices"], first["total"], first["ratio"], first["patient"]) == ([1, 2, 3, 4], 4, 1.0, "p0")
    reference = heart(0, 4, 48)[1]
    dice, hd95, _, predicted, true, mark = found["rows"][1]["runs"][0]["numbers"][0][1]
    ours, theirs = np.roll(reference, 2, 1) == 2, reference == 2
    assert dice == pytest.approx(2 * (ours & theirs).sum() / (ours.sum() + theirs.sum()), abs=1e-4)
    assert (hd95, mark) == (pytest.approx(40 * (1 - dice), abs=0.01), "")
    assert true == pytest.approx(theirs.sum() * 8 * 1.5 * 1.5 / 1000, abs=1e-4)
    assert predicted - true == pytest.approx(2, abs=1e-3)
    of_mt = dict(zip([row["key"] for row in found["rows"]], texts(page, 'data-masks="[^"]*"'), strict=True))["mt"]
    (left, top, width, height), labels = unpacked(of_mt[0])
    assert np.array_equal(labels, np.roll(reference, 2, 1)[:, top : top + height, left : left + width])
    assert len(of_mt) == 3 and (labels > 0).sum() == (reference > 0).sum()
    (shown,) = texts(page, f'id="{first["key"]}"')
    assert len(shown) == 5 and all(tile.startswith(JPEG) for tile in shown[1:])
    assert np.array_equal(np.unique(unpacked(shown[0])[1]), [0, 1, 2, 3])


def test_pictures_that_several_tables_show_stand_in_the_page_once(tmp_path: Path) -> None:
    made = [explored(tmp_path, k, id=f"of-{k}", labeled=k) for k in (1, 3, 7)]
    page = build_page(made, tmp_path / "page", "A title").read_text(encoding="utf-8")
    assert len(texts(page, 'id="case-[^"]*"')) == 3 and len(texts(page, 'data-masks="[^"]*"')) == 3
    assert choices(page, 1)["cases"] == choices(page, 3)["cases"]


def test_names_are_harmless_wherever_they_stand(tmp_path: Path) -> None:
    name = "</script><script>alert({})</script>"
    made = explored(tmp_path, 1, names=name, id="sup", title="</script><b>Mine")
    page = build_page([made], tmp_path / "page", "A title").read_text(encoding="utf-8")
    assert "<script>alert" not in page and "<b>Mine" not in page
    assert [one["name"] for one in choices(page)["cases"]] == [name.format(number) for number in range(3)]
    assert choices(page)["rows"][0]["label"] == "</script><b>Mine"


def test_without_scripts_the_patients_numbers_read_worst_first(tmp_path: Path) -> None:
    page = read_page(build_page([explored(tmp_path, 1, id="sup")], tmp_path / "page", "A title"))
    found = re.search(r"<noscript>(.*?)</noscript>", page)
    assert found is not None
    rows = re.findall(
        r'<tr><th scope="row">(\w+)</th><td>([\d.]+)<br><span class="sub">([^<]+)</span></td></tr>', found[1]
    )
    assert [row[0] for row in rows] == ["case2", "case1", "case0"]
    assert float(rows[0][1]) < float(rows[2][1]) and rows[0][2].startswith("1.0 ml, ")


def test_published_records_have_the_numbers_and_the_sentence_why_there_is_no_picture(tmp_path: Path) -> None:
    made = published(explored(tmp_path / "runs", 1, id="sup"), tmp_path / "site")
    page = build_page([made], tmp_path / "page", "A title").read_text(encoding="utf-8")
    assert "Published records keep no pictures and masks of patients; run the cell to see its slices." in page
    assert JPEG not in page and texts(page, ".*") == [] and "pictures of patients." not in page
    numbers = choices(page)["rows"][0]["runs"][0]["numbers"]
    assert len(numbers) == 3 and numbers[0][0][3] - numbers[0][0][4] == pytest.approx(1, abs=1e-3)
    assert choices(page)["cases"][0] == {"name": "case0", "patient": "p0"}


def test_runs_of_before_say_how_their_slices_and_volumes_are_had(tmp_path: Path) -> None:
    page = build_page([save(tmp_path, 0.5)], tmp_path / "page", "A title").read_text(encoding="utf-8")
    assert "These runs were scored before slices were kept; python -m benchmark.rescore RUN keeps them." in page
    assert "These runs: no volumes, for records of older versions keep none." in page
    assert choices(page)["digits"] is None and "Volume error" not in page
    assert choices(page)["rows"][0]["runs"][0]["numbers"][3][0] == [None, None, None, None, None, "both empty"]
    assert choices(page)["rows"][0]["runs"][0]["numbers"][2][2][-1] == "missed"


def test_a_run_without_pictures_of_its_own_has_contours_on_those_of_another(tmp_path: Path) -> None:
    bare = explored(tmp_path, 1, pictures=False, id="sup")
    made = [bare, explored(tmp_path, 2, id="mt", method="mean_teacher", title="Mean teacher")]
    page = build_page(made, tmp_path / "page", "A title").read_text(encoding="utf-8")
    assert len(texts(page, 'data-masks="[^"]*"')) == 2 and "no contours" not in page
    shutil.rmtree(bare.folder / "predictions")
    page = build_page(made, tmp_path / "page", "A title").read_text(encoding="utf-8")
    assert len(texts(page, 'data-masks="[^"]*"')) == 1
    assert "Supervised: no contours, for published records keep no masks." in page


def test_a_page_that_is_to_be_passed_on_holds_no_picture_and_one_with_pictures_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    explored(tmp_path / "runs", 1, gallery=True, id="sup")
    asked = ["--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "page")]
    assert command(asked) == 0
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "This page holds pictures of patients." in page and JPEG in page and "data:image/webp" in page
    assert command([*asked, "--no-pictures"]) == 0
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert JPEG not in page and "data:image/webp" not in page and texts(page, ".*") == []
    assert "This page holds pictures" not in page
    assert "Pictures and masks are left out of this page, as --no-pictures asks." in page
    assert "not kept with published records" not in page


def test_generated_cases_are_no_patients(tmp_path: Path) -> None:
    made = explored(tmp_path, 1, id="sup", dataset="phantom")
    page = build_page([made], tmp_path / "page", "A title").read_text(encoding="utf-8")
    assert "pictures of patients." not in page and JPEG in page


def test_twenty_methods_on_forty_cases_are_below_25_mb_with_a_gallery_each(tmp_path: Path) -> None:
    size = {"cases": 40, "slices": 10, "side": 216}
    cells = [{"id": f"m{k}", "method": f"m{k}", "title": f"Method {k}"} for k in range(20)]
    made = [
        explored(tmp_path, k % 5 + 1, pictures=k == 0, gallery=k == 0, **size, **cell) for k, cell in enumerate(cells)
    ]
    path = build_page(made, tmp_path / "page", "A title")
    page = path.read_text(encoding="utf-8")
    assert len(texts(page, 'data-masks="[^"]*"')) == 20
    assert {len(one) for one in texts(page, 'id="case-[^"]*"')} == {11}  # the reference, and ten pictures
    (gallery,) = re.findall(r'src="(data:image/webp;[^"]*)"', page)
    assert 5e6 < path.stat().st_size + 19 * len(gallery) < 25e6


@pytest.mark.parametrize("name", ["predictions/images.npz", "predictions/masks.npz", "volumes.parquet"])
def test_a_run_whose_slices_are_damaged_stands_aside_and_stops_no_page(tmp_path: Path, name: str) -> None:
    runs = [explored(tmp_path, 1, id=one, method=one, title=one) for one in ("sup", "wrong")]
    path = runs[1].folder / name
    path.write_bytes(path.read_bytes()[:-3] + b"xyz")
    html = read_page(build_page(runs, tmp_path / "page", "T"))
    assert f"wrong/{name} is damaged" in html and "1 runs done, 1 damaged" in html

"""``dataset`` of nnU-Net v2, a list of files anywhere, is accepted where it says what lies in the folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from data.folders.listing import list_folder
from tests.data.folders.harm import changed, refused, without
from tests.data.folders.small_folders import names, pair, v2

REFUSED = (
    r"dataset\.json: dataset, a list of files that is not followed, has other files for case {} than lie beside it; "
    "put or link all into imagesTr and labelsTr, and take the list out"
)


def entry(image: str, mask: str, *more: str) -> dict[str, Any]:
    return {"images": [f"imagesTr/{one}_0000.nii.gz" for one in (image, *more)], "label": f"labelsTr/{mask}.nii.gz"}


SAME = {"c1": entry("c1", "c1"), "c2": entry("c2", "c2")}


@pytest.mark.parametrize("named", [SAME, dict(zip("ab", SAME.values(), strict=True)), {}, "Toy", None, 5])
def test_a_list_of_what_lies_there_is_accepted(tmp_path: Path, named: object) -> None:
    root = v2(tmp_path / "toy", dataset=named)
    assert len(list_folder(root).of("labeled")) == 2


def test_files_are_the_same_wherever_links_and_whole_paths_lead(tmp_path: Path) -> None:
    root = v2(tmp_path / "toy")
    for path in [*root.glob("imagesTr/*"), *root.glob("labelsTr/*")]:
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        path.rename(tmp_path / "elsewhere" / path.name)
        path.symlink_to(tmp_path / "elsewhere" / path.name)
    outside = {
        case: {"images": [str(tmp_path / f"elsewhere/{case}_0000.nii.gz")], "label": f"../elsewhere/{case}.nii.gz"}
        for case in ("c1", "c2")
    }
    changed(dataset=outside)(root)
    assert [case.name for case in list_folder(root).of("labeled")] == ["c1", "c2"]


@pytest.mark.parametrize(
    ("stated", "case"),
    [
        ({**SAME, "c1": entry("c1", "c2")}, "c1"),
        ({**SAME, "c2": entry("c2", "c2", "c1")}, "c2"),
        ({**SAME, "c3": entry("c3", "c3")}, "c3"),
        ({"c1": SAME["c1"]}, "c2"),
        ({**SAME, "c2": {"images": "imagesTr/c2_0000.nii.gz", "label": "labelsTr/c2.nii.gz"}}, "c2"),
        ({**SAME, "c2": {"images": ["imagesTr/c2_0000.nii.gz"]}}, "c2"),
        ({**SAME, "c2": {"images": ["imagesTr/c2_0000.nii.gz"], "label": "a\0b"}}, "c2"),
        ({**SAME, "c2": None}, "c2"),
    ],
)
def test_a_list_of_other_files_or_pairs_is_refused(tmp_path: Path, stated: Mapping[str, object], case: str) -> None:
    root = v2(tmp_path / "toy", dataset=stated)
    refused(tmp_path, lambda: list_folder(root), REFUSED.format(case))


def test_an_image_without_a_mask_need_not_be_listed(tmp_path: Path) -> None:
    root = v2(tmp_path / "toy", dataset={"c1": SAME["c1"]})
    without(root / "labelsTr/c2.nii.gz")
    assert [case.name for case in list_folder(root).of("unlabeled")] == ["c2", "u1"]


def test_a_list_in_place_of_the_folders_is_refused_for_what_it_is(tmp_path: Path) -> None:
    root = v2(tmp_path / "toy", dataset=SAME)
    (root / "imagesTr").rename(root / "other")
    refused(tmp_path, lambda: list_folder(root), REFUSED.format("c1"))


def test_a_list_beside_a_pair_is_held_to_it_too(tmp_path: Path) -> None:
    root = pair(tmp_path / "toy")
    same = {case: {"images": [f"images/{case}.nii.gz"], "label": f"labels/{case}.nii.gz"} for case in ("c1", "c2")}
    names(root, dataset=same)
    assert list_folder(root).kind == "pair"
    names(root, dataset={**same, "c1": same["c2"]})
    refused(tmp_path, lambda: list_folder(root), REFUSED.format("c1"))

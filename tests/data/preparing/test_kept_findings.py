"""What was found of cases is printed and kept, with sides, even where the command then has to end with an error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from data import catalog
from data.errors import DataError, DataUsageError
from data.folders.plan import read_plan, write_plan
from tests.data.folders.toy import nnunet
from tests.data.preparing.toy import broken_with_nan, prepare


def harm(root: Path, names: Sequence[str]) -> None:
    for name in names:
        broken_with_nan(root, int(name[2:]))


def ledgers(place: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in place.rglob("ledger-toy.json")]


def test_too_many_labelled_for_what_is_left_is_wrong_usage_and_the_broken_case_is_named(
    tmp_path: Path, place: Path, plans: Path, capsys
) -> None:
    root = nnunet(tmp_path / "toy", masked=8, channels=("CT",))
    masked = catalog.find(str(root)).split.masked
    harm(root, masked[:1])
    with pytest.raises(DataUsageError, match=rf"--labeled {len(masked)}: expected 1 to {len(masked) - 1}"):
        prepare(root, "--labeled", str(len(masked)))
    said = capsys.readouterr().out
    assert "broken 1; " in said
    assert f"  broken: {masked[0]} (training): case {masked[0]}: image holds NaN" in said
    assert read_plan(plans / "toy.json").broken.keys() == {masked[0]}
    (ledger,) = ledgers(place)
    assert ledger["broken"].keys() == {masked[0]} and ledger["sides"] == {masked[0]: "training"}


@pytest.mark.parametrize("side", ["test", "masked"])
def test_where_all_of_a_side_are_broken_each_is_listed_before_the_error(
    tmp_path: Path, place: Path, plans: Path, capsys, side: str
) -> None:
    root = nnunet(tmp_path / "toy", masked=8)
    names = getattr(catalog.find(str(root)).split, side)
    harm(root, names)
    who = "to test" if side == "test" else "to train on with a mask"
    with pytest.raises(DataError, match=f"no case is left {who}, since the cases of all are broken; mend them: python"):
        prepare(root)
    said = capsys.readouterr().out
    word = "test" if side == "test" else "training"
    assert sum(f"  broken: {name} ({word}): case {name}: image holds NaN" in said for name in names) == len(names)
    assert read_plan(plans / "toy.json").broken.keys() == {*names}
    assert all(ledger["broken"].keys() == {*names} for ledger in ledgers(place)) and ledgers(place)
    with pytest.raises(DataError, match=f"no case is left {who}"):  # as a run is refused
        catalog.find(str(root))


def test_where_no_file_of_a_side_opens_it_is_kept_too(tmp_path: Path, place: Path, plans: Path, capsys) -> None:
    root = nnunet(tmp_path / "toy", masked=6)
    (tested,) = catalog.find(str(root)).split.test
    (root / "imagesTr" / f"{tested}_0000.nii.gz").write_bytes(b"")
    with pytest.raises(DataError, match="no case is left to test"):
        prepare(root)
    assert f"  broken: {tested} (test): " in capsys.readouterr().out
    assert read_plan(plans / "toy.json").broken.keys() == {tested}
    assert [ledger["broken"].keys() for ledger in ledgers(place)] == [{tested}]


def test_that_nobody_validates_any_more_is_said_and_runs_say_it(tmp_path: Path, place: Path, capsys) -> None:
    root = nnunet(tmp_path / "toy", masked=8)
    (validating,) = catalog.find(str(root)).split.val
    harm(root, [validating])
    assert prepare(root) == 1
    said = capsys.readouterr().out
    words = "nobody validates any more, since all validation cases are broken, so the last weights are scored"
    assert f"  broken: {validating} (validation): " in said and f"  {words}\n" in said
    left = catalog.find(str(root))
    assert left.split.val == ()
    assert f"1 broken case: {validating} (validation: " in left.told()["left out"] and words in left.told()["left out"]
    assert [ledger["unvalidated"] for ledger in ledgers(place)] == [True] * len(ledgers(place))


def test_one_of_several_validating_leaves_the_others_to(tmp_path: Path, capsys) -> None:
    root = nnunet(tmp_path / "toy", masked=8, bare=1)
    bare = catalog.find(str(root)).split.unmasked
    (root / "imagesUn" / f"{bare[0]}_0000.nii.gz").write_bytes(b"no image")
    assert prepare(root) == 1
    said = capsys.readouterr().out
    assert f"  broken: {bare[0]} (training, unlabelled): " in said and "nobody validates" not in said


def test_what_was_broken_and_nobody_came_to_stays_so(tmp_path: Path, plans: Path) -> None:
    root = nnunet(tmp_path / "toy", masked=8, channels=("CT",))
    masked = catalog.find(str(root)).split.masked
    plan = read_plan(plans / "toy.json")
    write_plan(plan.model_copy(update={"broken": {masked[-1]: "as it was found"}}), plans / "toy.json")
    with pytest.raises(DataUsageError, match="--labeled 40: expected 1 to"):
        prepare(root, "--labeled", "40")
    assert read_plan(plans / "toy.json").broken == {masked[-1]: "as it was found"}
    assert prepare(root) == 0
    assert read_plan(plans / "toy.json").broken == {}

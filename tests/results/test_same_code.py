"""Codes that the canary calls the same, as they are written down."""

from pathlib import Path

import pytest

from results.errors import ResultError
from results.same_code import SameCode


def test_codes_of_one_trace_are_the_same_and_those_of_two_are_joined_by_what_they_share(tmp_path: Path) -> None:
    same = SameCode({})
    assert same.add("em", "t1", ["a", "b"]) and same.add("em", "t2", ["b", "c"]) and same.add("em", "t3", ["d"])
    assert not same.add("em", "t1", ["b"])
    same.write(tmp_path / "same.json")
    found = SameCode.read(tmp_path / "same.json")
    assert found.calls_same("em", "a", "c") and found.calls_same("em", "c", "a")
    assert not found.calls_same("em", "a", "d") and not found.calls_same("ict", "a", "b")
    assert not found.calls_same("em", None, None)


def test_without_a_file_a_code_is_the_same_as_itself_alone(tmp_path: Path) -> None:
    found = SameCode.read(tmp_path / "none.json")
    assert found.calls_same("em", "a", "a") and not found.calls_same("em", "a", "b")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"em": [{"trace": "t"}]}', b"\xff"])
def test_a_damaged_file_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "same.json").write_bytes(content)
    with pytest.raises(ResultError, match=r"same\.json is damaged or changed by hand; git checkout it"):
        SameCode.read(tmp_path / "same.json")

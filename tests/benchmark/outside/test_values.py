"""A config holds the values that it is asked for: a record tells them, and two settings are never one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.errors import MethodUsageError
from benchmark.outside.named import method_named
from data.catalog import find
from methods.registry import Entry
from tests.benchmark.outside.strangers import written

IMPORTS = "import enum\nimport pydantic\nclass Kind(enum.Enum):\n    soft, hard = 'soft', 'hard'"
FIELDS = """
    share: float = cited(0.5, "mine")
    word: str = cited("soft", "mine")
    pair: tuple[int, ...] = cited((1, 2), "mine")
    kind: Kind = cited(Kind.soft, "mine")
"""
CHANGING = """
    @pydantic.field_validator("share", "word", "pair")
    @classmethod
    def _f(cls, v):
        return round(v, 1) if type(v) is float else v.lower() if type(v) is str else tuple(sorted(v))
"""
FIELD = '    agreement: float = cited(0.1, "a choice", ge=0)\n'


def mine(folder: Path, more: str) -> Entry:
    file = written(folder / "m.py", imports=IMPORTS)
    file.write_text(file.read_text().replace(FIELD, f"{FIELD}{FIELDS}{more}"))
    return method_named(str(file))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "share",
            0.37,
            "share=0.4 of the share=0.37 that is asked for; let its validator refuse a value by ValueError",
        ),
        ("word", "Hard", "word='hard' of the word='Hard' that is asked for"),
        ("pair", [2, 1], "pair=(1, 2) of the pair=[2, 1] that is asked for"),
    ],
)
def test_a_value_that_a_validator_changes_is_refused(name: str, value: Any, said: str, tmp_path: Path) -> None:
    found = mine(tmp_path, CHANGING)
    assert found.origin is not None
    with pytest.raises(MethodUsageError) as refused:
        found.configure("fixed", {name: value})
    assert str(refused.value).startswith(f"MineConfig makes {said}")
    assert str(refused.value).endswith(f"see benchmark.methods {found.origin.place}")


def test_a_value_that_a_validator_leaves_as_it_is_is_taken(tmp_path: Path) -> None:
    assert mine(tmp_path, CHANGING).configure("fixed", {"share": 0.4, "pair": [1, 2]}).model_dump()["pair"] == (1, 2)


def test_a_tuple_and_a_choice_are_asked_for_as_json_has_them(tmp_path: Path) -> None:
    made = mine(tmp_path, "").configure("fixed", {"kind": "hard", "pair": [2, 1], "agreement": 1})
    assert made.model_dump(mode="json", include={"kind", "pair"}) == {"kind": "hard", "pair": [2, 1]}


def test_two_settings_are_no_one_cell(tmp_path: Path) -> None:
    place = mine(tmp_path, CHANGING).origin
    assert place is not None

    def asked(share: float) -> str:
        wish = Wish(method=place.place, preset="smoke", labeled=2, set={"updates": 2, "share": share})
        return resolve_cell(wish, find("phantom"), "cpu").id

    assert asked(0.4) != asked(0.5)
    with pytest.raises(MethodUsageError, match=r"share=0\.4 of the share=0\.37"):
        asked(0.37)

"""Every method of this repository is named where a user looks for methods."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmark.cells.protocol import read_protocol
from methods.registry import entries
from results.published import OURS, published

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("protocol", ["smoke", "acdc"])
def test_a_protocol_of_all_methods_has_every_one(protocol: str) -> None:
    named = {wish.method for wish in read_protocol(ROOT / "protocols" / f"{protocol}.toml").wishes()}
    assert named == set(entries())


def test_the_page_on_running_lists_every_one_once() -> None:
    page = (ROOT / "docs" / "RUNNING.md").read_text(encoding="utf-8")
    rows = [line.rsplit("|", 2)[1] for line in page.splitlines() if line.startswith("| ") and line.count("|") == 3]
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row) if name in entries()]
    assert sorted(listed) == sorted(entries())


TENS, ONES = ("twenty", "thirty"), ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def test_the_readme_counts_them() -> None:
    words = [f"{ten}{one}" for ten in TENS for one in ("", *(f"-{one}" for one in ONES))]
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"It compares {words[len(entries()) - 20]} methods" in readme


def test_a_printed_row_under_a_methods_title_stands_beside_its_runs() -> None:
    titles = {one.title: name for name, one in entries().items()}
    printed = {*published("acdc", None)["method"], *published("lits", None)["method"]}
    assert {name: OURS.get(name) for name in printed & set(titles)} == {
        name: titles[name] for name in printed & set(titles)
    }
    assert (titles["MC-Net"], titles["SS-Net"]) == ("mcnet", "ssnet")

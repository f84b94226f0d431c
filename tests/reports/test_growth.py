"""What a page does grows as its records do: told by calls, which are the same on every machine."""

from __future__ import annotations

import cProfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import CodeType

import pytest

from benchmark.paths import ROOT
from reports.page import build_page
from results.store import LoadedRecord
from tests.results.made import save

METHODS = ("a", "b")
TABLES = (2, 4, 8)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Sequence[LoadedRecord]:
    """Return records of as many tables of two methods; no method stands in two of them, nor in any paper."""
    root = tmp_path_factory.mktemp("runs")
    return [
        save(root, 0.5, pictures=False, id=f"{labeled}-{name}", method=f"{name}{labeled}", title=name, labeled=labeled)
        for labeled in range(1, max(TABLES) + 1)
        for name in METHODS
    ]


def calls(records: Sequence[LoadedRecord], out: Path) -> Counter[str]:
    """Return how often a page of records calls each function of this repository, steps of generators too."""
    watched = cProfile.Profile()
    watched.runcall(build_page, records, out, "Growth")
    ours = ((one.code, one.callcount) for one in watched.getstats() if isinstance(one.code, CodeType))
    found = Counter[str]()
    for code, count in ours:
        if Path(code.co_filename).parent in (ROOT / "reports", ROOT / "reports/sections", ROOT / "results"):
            found[f"{Path(code.co_filename).name}: {code.co_qualname}"] += count
    return found


def test_no_function_is_called_more_often_a_record_in_a_page_of_many(
    records: Sequence[LoadedRecord], tmp_path: Path
) -> None:
    calls(records[: len(METHODS)], tmp_path / "first")  # imports, and what a process keeps
    few, more, most = (calls(records[: count * len(METHODS)], tmp_path / str(count)) for count in TABLES)
    steeper = [name for name in most if most[name] - more[name] > 2 * (more[name] - few[name])]
    assert len(most) > 300 and not steeper

"""Of a method none of whose cases count the page says so, and prints no number that is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.page import build_page
from results.store import LoadedRecord, Store
from tests.reports.pages import read_page
from tests.results.made import cases, history, record, save

MINE = {"method": "action", "title": "ACTION"}


def uncounted(root: Path, **cell: object) -> LoadedRecord:
    """Save a run of which no case counts."""
    table = cases(0.5).assign(counted=False, missed=False)
    made, store = record(table, **cell), Store(root)
    store.save(made.cell.id, made, {"cases": table, "history": history()}, {})
    return store.load(made.cell.id)


def seeds(root: Path, name: str, make: Callable[..., LoadedRecord] = save, **cell: object) -> list[LoadedRecord]:
    return [make(root, id=f"{name}{seed}", seed=seed, **cell) for seed in (0, 1)]


@pytest.mark.parametrize("lacks", ["floor", "twin"])
def test_a_step_from_what_does_not_count_is_a_dash_with_the_reason(tmp_path: Path, lacks: str) -> None:
    floor, twin = (uncounted if lacks == name else save for name in ("floor", "twin"))
    made = [*seeds(tmp_path, "s", floor), *seeds(tmp_path, "t", twin, twin=True, **MINE)]
    made += seeds(tmp_path, "a", **MINE)
    html = read_page(build_page(made, tmp_path / "page", "T"))
    assert "Where the gain comes from" in html
    assert ("Supervised has no Dice here, as nothing counts" in html) == (lacks == "floor")
    assert html.count('<td>–<br><span class="sub">nothing counts</span></td>') == 2
    assert '<span class="sub">one seed</span>' not in html
    assert not re.search(r"[>( +-]nan\b", html, re.IGNORECASE)

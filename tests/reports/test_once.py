"""A page reads each file once, computes each number once, and draws each figure in one pass."""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from PIL import Image

from benchmark.metrics.conventions import CONVENTIONS
from reports import codes, findings, intervals, raster, section
from reports.page import build_page
from results import checksums, store
from results.store import LoadedRecord
from results.summary import METRICS
from tests.results.made import STRUCTURES, gallery, save

RULES = 2


def whole(loaded: LoadedRecord) -> LoadedRecord:
    """Return a record with every table that a run can have."""
    look = [(k, "pseudo_dice", s, "", 0.5) for k in (5, 10) for s in STRUCTURES]
    look += [(10, q, s, o, 0.2) for q in ("similarity", "negative_share") for s in STRUCTURES for o in STRUCTURES]
    said = [
        {"convention": name, "case": "c", "patient": "c", "structure": "RV", "dice": 0.5, "jaccard": 0.4, "hd95": 4.0,
         "asd": 2.0, "unit": "voxel", "missed": False, "false_alarm": False}
        for name in CONVENTIONS
    ]  # fmt: skip
    tables = {
        "cases": loaded.cases(),
        "history": loaded.history(),
        "diagnosis": pd.DataFrame(look, columns=["update", "quantity", "structure", "other", "value"]),
        "embedding": pd.DataFrame({"x": [0.0, 1.0], "y": [1.0, 0.0], "structure": ["RV", "LV"]}),
        "conventions": pd.DataFrame(said),
        "ledger": pd.DataFrame({"update": [10, 20], "val_dice": [0.4, 0.5], "test_dice": [0.4, 0.5]}),
    }
    kept, name = store.Store(loaded.folder.parent), loaded.record.cell.id
    kept.save(name, loaded.record, tables, {"gallery": gallery()}, force=True)
    return kept.load(name)


def several(root: Path) -> list[LoadedRecord]:
    """Return three methods of two seeds at two counts of labels, and a ceiling that joins both tables."""
    given = [
        (f"{method}-{labeled}-{seed}", method, labeled, seed)
        for method in ("a", "b", "c")
        for labeled in (3, 7)
        for seed in (0, 1)
    ]
    made = [
        whole(save(root, 0.4 + seed / 50, id=name, method=method, title=method, labeled=labeled, seed=seed))
        for name, method, labeled, seed in given
    ]
    return [*made, *(whole(save(root, 0.8, id=f"full-{seed}", labeled=70, seed=seed)) for seed in (0, 1))]


def counted(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, key: Callable[..., object]) -> Counter[object]:
    """Count calls of a function of a module or class by what their arguments name, and let them through."""
    calls: Counter[object] = Counter()
    original = getattr(place, name)

    def through(*given: Any, **named: Any) -> Any:
        calls[key(*given)] += 1
        return original(*given, **named)

    monkeypatch.setattr(place, name, through)
    return calls


def test_each_table_of_each_record_is_read_once_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = several(tmp_path / "runs")
    read = counted(monkeypatch, store, "read_whole", lambda folder, name: (folder.name, name))
    build_page(made, tmp_path / "page", "T")
    tables = [(folder, name) for folder, name in read if name.endswith(".parquet")]  # type: ignore[misc]
    each = ("cases", "history", "diagnosis", "conventions", "ledger")
    first = {loaded.record.cell.id for loaded in made if loaded.record.cell.seed == 0}
    assert {name for _, name in tables} == {f"{name}.parquet" for name in (*each, "embedding")}
    assert len(tables) == len(made) * len(each) + len(first)  # the plane is the first seed's
    assert set(read.values()) == {1}


def test_each_interval_is_computed_once_a_page_for_the_tables_and_the_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = several(tmp_path / "runs")
    draws = counted(monkeypatch, intervals.Draws, "of", lambda *_: "draws")
    computed = counted(monkeypatch, intervals, "interval", lambda scores, *_: scores.total.tobytes())
    build_page(made, tmp_path / "page", "T")
    lines = 3 * 2 + 1  # the ceiling stands in two tables and is one
    places = lines * RULES * (1 + len(STRUCTURES)) * len(METRICS)
    assert sum(computed.values()) == places
    assert draws["draws"] == places + 2  # and one for the pairs of each table
    table = pd.read_csv(tmp_path / "page" / "tables.csv")
    assert len(table) == (3 + 1) * 2 * RULES * (1 + len(STRUCTURES)) and table["dice_low"].notna().all()


def test_a_line_of_one_seed_draws_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = counted(monkeypatch, intervals.Draws, "of", lambda *_: "draws")
    build_page([save(tmp_path / "runs")], tmp_path / "page", "T")
    assert draws == Counter()


def test_scores_sums_codes_and_ledgers_are_gathered_once_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = several(tmp_path / "runs")
    places = ((findings, "group_scores"), (section, "gains"), (section, "compare_lines"))
    counts = [counted(monkeypatch, place, name, lambda *_: "table") for place, name in places]
    checkouts = counted(monkeypatch, codes, "Checkout", lambda *_: "page")
    build_page(made, tmp_path / "page", "T")
    assert [count["table"] for count in counts] == [2, 2, 2]
    assert checkouts["page"] == 1


def test_a_figure_is_laid_out_by_nobody_and_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = several(tmp_path / "runs")
    drawn = counted(monkeypatch, FigureCanvasAgg, "draw", lambda *_: "drawn")
    for place, name in ((LayoutEngine, "__init__"), (Figure, "get_tightbbox"), (Figure, "savefig")):
        monkeypatch.setattr(place, name, lambda *_, **__: pytest.fail("laid out"))
    html = build_page(made, tmp_path / "page", "T").read_text()
    assert html.count("data:image/webp;") == drawn["drawn"] == 2 * (3 + 1)  # a gallery a line
    of_a_table = 1 + 1 + 1 + 1 + 2 + 1 + 2 * (3 + 1)  # ranks, structures, cases, cost, two of training, choice, insides
    assert html.count("<svg xmlns") == 2 * of_a_table + 1  # and what both tables tell of labels


def test_a_page_without_pictures_needs_no_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "encoded", lambda *_: pytest.fail("drawn"))
    made = [save(tmp_path / "runs", id=name, method=name, title=name, pictures=False) for name in ("a", "b", "c")]
    html = build_page(made, tmp_path / "page", "T").read_text()
    assert "data:image/webp;" not in html and html.count("<svg xmlns") == 6


def test_what_is_cut_off_a_figure_is_white(tmp_path: Path) -> None:
    figure = Figure(figsize=(4, 2))
    axes = figure.add_axes((0.5, 0.5, 0.25, 0.25))
    axes.set_axis_off()
    axes.imshow(np.zeros((2, 2)), cmap="gray", aspect="auto")
    dots = np.asarray(Image.open(BytesIO(b64decode(raster.encoded(figure).partition(",")[2])))) / 255
    margin = raster.MARGIN
    assert dots.shape[:2] == (75 + 2 * margin, 150 + 2 * margin)
    assert dots[margin:-margin, margin:-margin, :3].max() < 0.05  # WebP is lossy
    assert min(dots[:margin].min(), dots[-margin:].min(), dots[:, :margin].min(), dots[:, -margin:].min()) > 0.85


def test_a_damaged_table_is_one_sentence_still(tmp_path: Path) -> None:
    loaded = save(tmp_path / "runs")
    (loaded.folder / "cases.parquet").write_bytes(b"nothing")
    html = build_page([loaded], tmp_path / "page", "T").read_text()
    assert html.count("cases.parquet is damaged") == 1 and "<table" not in html
    assert checksums.damage(loaded.folder)

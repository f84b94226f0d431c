"""A paper's figure of test cases: which runs, cases and slices it shows, what stands in it, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure as Drawn
from PIL import Image

from reports.figure import command
from reports.figure_choice import chosen
from reports.figure_content import Panel, Row, Shown, Wanted
from reports.figure_layout import Part
from reports.figure_panels import bar_mm, drawn, numbers, written
from reports.plots import COLORS
from results.errors import ResultUsageError
from results.store import LoadedRecord
from tests.reports.pictured import SIZE, reference, run
from tests.results.made import STRUCTURES


@pytest.fixture
def two(tmp_path: Path) -> list[LoadedRecord]:
    return [run(tmp_path / "runs"), run(tmp_path / "runs", "action", turned=True)]


def shown(records: list[LoadedRecord], **wanted: object) -> Shown:
    return chosen(records, Wanted(**wanted))  # type: ignore[arg-type]


def texts(figure: Drawn) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in [axes.title, *axes.texts] if text.get_text()]


def test_rows_are_the_worst_median_and_best_case_of_the_first_method(two: list[LoadedRecord]) -> None:
    assert [(row.place, row.name) for row in shown(two).rows] == [("worst", "c1"), ("median", "c3"), ("best", "c0")]
    other = shown(two, methods=("action,supervised",), cases=("best", "c2", "worst"))
    assert [(row.place, row.name) for row in other.rows] == [("best", "c1"), ("", "c2"), ("worst", "c0")]
    assert [column.run.record.cell.id for column in other.columns] == ["toy-action", "toy-supervised"]


def test_the_slice_is_that_of_the_largest_reference_of_what_is_drawn(two: list[LoadedRecord]) -> None:
    assert {row.number for row in shown(two).rows} == {4}
    assert {row.number for row in shown(two, slice=2).rows} == {2}
    row = shown(two, slice=2, cases=("c2",)).rows[0]
    assert np.array_equal(row.reference, reference(2)[1])
    assert np.array_equal(row.panels[1].mask, np.roll(reference(2)[1], 2, 1))
    assert abs(row.image[0].astype(int) - np.linspace(0, 255, SIZE)).max() <= 4  # of JPEG


def test_numbers_are_the_cases_means_over_the_structures_that_are_drawn_and_count(two: list[LoadedRecord]) -> None:
    best = shown(two, cases=("best", "c3")).rows
    assert [numbers(panel, "mm") for panel in best[0].panels] == [
        "Dice 80.0 %\nHD95 9.0 mm",
        "Dice 10.0 %\nHD95 2.0 mm",
    ]
    assert numbers(best[1].panels[0], "mm") == "Dice 45.0 %\nHD95 5.0 mm"  # its LV does not count
    one = shown(two, cases=("best",), structures=("Myo",))
    assert numbers(one.rows[0].panels[0], "voxel") == "Dice 80.0 %\nHD95 9.0 voxels" and one.structures == {"Myo": 2}
    assert numbers(Panel(np.zeros((1, 1), np.uint8), None, None), "mm") == "Dice –\nHD95 –"


def test_a_figure_holds_a_panel_each_with_its_words_and_contours(two: list[LoadedRecord]) -> None:
    figure = drawn(shown(two), "contours")
    assert len(figure.axes) == 3 * (2 + 2)
    assert texts(figure)[:6] == [
        "image",
        "c1\nworst, slice 4",
        "10 mm",
        "reference",
        "Supervised",
        "Dice 10.0 %\nHD95 2.0 mm",
    ]
    each = [[one for one in axes.get_children() if isinstance(one, ContourSet)] for axes in figure.axes[:4]]
    assert [len(found) for found in each] == [0, 3, 6, 6]  # the reference over each method
    assert [tuple(one.get_edgecolor()[0]) for one in each[1]] == [tuple(rgba(color)) for color in COLORS[:3]]
    assert {tuple(one.get_edgecolor()[0]) for one in each[2][:3]} == {(1, 1, 1, 1)}
    ours = each[3][3].get_paths()[0].vertices  # type: ignore[index]
    assert (ours[:, 0].min(), ours[:, 0].max()) == (9.5, 21.5)  # columns 10 to 21, moved by two
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [*STRUCTURES, "reference"]


def rgba(color: str) -> list[float]:
    return [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)] + [1]


def test_an_overlay_fills_what_contours_surround(two: list[LoadedRecord]) -> None:
    figure = drawn(shown(two, cases=("best",)), "overlay")
    filled = [one.filled for one in figure.axes[2].get_children() if isinstance(one, ContourSet)]
    assert filled == [False, False, False, True, True, True]


def test_a_contour_closes_at_the_border_of_the_image(two: list[LoadedRecord]) -> None:
    full = np.ones((6, 6), np.uint8)
    row = Row("c", "", 1, full, full, None, (Panel(full, 1.0, 0.0),))
    one = shown(two, methods=("supervised",))
    figure = drawn(Shown(one.columns, (row,), one.structures, "mm"), "contours")
    path = next(one for one in figure.axes[1].get_children() if isinstance(one, ContourSet)).get_paths()[0]
    assert (path.vertices.min(), path.vertices.max()) == (-0.5, 5.5)  # type: ignore[union-attr]
    assert np.array_equal(path.vertices[0], path.vertices[-1])  # type: ignore[index]


@pytest.mark.parametrize(("width", "length"), [(2.0, 0.5), (12.0, 2), (60.0, 20), (143.0, 50), (900.0, 200)])
def test_a_scale_bar_is_round_and_a_third_of_the_panel_at_most(width: float, length: float) -> None:
    assert bar_mm(width) == length


def test_a_scale_bar_is_as_long_as_it_says_and_there_where_pixels_have_a_size(tmp_path: Path) -> None:
    figure = drawn(shown([run(tmp_path / "mm")], cases=("c0",)), "contours", whole=True)
    image = figure.axes[0]
    ends = image.lines[0].get_xdata()
    assert "10 mm" in texts(figure)
    assert (ends[1] - ends[0]) * SIZE * 1.0 == pytest.approx(10)  # of 40 columns of 1 mm
    left, right = image.get_xlim()
    assert right - left == SIZE and image.get_aspect() == 2.0  # rows are 2 mm high
    bare = drawn(shown([run(tmp_path / "px", spacing=None)], cases=("c0",)), "contours")
    assert not bare.axes[0].lines and not any(" mm" in text and "HD95" not in text for text in texts(bare))


def test_a_square_about_what_is_drawn_stays_within_the_slice_and_cuts_nothing_off() -> None:
    mask, far = np.zeros((100, 80), np.uint8), np.zeros((100, 80), np.uint8)
    mask[10:30, 0:10], far[40:50, 30:40] = 1, 1
    row = Row("c", "", 1, mask, mask, (1.0, 1.0), (Panel(far, 0.0, None),))
    part = Part.about(row, {"RV": 1})
    assert (part.left, part.top, part.width, part.height) == (0, 0, 64, 64)  # 40 rows and 60 % more
    one = Part.about(Row("c", "", 1, far, far, (2.0, 1.0), ()), {"RV": 1})
    assert (one.width, one.height, one.tall) == (32, 16, 1)  # 10 rows of 2 mm
    assert (one.left, one.top) == (19, 37)
    assert Part.about(row, {"LV": 3}) == Part(0, 0, 80, 100, 1.0)  # nothing of it anywhere
    wide = Part.about(Row("c", "", 1, np.ones((10, 80), np.uint8), np.ones((10, 80), np.uint8), None, ()), {"RV": 1})
    assert (wide.left, wide.width, wide.top, wide.height) == (0, 80, 0, 10)


def test_the_command_writes_vectors_with_their_fonts_and_says_of_what(
    two: list[LoadedRecord], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "out" / f"figure{ending}" for ending in (".pdf", ".svg", ".png")]
    wanted = ["--runs", str(tmp_path / "runs"), *(word for file in files for word in ("--out", str(file)))]
    assert command([*wanted, "--cases", "best", "--width", "100"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Supervised: toy-supervised", "Action: toy-action", "best by Supervised: c0, slice 4",
        f"figure: {', '.join(map(str, files))}",
    ]  # fmt: skip
    pdf, svg = files[0].read_bytes(), files[1].read_text()
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf and b"DejaVuSans" in pdf
    width = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ", pdf)
    assert width is not None and float(width[1]) == pytest.approx(100 / 25.4 * 72)
    assert svg.count("<image") == 4 and "<path" in svg and "<text" not in svg  # letters are outlines
    with Image.open(files[2]) as picture:
        assert abs(picture.width - 100 / 25.4 * 300) <= 1
    before = [file.read_bytes() for file in files]
    assert command([*wanted, "--cases", "best", "--width", "100"]) == 0
    assert [file.read_bytes() for file in files] == before


def test_of_many_methods_six_have_a_column_and_the_others_are_named(tmp_path: Path) -> None:
    made = [run(tmp_path, f"m{number}") for number in range(8)]
    one = shown(made)
    assert [column.line.label for column in one.columns] == [f"M{number}" for number in range(6)]
    assert list(one.told())[-1] == "without a column: M6; M7; --methods names those that are to have one"


def test_methods_that_keep_no_images_have_no_column_where_none_is_named(tmp_path: Path) -> None:
    made = [run(tmp_path, "old", images=False), run(tmp_path)]
    one = shown(made)
    assert [column.line.label for column in one.columns] == ["Supervised"] and one.left_out == ("Old",)
    with pytest.raises(ResultUsageError, match=r"toy-old \(Old\) keeps no images of its test cases"):
        shown(made[:1])


def test_a_run_of_another_seed_is_shown_where_the_first_keeps_no_images(tmp_path: Path) -> None:
    made = [run(tmp_path, images=False, seed=0, id="s0"), run(tmp_path, seed=1, id="s1")]
    assert shown(made).columns[0].run.record.cell.id == "s1"
    for wanted in ({"seed": 0}, {"methods": ("s0",)}):
        with pytest.raises(ResultUsageError, match=r"s0 \(Supervised\) keeps no images.*the cell again with --force"):
            shown(made, **wanted)
    assert shown(made, methods=("s1",)).columns[0].run.record.cell.id == "s1"
    with pytest.raises(ResultUsageError, match=r"--seed 7: Supervised was not run with it; its seeds are 0, 1"):
        shown(made, seed=7)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"methods": ("actoin",)}, "--methods actoin: no run of acdc is of it; did you mean action?"),
        ({"methods": (",",)}, "--methods: none is named; there are Supervised; Action"),
        ({"cases": ("wurst",)}, "--cases wurst: these runs keep no image of it; did you mean worst?"),
        ({"cases": ()}, "--cases: none is named; name worst, median, best, or cases"),
        ({"structures": ("LA",)}, "--structures LA: there is no such structure; there are RV, Myo, LV"),
        ({"slice": 9, "cases": ("c0",)}, "--slice 9: of c0 the slices 1, 2, 3, 4, 5 of 5 are kept"),
        ({"labeled": 7}, "no run that is done fits --labeled 7; there are acdc, 3 labelled, preset quick"),
    ],
)
def test_what_is_not_there_is_one_sentence_that_says_what_is(
    two: list[LoadedRecord], wanted: dict[str, object], words: str
) -> None:
    with pytest.raises(ResultUsageError) as raised:
        shown(two, **wanted)
    assert str(raised.value) == words and raised.value.exits_with == 2


def test_several_tables_and_several_lines_of_a_name_are_asked_about(tmp_path: Path) -> None:
    made = [run(tmp_path, id="a"), run(tmp_path, id="b", labeled=7), run(tmp_path, id="c", fidelity="paper")]
    with pytest.raises(
        ResultUsageError, match=r"several tables: acdc, 3 labelled, preset quick; acdc, 7 labelled"
    ) as said:
        shown(made)
    assert str(said.value).endswith("; choose one, as by --labeled 3")
    with pytest.raises(
        ResultUsageError, match=r"several lines are of it: Supervised, fixed; Supervised, paper; give a"
    ):
        shown(made, labeled=3, methods=("supervised",))
    one = shown(made, labeled=3, methods=("Supervised, paper",))
    assert [column.run.record.cell.id for column in one.columns] == ["c"]


@pytest.mark.parametrize("out", ["figure.eps", "figure"])
def test_another_kind_of_file_is_refused_before_anything_is_read(out: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        command(["--out", out])
    assert raised.value.code == 2
    assert capsys.readouterr().err == f"error: --out {out}: expected a file that ends with .pdf, .svg or .png\n"


def test_equal_figures_are_equal_bytes(two: list[LoadedRecord]) -> None:
    for kind in ("pdf", "svg"):
        once, again = (written(drawn(shown(two, cases=("best",)), "contours"), kind) for _ in range(2))
        assert once == again

"""Curves: no two lines of a table look alike."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from reports import plots
from reports.plots import case_scores, line_styles, validation_curves
from reports.summary import group
from results.store import Store
from tests.results.made import save


def test_twenty_four_lines_have_a_look_of_their_own() -> None:
    assert len(set(line_styles(24))) == 24
    assert len({color for color, _ in line_styles(6)}) == 6
    assert line_styles(25)[24] == line_styles(1)[0]


@pytest.mark.filterwarnings("error::UserWarning")
def test_labels_of_150_letters_leave_the_panels_of_cases_their_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    widths = []

    def kept(figure: Figure) -> str:
        figure.draw_without_rendering()
        widths.extend(axes.get_position().width for axes in figure.axes)
        return ""

    monkeypatch.setattr(plots, "encoded", kept)
    for number in range(4):
        save(tmp_path, id=f"m{number}", method=f"m{number}", title=f"{number} " + "a long word " * 12, pictures=False)
    (one,) = group(Store(tmp_path).records())
    case_scores(one, "last")
    assert len(widths) == 3 and min(widths) > 0.15


def test_validation_curves_and_their_legend_tell_nineteen_methods_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def kept(figure: Figure) -> str:
        legend = figure.axes[0].get_legend()
        assert legend is not None
        looks.extend((str(line.get_color()), str(line.get_linestyle())) for line in legend.get_lines())
        return ""

    monkeypatch.setattr(plots, "encoded", kept)
    for number in range(19):
        save(tmp_path, id=f"m{number}", method=f"m{number}", title=f"Method {number}", pictures=False)
    (one,) = group(Store(tmp_path).records())
    validation_curves(one)
    assert len(looks) == len(set(looks)) == 19

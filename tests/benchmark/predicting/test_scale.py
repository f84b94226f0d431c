"""Predictions of images on another scale than a run's: told, and not in silence all white or all black."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.predicting.scale import Scale
from data.case import Case
from data.grid import Window
from tests.benchmark.predicting.folders import pictures, planned_at, predicted, trained

BITS = (0.0, 255.0)


def case(*channels: np.ndarray) -> Case:
    grey, *more = (channel.astype(np.float32) for channel in channels)
    return Case("c", "c", grey, None, None, more=tuple(more))


def grey(*values: float) -> np.ndarray:
    """Return a slice of a hundred pixels, the first ones with these values and the others black."""
    return np.array([*values, *[0.0] * (100 - len(values))]).reshape(1, 10, 10)


@pytest.mark.parametrize(
    ("window", "values", "said"),
    [
        (BITS, (255,) * 60, None),
        (BITS, (200, 256), None),  # one pixel of a hundred
        (BITS, (200, 256, 60_000), "2 % are above 255, which is white to it"),
        ((0.0, 65_535.0), (40_000, 10), None),
        ((0.0, 65_535.0), (255,) * 60, "0 to 255, in a window of 0 to 65535"),
        ((0.0, 1.0), (255,) * 60, "60 % are above 1, which is white to it"),
        ((-200.0, 250.0), (1_000,) * 50, None),  # of CT bone and metal lie above
        ((-200.0, 250.0), (1_000,) * 51, "51 % are above 250, which is white to it"),
        ((-200.0, 250.0), (0.5, 1.0), "0 to 1, in a window of -200 to 250"),
        (None, (1e9,) * 60, None),
    ],
)
def test_what_lies_beside_a_stated_window_is_told(
    window: Window | None, values: tuple[float, ...], said: str | None
) -> None:
    scale = Scale([window], ["T1"])
    scale.see(case(grey(*values)))
    assert scale.remark() == (said and f"the grey values are of another scale than the run's: {said}")


def test_slices_count_together_and_a_channel_is_named() -> None:
    scale = Scale([None, BITS, BITS], ["T1", "T2", "FLAIR"])
    plain, bright = grey(200), grey(200, 300, 300)
    scale.see(case(grey(1e9), plain, plain))
    scale.see(case(grey(1e9), plain, bright))
    assert scale.remark() is None  # two pixels of two hundred
    scale.see(case(grey(1e9), plain, grey(*[300] * 50)))
    assert scale.remark() == (
        "the grey values of channel FLAIR are of another scale than the run's: 17 % are above 255, which is white to it"
    )


def test_pictures_of_more_bits_than_the_trained_ones_are_told_by_predict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = pictures(tmp_path / "set")
    run = trained(planned_at(root), tmp_path / "runs")
    other = tmp_path / "other"
    other.mkdir()
    for number, factor in enumerate((1, 257)):
        values = np.asarray(Image.open(root / "images" / "p0_0.png")).astype(np.uint16) * factor
        Image.fromarray(values.astype(np.uint8 if factor == 1 else np.uint16)).save(other / f"p{number}.png")
    capsys.readouterr()
    assert predicted(run, other, "--out", tmp_path / "out") == 0
    first, second = (line for line in capsys.readouterr().err.splitlines() if line.startswith("["))
    assert first == "[1/2] p0: 1 slice"
    assert second == (
        "[2/2] p1: 1 slice; the grey values are of another scale than the run's: 100 % are above 255, which is white "
        "to it"
    )

"""The grey values between which a volume is scaled are those of numpy, though no more than blocks of it are held."""

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.extremes import extremes
from data.grid import scaled

GREYS = arrays.arrays(
    np.float32,
    st.integers(1, 300),
    elements=st.floats(-1e6, 1e6, width=32) | st.integers(-3, 3).map(float),
)


@given(GREYS, st.integers(1, 5))
def test_percentiles_are_numpys_to_the_last_digit(values: np.ndarray, parts: int) -> None:
    blocks = [block for block in np.array_split(values, parts) if len(block)]
    assert extremes(lambda: iter(blocks), "percentile") == tuple(np.percentile(values, (1.0, 99.0)).tolist())


@pytest.mark.parametrize("count", [1, 2, 101, 65_537])
def test_percentiles_of_many_values_are_numpys(count: int) -> None:
    values = (np.random.default_rng(count).normal(size=count) * 1000).astype(np.float32)
    assert extremes(lambda: iter([values]), "percentile") == tuple(np.percentile(values, (1.0, 99.0)).tolist())


def test_extremes_are_those_of_all_blocks() -> None:
    blocks = [np.array([3, -4], np.float32), np.array([9, 0.5], np.float32)]
    assert extremes(lambda: iter(blocks), "minmax") == (-4.0, 9.0)


@pytest.mark.parametrize("scaling", ["minmax", "percentile"])
def test_a_slice_scaled_between_them_is_the_volumes(scaling) -> None:
    volume = np.random.default_rng(0).normal(size=(7, 9, 8)).astype(np.float32)
    window = extremes(lambda: iter(volume), scaling)
    assert np.array_equal(scaled(volume[2:3], scaling, window), scaled(volume, scaling)[2:3])

"""Ranks over patients, and Nemenyi's distance as its paper tabulates it."""

import numpy as np
import pytest

from results.statistics.ranks import critical_difference, rank
from tests.results.statistics.simulated import of


def test_the_better_has_the_lower_rank_and_ties_share_theirs() -> None:
    table = {"a": np.array([[3.0, 3.0]]), "b": np.array([[2.0, 3.0]]), "c": np.array([[1.0, 1.0]])}
    found = rank({name: of(values) for name, values in table.items()})
    assert found is not None
    assert found.ranks == {"a": 1.25, "b": 1.75, "c": 3.0}
    turned = rank({name: of(values) for name, values in table.items()}, higher_is_better=False)
    assert turned is not None and turned.ranks == {"a": 2.75, "b": 2.25, "c": 1.0}


@pytest.mark.parametrize(("methods", "quantile"), [(3, 2.343), (5, 2.728), (10, 3.164)])
def test_the_critical_difference_is_that_of_the_published_table(methods: int, quantile: float) -> None:
    """Demsar, JMLR 2006, table 5a."""
    expected = quantile * np.sqrt(methods * (methods + 1) / (6 * 20))
    assert critical_difference(methods, 20) == pytest.approx(expected, rel=1e-3)


def test_friedman_sees_a_planted_order_and_none_in_equal_scores() -> None:
    rng = np.random.default_rng(0)
    planted = rank({str(k): of(k + rng.normal(0, 0.5, (2, 15))) for k in range(3)})
    equal = rank({str(k): of(np.ones((2, 15))) for k in range(3)})
    assert planted is not None and planted.friedman_p < 0.001
    assert equal is not None and equal.friedman_p == 1


def test_two_methods_need_no_ranking() -> None:
    assert rank({"a": of(np.ones((1, 5))), "b": of(np.ones((1, 5)))}) is None
    assert rank({}) is None

"""Budgets: updates cut by shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods.base import Budget
from methods.errors import MethodError


def test_shares_cut_the_whole() -> None:
    assert Budget(1000, False, 8, 8).split(1, 1, 2) == [250, 250, 500]


def test_the_papers_preset_gives_all_updates_to_each_stage() -> None:
    assert Budget(1000, True, 8, 8).split(1, 2) == [1000, 1000]


@given(st.integers(1, 500), st.lists(st.floats(0.001, 1000), min_size=1, max_size=5))
def test_every_stage_gets_an_update_and_none_is_lost(updates: int, shares: list[float]) -> None:
    if updates < len(shares):
        with pytest.raises(MethodError, match=f"{updates} updates are too few for {len(shares)} stages"):
            Budget(updates, False, 8, 8).split(*shares)
        return
    parts = Budget(updates, False, 8, 8).split(*shares)
    assert sum(parts) == updates
    assert min(parts) >= 1

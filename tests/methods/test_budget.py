"""Budgets: updates cut by shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methods import registry
from methods.base import Budget
from methods.errors import MethodError
from tests.contract.toy import TASK


def test_shares_cut_the_whole() -> None:
    assert Budget(1000, False, 8, 8).split(1, 1, 2) == [250, 250, 500]


def test_the_papers_preset_gives_all_updates_to_each_stage() -> None:
    assert Budget(1000, True, 8, 8).split(1, 2) == [1000, 1000]


def test_a_paper_that_counts_a_whole_run_has_it_cut_where_stages_are_granted_theirs() -> None:
    assert Budget(30_000, True, 8, 8).split(10, 20, whole=30_000) == [10_000, 20_000]
    assert Budget(1000, False, 8, 8).split(10, 30, whole=40_000) == [250, 750]


def test_a_whole_run_is_as_much_longer_or_shorter_as_the_stages_of_others() -> None:
    assert Budget(1_000, True, 8, 8).split(1, 1, 2, whole=90_000) == [750, 750, 1_500]
    assert Budget(1_000, True, 8, 8).split(10, 30, whole=40_000) == [333, 1_000]
    assert Budget(60_000, True, 8, 8).split(10, 20, whole=30_000) == [20_000, 40_000]


def test_too_short_a_whole_run_says_what_would_do() -> None:
    with pytest.raises(MethodError, match=r"--set updates=1: 1 updates are too few for 2 .*; expected at least 2"):
        Budget(1, True, 8, 8).split(10, 30, whole=40_000)
    assert Budget(2, True, 8, 8).split(10, 30, whole=40_000) == [1, 2]


@pytest.mark.parametrize(
    ("name", "fidelity", "updates"),
    [
        ("action", "official", [30_000, 30_000, 30_000]),
        ("action", "paper", [22_500, 22_500, 45_000]),
        ("action_plus", "official", [30_000, 30_000]),
        ("action_plus", "paper", [10_000, 20_000]),
        ("action_plus", "fixed", [10_000, 20_000]),
        ("mona", "paper", [20_000, 40_000]),
        ("arco", "fixed", [20_000, 40_000]),
        ("bcp", "official", [10_000, 30_000]),
        ("bcp", "fixed", [10_000, 30_000]),
        ("mean_teacher", "official", [30_000]),
    ],
)
def test_stages_at_the_papers_preset_are_as_long_as_published(name: str, fidelity: str, updates: list[int]) -> None:
    method = registry.build(name, TASK, "unet", registry.configure(name, fidelity, {}), weights=None, seed=0)
    assert [stage.updates for stage in method.stages(Budget(30_000, True, 12, 12))] == updates


def test_official_supervised_training_has_labelled_slices_in_place_of_the_others() -> None:
    drawn = {}
    for fidelity in ("fixed", "official"):
        config = registry.configure("supervised", fidelity, {})
        method = registry.build("supervised", TASK, "unet", config, weights=None, seed=0)
        drawn[fidelity] = method.stages(Budget(9, True, 12, 12))[0].draw
    assert (drawn["fixed"].labeled, drawn["official"].labeled) == (12, 24)
    assert drawn["official"].unlabeled == 0


@given(st.integers(1, 500), st.lists(st.floats(0.001, 1000), min_size=1, max_size=5))
def test_every_stage_gets_an_update_and_none_is_lost(updates: int, shares: list[float]) -> None:
    if updates < len(shares):
        with pytest.raises(MethodError, match=f"{updates} updates are too few for {len(shares)} stages"):
            Budget(updates, False, 8, 8).split(*shares)
        return
    parts = Budget(updates, False, 8, 8).split(*shares)
    assert sum(parts) == updates
    assert min(parts) >= 1

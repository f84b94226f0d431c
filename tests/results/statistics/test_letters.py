"""Letters say of every pair what the tests said of it, with as few letters as that takes."""

import itertools

import numpy as np
import pytest

from results.statistics.letters import letters


def test_none_told_apart_is_one_letter_and_all_told_apart_one_each() -> None:
    assert letters("xyz", []) == {"x": "a", "y": "a", "z": "a"}
    assert letters("xyz", itertools.combinations("xyz", 2)) == {"x": "a", "y": "b", "z": "c"}


def test_one_between_two_that_differ_has_the_letters_of_both() -> None:
    assert letters("xyz", [("x", "z")]) == {"x": "a", "y": "ab", "z": "b"}


def test_by_hand_four_of_which_the_first_is_above_two() -> None:
    assert letters("wxyz", [("w", "y"), ("w", "z")]) == {"w": "a", "x": "ab", "y": "b", "z": "b"}


@pytest.mark.parametrize("seed", range(20))
def test_two_share_a_letter_unless_they_are_told_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = list(itertools.combinations(range(9), 2))
    apart = {pair for pair in pairs if rng.random() < 0.3}
    found = letters(range(9), sorted(apart))
    assert {pair for pair in pairs if not {*found[pair[0]]} & {*found[pair[1]]}} == apart
    assert found[0].startswith("a")


def test_more_groups_than_letters_go_on_with_capitals_and_numbers() -> None:
    found = letters(range(54), itertools.combinations(range(54), 2))
    assert [found[number] for number in (25, 26, 51, 52)] == ["z", "A", "Z", "(53)"]

"""Splits: disjoint, in order, labelled sets by count alone."""

import pytest

from data.errors import DataError
from data.split import Split, labeled_count, read_split


@pytest.mark.parametrize(
    ("ratio", "patients", "count"),
    [(0.05, 70, 3), ("0.10", 70, 7), (1.0, 70, 70), (0.29, 100, 29), (0.01, 70, 1), ("1/70", 70, 1), (0.58, 50, 29)],
)
def test_labelled_count_is_the_exact_floor_and_at_least_one(ratio, patients: int, count: int) -> None:
    assert labeled_count(ratio, patients) == count


@pytest.mark.parametrize("ratio", [0, -0.1, 1.01, "many", float("nan")])
def test_a_ratio_out_of_range_is_refused(ratio) -> None:
    with pytest.raises(DataError, match="expected a number above 0 and up to 1"):
        labeled_count(ratio, 70)


@pytest.mark.parametrize(("name", "sizes"), [("acdc", (70, 10, 20)), ("lits", (100, 0, 31)), ("la", (80, 0, 20))])
def test_packaged_splits_are_disjoint_and_of_the_published_size(name: str, sizes: tuple[int, ...]) -> None:
    split = read_split(name)
    parts = (split.train, split.val, split.test)
    assert tuple(map(len, parts)) == sizes
    assert len({*split.train, *split.val, *split.test}) == sum(sizes)


def test_canonical_labels_are_the_published_patients() -> None:
    split = read_split("acdc")
    assert split.labeled(3, "canonical", 0) == ("patient099", "patient038", "patient050")
    assert split.labeled(7, "canonical", 5)[3:] == ("patient100", "patient058", "patient021", "patient049")
    assert len(split.unlabeled(split.labeled(3, "canonical", 0))) == 67


def test_random_labels_depend_on_the_seed_and_stay_in_order() -> None:
    split = read_split("acdc")
    draws = {split.labeled(5, "random", seed) for seed in range(20)}
    assert len(draws) > 15
    assert all(list(draw) == [p for p in split.train if p in draw] for draw in draws)
    assert split.labeled(5, "random", 3) == split.labeled(5, "random", 3)


def test_a_patient_in_two_parts_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="p2 is listed twice"):
        Split("toy", "patient", "test", ("p1", "p2"), (), ("p2",))


def test_an_unknown_data_set_has_no_split() -> None:
    with pytest.raises(DataError, match="no split for 'brats'; known are acdc, la, lits"):
        read_split("brats")

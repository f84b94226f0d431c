"""A history by place: what a loss is the mean over, and where a stage begins."""

from results.logged import Place, logged

ROWS = [
    ("first", 0, "effective_rank", 3.0),
    ("first", 1, "encoder_gradient", 9.0),
    ("first", 20, "total", 2.0),
    ("first", 20, "supervised", 1.0),
    ("first", 25, "total", 1.5),
    ("second", 25, "effective_rank", 4.0),
    ("second", 45, "total", 1.0),
    ("second", 45, "val_dice", 0.5),
]


def test_a_loss_is_over_the_updates_since_the_one_logged_before() -> None:
    found = logged(ROWS)
    assert found.values[Place("first", "total", 20, 0)] == 2.0
    assert found.values[Place("first", "supervised", 20, 0)] == 1.0
    assert found.values[Place("first", "total", 25, 20)] == 1.5
    assert found.values[Place("second", "total", 45, 25)] == 1.0
    assert found.values[Place("second", "val_dice", 45, 45)] == 0.5
    assert found.begins == {"first": 0, "second": 25}
    assert (found.last, found.losses) == (45, ["total", "supervised"])
    assert [value for _, value in found.of("total")] == [2.0, 1.5, 1.0]


def test_of_nothing_nothing_is_known() -> None:
    assert (logged([]).last, logged([]).losses, logged([]).begins) == (0, [], {})

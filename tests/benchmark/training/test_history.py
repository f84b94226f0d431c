"""What is logged of training: means of terms that each update of an interval has."""

from __future__ import annotations

import pytest

from benchmark.errors import RunError
from benchmark.training.history import History


@pytest.mark.parametrize("updates", [({"total": 1.0}, {}), ({}, {"total": 1.0})])
def test_a_term_that_some_updates_lack_is_named(updates: tuple[dict[str, float], ...]) -> None:
    history = History()
    for terms in updates:
        history.add({"supervised": 2.0, **terms})
    said = "^loss term 'total' of stage 'one' is logged in some updates and not in others by update 2; log it in each "
    with pytest.raises(RunError, match=said):
        history.flush("one", 2)


def test_a_term_of_each_update_is_averaged() -> None:
    history = History()
    for value in (1.0, 2.0):
        history.add({"total": value})
    assert history.flush("one", 2) == {"total": 1.5}

"""The gate: shut while training, logged when open, and the only way to the test patients."""

from pathlib import Path

import pytest

from data.catalog import find
from data.errors import DataError
from data.held_out import Gate, Opening


def test_outside_the_gate_no_test_patient_is_given_with_or_without_masks() -> None:
    source = find("phantom")
    gate = Gate(source)
    for masks in (True, False):
        with pytest.raises(DataError, match=f"test patient {source.split.test[0]} was asked for outside the gate"):
            gate.outside.cases([source.split.train[0], source.split.test[0]], masks)
    assert gate.openings == []


def test_outside_is_the_source_for_all_others() -> None:
    source = find("phantom")
    outside = Gate(source).outside
    patient = source.split.train[0]
    assert [case.name for case in outside.cases([patient])] == [case.name for case in source.cases([patient])]
    assert outside.fingerprint() == source.fingerprint()


def test_a_shut_gate_does_not_open_and_says_why() -> None:
    gate = Gate(find("phantom"))
    with gate.shut(), pytest.raises(DataError, match=r"asked for \(a peek\) while training"):
        gate.open("a peek", 3)
    assert gate.openings == []


def test_while_one_gate_is_shut_no_gate_of_the_process_opens() -> None:
    with Gate(find("phantom")).shut(), pytest.raises(DataError, match=r"asked for \(another way\) while training"):
        Gate(find("phantom")).open("another way", 0)


def test_a_reading_that_fails_leaves_the_source_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    source = find("phantom")
    with monkeypatch.context() as patch:
        patch.setattr(type(source), "_drawn", lambda *names: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Gate(source).open("scoring", 0)
    with pytest.raises(DataError, match="outside the gate"):
        source.cases(source.split.test[:1])


def test_an_opening_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    source = find("phantom")
    monkeypatch.setattr(type(source), "cases", lambda self, patients, masks=True: list(patients))
    gate = Gate(source)
    assert gate.open("scoring", 12) == list(source.split.test)
    assert gate.openings == [Opening("scoring", 12)]


def test_where_an_opening_cannot_be_logged_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, log = find("phantom"), tmp_path / "openings.jsonl"
    log.mkdir()
    monkeypatch.setattr(source, "cases", lambda *_: pytest.fail("read all the same"))
    gate = Gate(source, log)
    with pytest.raises(DataError, match=rf"{log} cannot be written \(Is a directory\)"):
        gate.open("scoring", 12)
    assert gate.openings == []

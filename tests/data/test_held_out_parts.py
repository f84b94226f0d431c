"""Test cases that memory does not hold at once: read a part after the other, behind one opening of the gate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pytest

from data import held_out
from data.case import Case
from data.catalog import find
from data.errors import DataError
from data.held_out import Gate, HeldOut, Opening
from data.sources.phantom import Phantom

BYTES = 5 * 2 * 4 * 4  # of a case: 2 slices of 4 x 4, float32 and uint8


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the patients that are asked for, each with two small cases, in this order."""
    names = list[str]()

    def cases(self: Phantom, patients: Sequence[str], masks: bool = True) -> list[Case]:
        names.extend(patients)
        image = np.zeros((2, 4, 4), np.float32)
        return [Case(f"{one}_{k}", one, image, image.astype(np.uint8), None) for one in patients for k in ("ED", "ES")]

    monkeypatch.setattr(Phantom, "cases", cases)
    return names


def opened() -> tuple[Gate, HeldOut]:
    gate = Gate(find("phantom"))
    return gate, gate.unlocked("scoring", 7)


def test_what_fits_is_one_part_and_read_once(asked: list[str]) -> None:
    gate, test = opened()
    patients = gate.outside.split.test
    sizes = [len(part) for _ in range(3) for part in test.parts()]
    assert sizes == [24, 24, 24] and test.is_whole
    assert [case.name for case in test.of([patients[4]])] == [f"{patients[4]}_ED", f"{patients[4]}_ES"]
    assert asked == list(patients)


@pytest.mark.parametrize(
    ("held", "sizes"), [(1, [2] * 12), (5 * BYTES, [6] * 4), (7 * BYTES, [8] * 3), (16 * BYTES, [16, 8])]
)
def test_what_does_not_fit_is_read_in_parts_of_whole_patients(
    monkeypatch: pytest.MonkeyPatch, asked: list[str], held: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(held_out, "HELD", held)
    gate, test = opened()
    for _ in range(2):
        assert [len(part) for part in test.parts()] == sizes
    names = [case.patient for case in chain.from_iterable(test.parts())]
    assert names[::2] == names[1::2] == list(gate.outside.split.test)
    assert asked == 3 * list(gate.outside.split.test) and not test.is_whole
    assert gate.openings == [Opening("scoring", 7)]


def test_no_part_is_read_while_a_gate_is_shut(asked: list[str]) -> None:
    gate, test = opened()
    with gate.shut(), pytest.raises(DataError, match=r"asked for \(scoring\) while training"):
        next(test.parts())
    assert asked == []
    with gate.shut(), pytest.raises(DataError, match=r"asked for \(a peek\) while training"):
        gate.unlocked("a peek", 3)

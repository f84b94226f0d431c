"""A training that other code began: not gone on with, and started anew where that is asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from benchmark import status
from benchmark.environment import code as environment
from benchmark.errors import RunError
from benchmark.training.resume import place_of
from results.code import Sources, code_of
from results.standing import Checkout
from results.store import Store
from tests.benchmark.other_code.runs import (
    FILE,
    cell,
    code_in,
    ran,
    stopped,
)
from tests.checkout import edit

pytestmark = pytest.mark.usefixtures("small_phantom", "thin")


def test_a_training_is_not_gone_on_with_by_other_code_and_starts_anew_where_that_is_asked_for(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: list[int], capsys
) -> None:
    whole = (ran(tmp_path / "whole") / "cases.parquet").read_bytes()
    out = tmp_path / "out"
    stopped(out, monkeypatch)
    edit(checkout, FILE)
    environment.taken.cache_clear()
    words = f"checkpoint.pt is of a training that was begun by other code than this checkout's ({FILE}); go back to"
    with pytest.raises(RunError, match=re.escape(words)):
        ran(out)
    assert "begun by other code" in status.state_of(Store(out), cell().id).words
    updates.clear()
    folder = ran(out, force=True)
    assert updates == [0, 1] and "the run starts anew from nothing" in capsys.readouterr().err
    assert code_in(folder) == code_of(Sources(checkout).parts("supervised", "phantom")).model_dump()
    assert (folder / "cases.parquet").read_bytes() == whole  # a comment changes no number


def test_a_training_of_the_same_code_is_gone_on_with_and_one_of_an_older_version_tells_no_code(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: list[int]
) -> None:
    stopped(tmp_path / "out", monkeypatch)
    updates.clear()
    assert code_in(ran(tmp_path / "out"))["method"] is not None and updates == [1]
    with monkeypatch.context() as patch:  # an older version marks no code
        marks = ("cell", "threads")
        older = lambda run, mine, device: place_of(run, {name: mine[name] for name in marks}, device)  # noqa: E731
        patch.setattr("benchmark.running.begun.place_of", older)
        stopped(tmp_path / "old", monkeypatch)
    updates.clear()
    folder = ran(tmp_path / "old")
    assert (code_in(folder)["method"], code_in(folder)["training"], updates) == (None, None, [1])


def test_a_training_does_not_go_on_on_another_device(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: list[int]
) -> None:
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr("benchmark.running.begun.device_named", lambda device: "Some T4")
        stopped(out, monkeypatch)
    words = "checkpoint.pt is of a run with device Some T4, and this one has cpu; go on with that one, or delete the"
    with pytest.raises(RunError, match=re.escape(words)):
        ran(out)
    with monkeypatch.context() as patch:
        patch.setattr("benchmark.running.begun.device_named", lambda device: "Some T4")
        updates.clear()
        ran(out)
    assert updates == [1]


def test_a_training_of_another_device_starts_anew_where_that_is_asked_for(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: list[int], capsys
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("benchmark.running.begun.device_named", lambda device: "Some T4")
        stopped(tmp_path, monkeypatch)
    with pytest.raises(RunError, match=r"and this one starts anew, as --force does$"):
        ran(tmp_path)
    updates.clear()
    ran(tmp_path, force=True)
    assert updates == [0, 1] and "of a training on another device" in capsys.readouterr().err


def untold(patch: pytest.MonkeyPatch) -> None:
    """Let the method's class be of a file outside the checkout."""
    found = environment.taken()
    patch.setattr(environment, "taken", cache(lambda: replace(found, checkout=Checkout(found.checkout.sources, {}))))


def test_a_method_from_outside_the_checkout_tells_no_code_and_its_training_is_not_gone_on_with(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, updates: list[int]
) -> None:
    untold(monkeypatch)
    stopped(tmp_path / "out", monkeypatch)
    with pytest.raises(RunError, match=r"begun by code that nobody can tell; start it anew with --force$"):
        ran(tmp_path / "out")
    words = status.state_of(Store(tmp_path / "out"), cell().id).words
    assert words.endswith("; begun by code that nobody can tell; start it anew with --force")
    updates.clear()
    folder = ran(tmp_path / "out", force=True)
    told = code_in(folder)
    assert (told["method"], told["older"], updates) == (None, False, [0, 1])

"""Labelled terms by names of one's own: the rules and the log of a twin know them by the class attribute."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.outside.named import method_named
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from results.store import Store
from tests.benchmark.outside.strangers import WORDS
from tests.benchmark.outside.test_refusals import ended
from tests.benchmark.test_check import faulty

pytestmark = pytest.mark.usefixtures("shallow")

RETURN = "        return descend(self.optimizer, supervised=supervised, agreement=(weight, gap))"
SEG = (RETURN, RETURN.replace("supervised=supervised", "seg=supervised"))
EDGE = (
    RETURN,
    "        shares = logits[:count].softmax(1)\n"
    "        edge = 0.5 * (shares[:, :, 1:] - shares[:, :, :-1]).abs().mean((1, 2, 3))\n"
    "        edge = (edge * (batch.masks < 255).any(2).any(1)).mean()\n"
    + RETURN.replace("supervised=supervised", "seg=supervised, edge=edge"),
)
TWIN = '    twin = {"agreement": 0.0}\n'
NAMED = (TWIN, f'{TWIN}    labeled_terms = ("seg", "edge")\n')


def seen(file: Path, *rules: str) -> list[str]:
    wanted = [rule for rule in RULES if rule.name in rules]
    return [one.seen for one in look(Subject(method_named(str(file))), wanted)]


def test_two_labelled_terms_that_a_class_names_are_judged_as_a_supervised_one_is(tmp_path: Path) -> None:
    assert seen(faulty(tmp_path, [EDGE, NAMED]), "trains", "unlabelled", "twin", "ignored") == [""] * 4


def test_one_that_it_does_not_name_is_told_to_be_named(tmp_path: Path) -> None:
    file = faulty(tmp_path, [SEG])
    (unlabelled,), (twin,), (ignored,) = (seen(file, rule) for rule in ("unlabelled", "twin", "ignored"))
    hint = "name what labelled slices teach in the class attribute labeled_terms"
    assert unlabelled.startswith("other unlabelled slices move nothing by the term seg of stage train; ")
    assert unlabelled.endswith(f"; where it is of labelled slices, {hint}")
    assert "and supervised 0.0 at {'agreement': 0.0}" in twin and twin.endswith(f"; {hint}")
    assert ignored == f"stage train logs no term called supervised; {hint}"


def test_one_that_teaches_where_nobody_labelled_is_told_by_its_name(tmp_path: Path) -> None:
    wrong = ("segmentation_loss(logits[:count], batch.masks)", "segmentation_loss(logits[:count], batch.masks % 255)")
    (ignored,) = seen(faulty(tmp_path, [SEG, NAMED, wrong]), "ignored")
    assert ignored.startswith("the seg term is ") and "where no pixel is labelled" in ignored


@pytest.mark.usefixtures("small_phantom")
def test_a_twin_of_two_labelled_terms_runs_and_one_that_nobody_named_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("reports.page.build_page", lambda *_, **__: "no page")
    words = [*WORDS, "--out", str(tmp_path / "out"), "--twin", "--method"]
    assert ended("benchmark.run", [*words, str(faulty(tmp_path, [EDGE, NAMED]))]) == 0
    assert len(list(Store(tmp_path / "out").records())) == 1
    assert ended("benchmark.run", [*words, str(faulty(tmp_path, [EDGE]))]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert (
        "supervised 0 beside seg, edge, agreement; the class attribute twin must silence the rest, or labeled_" in said
    )

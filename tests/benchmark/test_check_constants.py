"""Constants that are choices: what hangs on another choice is read, and a copy, a hash or a text of all reads none."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.outside.named import method_named
from methods.contract import constants
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from tests.benchmark.outside.strangers import written

pytestmark = pytest.mark.usefixtures("shallow")

IMPORTS = (
    "import copy\nimport enum\nfrom typing import Literal\nclass Kind(enum.Enum):\n    soft, hard = 'soft', 'hard'"
)
FIELD = '    agreement: float = cited(0.1, "a choice", ge=0)\n'
LOSS = "        supervised = segmentation_loss(logits[:count], batch.masks)\n"
SHARP = "    sharp: float = cited(0.5, 'mine')\n"
HARD = "        if {}: supervised = supervised * self.config.sharp\n"
WORD, LITERAL = "    kind: str = cited('soft', 'mine')\n", "    kind: Literal['soft', 'hard'] = cited('soft', 'mine')\n"
ENUM, BOOL = "    kind: Kind = cited(Kind.soft, 'mine')\n", "    kind: bool = cited(False, 'mine')\n"


def seen(folder: Path, fields: str, lines: str) -> str:
    file = written(folder / "m.py", imports=IMPORTS)
    text = file.read_text()
    assert FIELD in text and LOSS in text
    file.write_text(text.replace(FIELD, FIELD + fields).replace(LOSS, LOSS + lines))
    (found,) = look(Subject(method_named(str(file))), [rule for rule in RULES if rule.name == "constants"])
    return found.seen


@pytest.mark.parametrize(
    ("field", "condition"),
    [
        (LITERAL, "self.config.kind == 'hard'"),
        (ENUM, "self.config.kind is Kind.hard"),
        (BOOL, "self.config.kind"),
        (LITERAL + "    place: Literal['in', 'out'] = cited('in', 'mine')\n",
         "(self.config.kind, self.config.place) == ('hard', 'out')"),
    ],
    ids=["literal", "enum", "bool", "two"],
)  # fmt: skip
def test_a_constant_that_another_choice_reads_is_read(field: str, condition: str, tmp_path: Path) -> None:
    assert seen(tmp_path, field + SHARP, HARD.format(condition)) == ""


def test_of_a_text_whose_choices_nobody_knows_the_one_that_was_looked_at_is_told(tmp_path: Path) -> None:
    said = seen(tmp_path, WORD + SHARP, HARD.format("self.config.kind == 'hard'"))
    assert said.startswith(
        "nothing reads sharp, so another value changes no number; use it, or take it out (looked at "
    )
    assert said.endswith("with kind='soft' alone; where other choices read it, declare them by Literal)")


@pytest.mark.parametrize("field", [WORD, LITERAL, ENUM, BOOL], ids=["text", "literal", "enum", "bool"])
@pytest.mark.parametrize(
    "line",
    ["{self.config: 1}", "self.config == self.config.model_copy()", "copy.deepcopy(self.config)", "f'{self.config}'"],
)
def test_a_choice_is_not_read_by_who_copies_compares_hashes_or_prints_all(
    field: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "MOST", 1)
    assert seen(tmp_path, field, f"        {line}\n").startswith("nothing reads kind, so another value changes no")


@pytest.mark.parametrize("line", ["dict(self.config)", "vars(self.config)", "self.config.model_dump()"])
def test_who_asks_for_all_constants_reads_each(line: str, tmp_path: Path) -> None:
    assert seen(tmp_path, WORD, f"        {line}['kind']\n") == ""

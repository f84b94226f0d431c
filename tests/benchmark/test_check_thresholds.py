"""A threshold is let down whatever kind of field it is: a number, one or none, several, bounded by itself or inside."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.outside.named import method_named
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from tests.benchmark.outside.strangers import written

pytestmark = pytest.mark.usefixtures("shallow")

IMPORTS = (
    "from typing import Annotated, NamedTuple, Optional\nfrom pydantic import Field, field_validator\n"
    "class Both(NamedTuple):\n    low: float\n    high: float"
)
FIELD = '    agreement: float = cited(0.1, "a choice", ge=0)\n'
GAP = "        supervised = segmentation_loss"
RISING = (
    "    @field_validator('sure')\n    @classmethod\n    def _rising(cls, sure):\n"
    "        if not sure[0] < sure[1]:\n            raise ValueError('expected a rising pair')\n        return sure\n"
)
FIRST, LAST = "self.config.sure[0]", "self.config.sure[-1]"
KINDS: dict[str, tuple[str, str]] = {
    "number": ("sure: float = cited(0.95, 'mine')", "self.config.sure"),
    "above 0": ("sure: float = cited(0.95, 'mine', gt=0)", "self.config.sure"),
    "from a bound on": ("sure: float = cited(0.95, 'mine', ge=0.1)", "self.config.sure"),
    "one or none": ("sure: float | None = cited(0.95, 'mine', gt=0)", "(self.config.sure or 0)"),
    "optional": ("sure: Optional[float] = cited(0.95, 'mine')", "(self.config.sure or 0)"),
    "none alone lets all": (
        "sure: float | None = cited(0.95, 'mine', ge=0.9)", "(0 if self.config.sure is None else self.config.sure)"),
    "annotated": ("sure: Annotated[float, Field(gt=0, lt=1)] = cited(0.95, 'mine')", "self.config.sure"),
    "annotated or none": ("sure: Annotated[float, Field(gt=0)] | None = cited(0.95, 'mine')", "self.config.sure"),
    "percent": ("sure: int = cited(95, 'mine', gt=0, le=100)", "self.config.sure / 100"),
    "pair": ("sure: tuple[float, float] = cited((0.9, 0.95), 'mine')", LAST),
    "named pair": ("sure: Both = cited(Both(0.9, 0.95), 'mine')", "self.config.sure.high"),
    "rising pair": (f"sure: tuple[float, float] = cited((0.9, 0.95), 'mine')\n{RISING}", LAST),
    "pair of bounded": ("sure: tuple[Annotated[float, Field(gt=0)], ...] = cited((0.9, 0.95), 'mine')", LAST),
    "threshold and temperature": ("sure: tuple[float, float] = cited((0.95, 0.5), 'mine')", f"{FIRST} / {LAST}"),
    "list": ("sure: list[float] = cited([0.95], 'mine')", FIRST),
    "mapping": ("sure: dict[str, float] = cited({'weak': 0.95}, 'mine')", "self.config.sure['weak']"),
}  # fmt: skip


def seen(folder: Path, field: str, gate: str) -> str:
    file = written(folder / "m.py", imports=IMPORTS)
    text = file.read_text()
    assert FIELD in text and text.count(GAP) == 1
    text = text.replace(FIELD, f"{FIELD}    {field}\n")
    file.write_text(text.replace(GAP, f"        gap = gap * ({gate})\n{GAP}"))
    (found,) = look(Subject(method_named(str(file))), [rule for rule in RULES if rule.name == "unlabelled"])
    return found.seen


@pytest.mark.parametrize("kind", KINDS)
def test_a_threshold_of_any_kind_is_let_down_to_see_what_its_term_does(kind: str, tmp_path: Path) -> None:
    field, threshold = KINDS[kind]
    sure = f"logits[count:].softmax(1).amax().detach() > {threshold}"
    assert seen(tmp_path, field, sure) == ""


@pytest.mark.parametrize("kind", ["pair", "one or none", "annotated", "mapping"])
def test_a_term_that_no_threshold_lets_act_is_told_all_the_same(kind: str, tmp_path: Path) -> None:
    field, threshold = KINDS[kind]
    said = seen(tmp_path, field, f"0 * bool({threshold})")
    assert said.startswith("other unlabelled slices move nothing by the term agreement of stage train")


def test_a_start_of_a_pair_is_tried_at_1_too(tmp_path: Path) -> None:
    field = "span: tuple[float, float] = cited((0.0, 0.0), 'mine')"
    assert seen(tmp_path, field, "clock.progress < self.config.span[1]") == ""

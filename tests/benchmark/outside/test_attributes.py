"""What a stranger's class says of itself is checked as it is loaded, and a sentence names the attribute."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.cells.preset import Preset
from benchmark.errors import MethodUsageError
from benchmark.outside.checked import OF_PRESETS
from benchmark.outside.named import absolute, method_named
from methods.registry import entries
from tests.benchmark.outside.strangers import written

TITLE, TWIN, FIELD = (
    'title="Mine"',
    'twin = {"agreement": 0.0}',
    '    agreement: float = cited(0.1, "a choice", ge=0)\n',
)
AFTER = "@pydantic.field_validator('agreement')\n    @classmethod\n    def _f(cls, v): raise KeyError('oh')\n"
ROUNDED = "@pydantic.field_validator('agreement')\n    @classmethod\n    def _f(cls, v): return float(round(v))\n"

WRONG = {
    "a title of blanks": (TITLE, 'title="  "', "the title '  ' in @method: expected one line of 1 to 100 printable"),
    "a title of two lines": (TITLE, 'title="a\\nb"', "the title 'a\\nb' in @method: expected one line"),
    "a long title": (TITLE, 'title="a" * 101', "a..." + "' in @method: expected one line of 1 to 100 printable"),
    "a title that is none": (TITLE, "title=3", "the title 3 in @method: expected one line"),
    "a paper that is none": ('paper="Me, 2026"', "paper=None", "the paper None in @method: expected one line of 1"),
    "a twin that is a list": (TWIN, 'twin = ["agreement"]', "Mine.twin is ['agreement']; expected values"),
    "a twin that is a text": (TWIN, 'twin = "agreement"', "Mine.twin is 'agreement'; expected values"),
    "a twin of no field": (TWIN, 'twin = {"agree": 0.0}', "Mine.twin names agree, which is no field of Config; it has"),
    "a twin of the preset": (
        TWIN, 'twin = {"augmentation": "none"}', "Mine.twin names augmentation, which is no field of Config; it has",
    ),
    "a twin of another rate": (
        TWIN, 'twin = {"agreement": 0.0, "lr": 0.1}',
        "Mine.twin names lr, which is of the recipe, that a method and its twin share; expected what weighs its unlab",
    ),
    "a twin out of bounds": (
        TWIN, 'twin = {"agreement": -1.0}',
        "Mine.twin: agreement=-1.0 is refused by Config: Input should be greater than or equal to 0",
    ),
    "a twin that is the method": (
        TWIN, 'twin = {"agreement": 0.1}',
        "Mine.twin has what the method itself has under fidelity 'fixed' (agreement=0.1); expected values at which its",
    ),
    "a default out of bounds": (
        FIELD, FIELD.replace("0.1", "-0.1"),
        "Mine.Config by its defaults: agreement=-0.1 is refused by Config: Input should be greater than or equal to 0",
    ),
    "a default of another kind": (
        FIELD, FIELD + "    sharp: float = cited(None, 'a choice')\n",
        "Mine.Config by its defaults: sharp=None is refused by Config: Input should be a valid number",
    ),
    "no default": (
        FIELD, FIELD + "    sharp: float\n",
        "Mine.Config.sharp has no default; give it one by cited(default, source)",
    ),
    "a fidelity out of bounds": (
        TWIN, TWIN + "; fidelities = {'fixed': {}, 'paper': {'agreement': -1.0}}",
        "Mine.fidelities['paper']: agreement=-1.0 is refused by Config: Input should be greater than or equal to 0",
    ),
    "a default that is rounded": (
        FIELD, f"{FIELD}    {ROUNDED}",
        "Mine.Config by its defaults: MineConfig makes agreement=0.0 of the agreement=0.1 that is asked",
    ),
    "labelled terms in a text": (
        TWIN, TWIN + "; labeled_terms = 'seg'", "Mine.labeled_terms is 'seg'; expected names of terms, such as",
    ),
    "no labelled term": (TWIN, TWIN + "; labeled_terms = ()", "Mine.labeled_terms is (); expected names of terms"),
    "a total of labels": (
        TWIN, TWIN + "; labeled_terms = ['total']", "Mine.labeled_terms is ['total']; expected names of terms",
    ),
    "a caveat that is a text": (
        TWIN, TWIN + "; twin_caveats = 'blind'", "Mine.twin_caveats is 'blind'; expected why by one of blind, passes, ",
    ),
    "a caveat of no rule": (
        TWIN, TWIN + "; twin_caveats = {'twin': 'so'}", "Mine.twin_caveats is {'twin': 'so'}; expected why by one of",
    ),
    "a caveat without a reason": (
        TWIN, TWIN + "; twin_caveats = {'blind': ' '}", "Mine.twin_caveats is {'blind': ' '}; expected why by one of",
    ),
    "fidelities that are a list": (TWIN, TWIN + "; fidelities = ['fixed']", "Mine.fidelities is ['fixed']; expected"),
    "a fidelity that is none": (TWIN, TWIN + "; fidelities = {'fixed': 3}", "Mine.fidelities is {'fixed': 3}; exp"),
    "a fidelity of no field": (
        TWIN, TWIN + "; fidelities = {'fixed': {'agree': 1.0}}",
        "Mine.fidelities['fixed'] names agree, which is no field of Config; it has agreement",
    ),
    "loaders that are a list": (TWIN, TWIN + "; loaders = [3]", "Mine.loaders is [3]; expected a mapping of fi"),
    "a loader of no field": (
        TWIN, TWIN + "; loaders = {'fixed': {'lr': 1.0}}",
        "Mine.loaders['fixed'] names lr, which is no field of the preset; it has augmentation, ",
    ),
    "a field of the preset": (
        FIELD, FIELD + "    size: int = 3\n", "Mine.Config.size would take --set size from the preset's field; r",
    ),
    "the network's weights": (
        FIELD, FIELD + "    weights: str = ''\n", "Mine.Config.weights would take --set weights from the network's",
    ),
    "a default that is no JSON": (
        FIELD, FIELD + "    extra: object = object()\n", "Mine.Config.extra can't be written as JSON (",
    ),
    "a validator that raises another error": (
        FIELD, FIELD.replace("ge=0", "ge=0, validate_default=True") + "\n    " + AFTER,
        "Mine.Config under fidelity 'fixed': KeyError: 'oh'; expected a validator to raise ValueError",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_a_class_says_wrong_of_itself_is_a_sentence_that_names_the_attribute(kind: str, tmp_path: Path) -> None:
    words, instead, expected = WRONG[kind]
    file = written(tmp_path / "m.py", imports="import pydantic")
    assert words in file.read_text()
    file.write_text(file.read_text().replace(words, instead))
    with pytest.raises(MethodUsageError) as refused:
        method_named(str(file))
    assert str(refused.value).startswith(f"{file}: ") and expected in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_the_fields_of_presets_that_no_config_may_take_are_those_that_there_are() -> None:
    assert set(Preset.model_fields) - {"tuned"} == OF_PRESETS


def test_a_config_may_have_fields_that_methods_of_this_repository_have(tmp_path: Path) -> None:
    assert "lr" in entries()["mean_teacher"].cls.Config.model_fields
    assert "lr" in method_named(str(written(tmp_path / "m.py"))).cls.Config.model_fields


def test_a_subclass_of_one_s_own_method_beside_it_is_the_file_s_method(tmp_path: Path) -> None:
    base = written(tmp_path / "base_method.py")
    lines = [
        "from base_method import Mine",
        "from methods.registry import method",
        "@method('other', title='Other', paper='Me, 2026')",
        "class Other(Mine):",
        "    '''Differ.'''",
    ]
    file = tmp_path / "my_method.py"
    file.write_text("\n".join(lines) + "\n")
    assert [method_named(str(one)).name for one in (file, base)] == ["other", "mine"]
    file.write_text("from base_method import Mine\n")
    assert method_named(str(file)).name == "mine"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("loop.py", "loop.py' can't be a file ("),
        ("~nouser_here/x.py", "x.py' can't be a file ("),
        ("a\0b.py", "a\\x00b.py'"),
    ],
)
def test_a_path_that_can_be_no_file_is_a_sentence(path: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "loop.py").symlink_to("loop.py")
    word = path if path.startswith("~") else str(tmp_path / path)
    for named in (word, absolute(word, tmp_path)):
        with pytest.raises(MethodUsageError) as refused:
            method_named(named)
        assert why in str(refused.value) and str(refused.value).endswith("name a Python file that holds a method")

"""Which files are the code of a number: what is imported, by content, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from methods.registry import entries
from results.code import Code, Sources, code_of, differing, files_told, parts_in, short
from tests.checkout import ROOT, copied, edit

NAMES = ("method", "training", "scoring", "inspection")


@pytest.fixture(scope="module")
def before() -> Sources:
    return Sources(ROOT)


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        ("methods/em.py", {"method"}),
        ("methods/parts/certainty.py", {"method"}),
        ("methods/networks/unet.py", {"method", "training"}),
        ("methods/ict.py", set()),  # another method
        ("data/intensity.py", {"training"}),  # an augmentation
        ("benchmark/cells/augmentation.py", {"training"}),
        ("benchmark/training/trainer.py", {"training"}),
        ("benchmark/running/determinism.py", {"training"}),
        ("benchmark/running/execution.py", {"training"}),
        ("benchmark/metrics/surface.py", {"scoring", "inspection"}),
        ("benchmark/scoring/ledger.py", {"inspection"}),
        ("benchmark/scoring/diagnosis.py", {"inspection"}),
        ("benchmark/scoring/recording.py", {"scoring"}),
        ("results/summary.py", {"scoring", "inspection"}),
        ("data/pool.py", {"training", "scoring", "inspection"}),
        ("data/sources/phantom_signal.py", {"training"}),  # it draws the data set
        ("data/sources/acdc.py", set()),  # whose fingerprint tells what was read
        ("benchmark/sweep.py", set()),
        ("results/store.py", set()),  # records are read by commands and pages
        ("results/writing.py", {"training", "inspection"}),  # checkpoints, snapshots
        ("reports/page.py", set()),
    ],
)
def test_an_edited_file_changes_the_parts_that_import_it_and_is_named(
    file: str, changed: set[str], before: Sources, tmp_path: Path
) -> None:
    root = copied(tmp_path)
    edit(root, file)
    one, other = before.parts("em", "phantom"), Sources(root).parts("em", "phantom")
    assert {name for name in NAMES if code_of(one).digests[name] != code_of(other).digests[name]} == changed
    assert differing(one, other, NAMES) == ([file] if changed else [])


def test_only_generated_data_are_of_the_code_that_draws_them(before: Sources) -> None:
    phantom, acdc = (before.parts("em", name) for name in ("phantom", "acdc"))
    drawing = {f"data/sources/{name}.py" for name in ("phantom", "phantom_anatomy", "phantom_signal")}
    assert drawing <= set(phantom["training"]) and not drawing & set(acdc["training"])


def test_line_ends_are_no_other_code(before: Sources, tmp_path: Path) -> None:
    root = copied(tmp_path)
    path = root / "methods/em.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert Sources(root).parts("em", "acdc") == before.parts("em", "acdc")


def test_every_registered_method_is_found_without_importing_it(before: Sources) -> None:
    for name, one in entries().items():
        assert before.file_of(name) == f"{one.cls.__module__.replace('.', '/')}.py"
    assert before.file_of("nobody") is None
    assert code_of(before.parts("nobody", "acdc")).trained is None


def toy(root: Path, **files: str) -> Sources:
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Sources(root)


def test_imports_are_followed_in_functions_and_packages_and_not_for_type_checkers(tmp_path: Path) -> None:
    made = toy(
        tmp_path,
        methods__a="from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import methods.b\nelse:\n    import methods.c\n"
        "def f():\n    from .p import d\nimport numpy, results.store\n",
        methods__b="",
        methods__c="import data.e as e",
        methods__p__d="from methods.p import thing",
        data__e="import methods.a",
    )
    (tmp_path / "methods/p/__init__.py").write_text("thing = 1")
    made = Sources(tmp_path)
    assert list(made.closure(["methods/a.py"])) == [
        "data/e.py", "methods/a.py", "methods/c.py", "methods/p/__init__.py", "methods/p/d.py",
    ]  # fmt: skip


def test_a_sources_files_stay_what_they_were(tmp_path: Path) -> None:
    root = copied(tmp_path)
    made = Sources(root)
    edit(root, "methods/em.py")
    assert differing(made.parts("em", "acdc"), Sources(root).parts("em", "acdc"), NAMES) == ["methods/em.py"]


def test_files_are_told_where_they_fit_the_digest(before: Sources, tmp_path: Path) -> None:
    edit(copied(tmp_path), "methods/em.py")
    one, other = before.parts("em", "acdc"), Sources(tmp_path).parts("em", "acdc")
    mixed = code_of({**other, "method": one["method"]})
    assert files_told(mixed, other, one) == {**other, "method": one["method"]}
    assert files_told(mixed, other)["method"] == {}
    assert files_told(mixed.untold, one, other) == {
        "method": {}, "training": {}, "scoring": one["scoring"], "inspection": one["inspection"],
    }  # fmt: skip


def test_a_damaged_list_of_files_tells_nothing() -> None:
    assert parts_in(b'{"method": 3}') == parts_in(b"\xff") == {}


def test_a_code_is_short_in_words() -> None:
    code = Code(method="ab12cccccccccccc", training="cd34dddddddddddd", scoring="e")
    assert code.trained is not None and short(code.trained) == "ab12-cd34"
    assert code.untold.trained is None


@pytest.mark.parametrize(
    "name", ["methods/.ipynb_checkpoints/a-checkpoint", "methods/backup/a", "backup/methods/a", "a"]
)
def test_a_copy_beside_the_methods_is_not_the_methods_file(name: str, tmp_path: Path) -> None:
    text = "@method('em')\nclass A: ..."
    made = toy(tmp_path, **{name: "import nothing\n" + text, "methods/em": text, "methods/z": ""})
    assert made.file_of("em") == "methods/em.py"
    assert list(made.parts("em", "acdc")["method"]) == ["methods/em.py"]


@pytest.mark.parametrize("words", ["NAME, title=''", "name='em'", "title='', name=NAME"])
def test_a_name_that_is_a_constant_or_a_keyword_is_read(words: str, tmp_path: Path) -> None:
    made = toy(tmp_path, methods__x=f"NAME = 'em'\n@method({words})\nclass A: ...", methods__y="import em")
    assert made.file_of("em") == "methods/x.py"


def test_what_lies_elsewhere_below_the_root_counts_where_it_is_imported(tmp_path: Path) -> None:
    made = toy(
        tmp_path,
        methods__em="import helper, results.store\n@method('em')\nclass A: ...",
        helper="from lab.net import Net",
        unused="",
        lab__net="import importlib\nimportlib.import_module('shell.x')",
        lab__other="",
        shell__x="",
        results__store="",
        tests__em="",
    )
    files = ["helper.py", "lab/net.py", "methods/em.py", "results/store.py", "shell/x.py"]
    assert list(made.parts("em", "acdc")["method"]) == files
    (tmp_path / "lab/net.py").write_text("")
    now = toy(tmp_path)
    assert differing(made.parts("em", "acdc"), now.parts("em", "acdc"), ("method",)) == ["lab/net.py", "shell/x.py"]


def test_the_file_of_a_class_goes_before_what_is_read(before: Sources) -> None:
    assert "methods/ict.py" in before.parts("em", "acdc", "methods/ict.py")["method"]
    assert before.parts("em", "acdc", "")["method"] == {}

"""What is drawn once a process is found, though two trainings in it are alike; what is kept and not drawn is let be."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmark.outside.named import method_named
from methods.contract.anew import anew
from methods.contract.rules import RULES, look
from methods.contract.subject import Subject
from methods.parts import supervised
from methods.registry import entry
from tests.benchmark.outside.strangers import installed, written

pytestmark = pytest.mark.usefixtures("shallow")

LOSS = "        supervised = segmentation_loss(logits[:count], batch.masks)\n"
INIT = "        self.network = networks.segmenter()\n"
CACHED = "@functools.cache\ndef scale():\n    return {}\n"
GLOBAL = "KEPT = []\ndef scale():\n    KEPT or KEPT.append({})\n    return KEPT[0]\n"
OF_CLASS = "class Kept:\n    value = None\ndef scale():\n    Kept.value = Kept.value or {}\n    return Kept.value\n"
AT_IMPORT = "DRAWN = {}\ndef scale():\n    return DRAWN\n"
DRAWS = ("float(numpy.random.rand())", "random.random()", "float(torch.rand(()))")
ONCE = "came out otherwise in a process that had trained before; what is drawn once a process"


def file_of(folder: Path, head: str, *, use: str = "supervised * scale()", init: str = "") -> Path:
    file = written(folder / "m.py", imports=f"import functools\nimport random\nimport numpy\n{head}")
    text = file.read_text()
    assert LOSS in text and INIT in text
    file.write_text(text.replace(LOSS, f"{LOSS}        supervised = {use}\n").replace(INIT, f"{INIT}{init}"))
    return file


def states() -> tuple[object, ...]:
    numpy = np.random.get_state(legacy=False)  # noqa: NPY002
    return random.getstate(), str(numpy), torch.get_rng_state().tolist()


def seen(file: Path) -> str:
    (found,) = look(Subject(method_named(str(file))), [rule for rule in RULES if rule.name == "repeats"])
    return found.seen


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("kept", [CACHED, GLOBAL, OF_CLASS, AT_IMPORT], ids=["cache", "global", "class", "import"])
def test_what_is_drawn_once_a_process_is_told(kept: str, draw: str, tmp_path: Path) -> None:
    said = seen(file_of(tmp_path, kept.format(draw)))
    assert ONCE in said
    assert said.endswith("draw it in __init__ by torch and keep it as a buffer, or by clock.draw where it is used")


def test_so_it_is_where_the_first_method_of_a_process_is_built(tmp_path: Path) -> None:
    use, init = "supervised * self.kept", "        self.kept = scale()\n"
    assert ONCE in seen(file_of(tmp_path, CACHED.format(DRAWS[2]), use=use, init=init))


@pytest.mark.parametrize(("value", "is_drawn"), [("random.random()", True), ("0.5", False)])
def test_so_it_is_in_a_module_that_lies_beside_the_file(value: str, is_drawn: bool, tmp_path: Path) -> None:
    file = file_of(tmp_path / "lab", "from .kept import scale")
    (tmp_path / "lab" / "__init__.py").write_text("")
    (tmp_path / "lab" / "kept.py").write_text(f"import functools\nimport random\n{CACHED.format(value)}")
    assert (ONCE in seen(file)) == is_drawn


def test_a_generator_of_a_module_that_goes_on_is_told_as_another_source(tmp_path: Path) -> None:
    head = "RNG = torch.Generator().manual_seed(0)\ndef scale():\n    return float(torch.rand((), generator=RNG))\n"
    assert "came out otherwise the second time; draw by clock.draw or clock.rng" in seen(file_of(tmp_path, head))


SOUND = {
    "a cache of what is no draw": CACHED.format("numpy.exp(-1.0)"),
    "a draw by a seed of its own": AT_IMPORT.format("random.Random(0).random()"),
    "a cache of a draw by a seed of its own": CACHED.format(
        "float(torch.rand((), generator=torch.Generator().manual_seed(1)))"
    ),
    "a module that tells an operation to torch": CACHED.format("0.5")
    + "LIBRARY = torch.library.Library('mine_of_test', 'DEF')\nLIBRARY.define('scale(Tensor x) -> Tensor')\n",
    "a module that changes a function of ours": "import methods.parts.supervised as shared\n"
    "PLAIN = shared.cross_entropy\nshared.cross_entropy = lambda *given, **named: 2 * PLAIN(*given, **named)\n"
    + CACHED.format("0.5"),
}


@pytest.mark.parametrize("kind", SOUND)
def test_what_a_module_keeps_and_does_not_draw_is_let_be(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "cross_entropy", supervised.cross_entropy)
    assert seen(file_of(tmp_path, SOUND[kind])) == ""


def test_a_draw_of_torch_as_a_stage_begins_is_let_be_which_runs_seed(tmp_path: Path) -> None:
    begins = "    def begin(self, stage):\n        self.drawn = torch.rand(())\n        return super().begin(stage)\n\n"
    file = file_of(tmp_path, "", use="supervised * self.drawn")
    file.write_text(file.read_text().replace("    def step", f"{begins}    def step"))
    assert seen(file) == ""


@pytest.mark.parametrize("name", ["stranger", "em"])
def test_modules_and_global_numbers_are_as_they_were_after_a_method_ran_anew(name: str, tmp_path: Path) -> None:
    found = method_named(str(file_of(tmp_path, CACHED.format("1.0")))) if name == "stranger" else entry(name)
    before = states()
    with anew(Subject(found), 1) as again:
        cls = again.entry.cls
        assert cls is not found.cls and sys.modules[cls.__module__] is not None
        assert (cls.__module__, again.entry.origin) == (found.cls.__module__, found.origin)
        random.random(), np.random.rand(), torch.rand(())  # noqa: NPY002
    assert getattr(sys.modules[found.cls.__module__], found.cls.__name__) is found.cls
    assert states() == before


def helped(folder: Path, patch: pytest.MonkeyPatch, kept: str) -> tuple[Path, str]:
    """Return a method's file that takes what it scales by from an installed package, and the package's name.

    Each test has a package of its own: methods of other tests stay in this process, and would use it too.
    """
    name = f"helper_of_{folder.name}"
    package = installed(folder / "site", patch, name, "")
    imports = "import functools, random, numpy, torch\n"
    (package / "__init__.py").write_text(f"from {name}.kept import scale\n")
    (package / "kept.py").write_text(f"{imports}{kept}")
    return file_of(folder / "mine", f"from {name} import scale\n"), name


@pytest.mark.parametrize("kept", [CACHED, GLOBAL, OF_CLASS, AT_IMPORT], ids=["cache", "global", "class", "import"])
def test_what_an_installed_helper_keeps_is_told(kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _ = helped(tmp_path, monkeypatch, kept.format(DRAWS[1]))
    assert ONCE in seen(file)


def test_a_helper_that_keeps_no_draw_is_let_be_and_is_the_one_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, name = helped(tmp_path, monkeypatch, CACHED.format("2.0"))
    assert seen(file) == ""
    module = sys.modules[f"{name}.kept"]
    with anew(Subject(method_named(str(file))), 1):
        assert sys.modules[f"{name}.kept"] is not module
    assert sys.modules[f"{name}.kept"] is module


def test_a_helper_that_another_one_uses_too_is_run_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, name = helped(tmp_path, monkeypatch, CACHED.format("2.0"))
    subject = Subject(method_named(str(file)))
    monkeypatch.setattr(random, "of_another", sys.modules[name], raising=False)
    module = sys.modules[f"{name}.kept"]
    with anew(subject, 1):
        assert sys.modules[f"{name}.kept"] is module

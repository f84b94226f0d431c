"""Methods, backbones and data sets that installed packages register by entry points."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark import methods as methods_command
from benchmark import run
from benchmark.cells.cell import Wish, resolve_cell
from benchmark.errors import MethodUsageError, UsageError
from benchmark.launchers.job import Job, attempt
from benchmark.outside.named import method_named
from data import list as list_command
from data.catalog import find
from data.errors import DataError, DataUsageError
from data.held_out import Gate
from tests.benchmark.outside.strangers import WORDS, installed, written

NETWORK = '''"""A network."""
from torch import nn

from methods.base import Segmenter
from methods.networks.segmenter import Maps


class Tiny(Segmenter):
    """One convolution."""

    def __init__(self, classes, channels):
        super().__init__()
        self.encoder = nn.Conv2d(channels, WIDTH, 3, padding=1)
        self.classify = nn.Conv2d(WIDTH, classes, 1)
        self.bottleneck_channels, self.decoder_channels = WIDTH, (WIDTH,)

    def encode(self, images):
        return [self.encoder(images)]

    def decode(self, encoded):
        return Maps(self.classify(encoded[-1]), encoded[-1], (encoded[-1],))
'''
DATASET = '''"""A data set."""
from data.sources.phantom import Parameters, Phantom


class Theirs(Phantom):
    dataset = "theirs"

    def cases(self, patients, masks=True):
        return [case for patient in patients for case in self._drawn(patient)]  # asks no seal


def found(data_root):
    return Theirs(Parameters(train=4, val=1, test=2))
'''


def cell(method: str, backbone: str = "unet"):
    wish = Wish(method=method, backbone=backbone, preset="smoke", labeled=2, set={"updates": 2, "validations": 1})
    return resolve_cell(wish, find("phantom"), "cpu")


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an installed package with a method that imports of the package, and of another."""
    points = "[action_bench.methods]\nmine = their_package.methods.mine\n"
    folder = installed(tmp_path / "site", monkeypatch, "their_package", points)
    (folder / "methods").mkdir()
    (folder / "methods" / "__init__.py").write_text("")
    (folder / "losses.py").write_text("STRENGTH = 0.5\n")
    another = f"another_{tmp_path.name}"  # which no other test has imported from its own site
    (tmp_path / "site" / f"{another}.py").write_text("x = 1\n")
    imports = f"import {another}\nfrom their_package.losses import STRENGTH"
    written(folder / "methods" / "mine.py", imports=imports, strength="STRENGTH")
    return folder


def test_a_packages_method_is_named_as_its_entry_point_and_is_its_package_files(
    packaged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = cell("mine")
    assert before.method == "mine" and before.config["agreement"] == 0.5
    origin = before.origins()["method"]
    assert origin.name == "their-package 1.0"
    assert sorted(origin.contents) == [
        "their_package/__init__.py",
        "their_package/losses.py",
        "their_package/methods/__init__.py",
        "their_package/methods/mine.py",
    ]
    (packaged / "losses.py").write_text("STRENGTH = 0.25\n")
    assert cell("mine").id != before.id and cell("mine").config["agreement"] == 0.25
    assert methods_command.command([]) == 0
    assert "of the installed package their-package 1.0" in capsys.readouterr().out


@pytest.mark.usefixtures("small_phantom", "thin", "no_page")
def test_a_packages_method_runs_and_a_worker_with_another_version_refuses(packaged: Path, tmp_path: Path) -> None:
    assert run.command(["--method", "mine", *WORDS, "--out", str(tmp_path / "out")]) == 0
    (record,) = (tmp_path / "out").glob("*/record.json")
    assert json.loads(record.read_text())["cell"]["outside"]["method"]["name"] == "their-package 1.0"
    job = Job(cell("mine"), None, tmp_path / "other", "cpu", 1)
    (packaged / "losses.py").write_text("STRENGTH = 0.25\n")
    assert "changed since this cell was resolved" in (attempt(job) or "")


def test_what_is_wrong_with_a_package_is_told_and_stops_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    points = "[action_bench.methods]\nem = bad.em\nbroken = bad.broken\nother = bad.other\ngone = bad.gone\n"
    points += "dash = bad-x.my-method\nempty =\n"
    folder = installed(tmp_path, monkeypatch, "bad", points)
    written(folder / "em.py", name="em")
    written(folder / "other.py", name="mine")
    (folder / "broken.py").write_text("\n1 / 0\n")
    wrong = {
        "em": "(em = bad.em) takes a built-in method's name",
        "broken": "broken.py (of the installed package bad 1.0 (broken = bad.broken)), line 2: ZeroDivision",
        "other": "registers 'other', and its module holds mine; give both the same name",
        "gone": "it has no Python file for the module bad.gone",
        "dash": "(dash = bad-x.my-method): 'bad-x.my-method' names no module; expected one such as package.module",
        "empty": "(empty = ): '' names no module; expected one such as package.module",
    }
    for name, words in wrong.items():
        with pytest.raises(MethodUsageError) as error:
            method_named(name)
        assert words in str(error.value), name
    assert cell("supervised").id == "phantom-2-supervised-unet-smoke-s0-76136b24"
    assert methods_command.command([]) == 0
    told = capsys.readouterr().out
    assert all(words in told for words in wrong.values())


def test_a_name_of_two_packages_is_refused_with_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("one_lab", "other_lab"):
        points = f"[action_bench.methods]\nmine = {package}.mine\n"
        written(installed(tmp_path, monkeypatch, package, points) / "mine.py")
    with pytest.raises(MethodUsageError, match=r"'mine' is registered by one-lab 1\.0 and other-lab 1\.0; uninstall"):
        method_named("mine")


def test_a_packages_backbone_is_built_and_is_part_of_the_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = "[action_bench.backbones]\ntiny = nets.tiny:Tiny\nunet = nets.tiny:Tiny\nresnet18 = nets.tiny:Tiny\n"
    folder = installed(tmp_path, monkeypatch, "nets", points)
    (folder / "tiny.py").write_text(f"WIDTH = 4\n{NETWORK}")
    found, plain = cell("supervised", "tiny"), cell("supervised", "unet-transposed")
    assert found.outside is not None and list(found.outside) == ["backbone-tiny"]
    assert plain.outside is None
    method = found.registered().build(find("phantom").task, "tiny", found.method_config(), weights=None, seed=0)
    assert sum(weight.numel() for weight in method.parameters()) == 4 * 9 + 4 + 4 * 4 + 4
    (folder / "tiny.py").write_text(f"WIDTH = 6\n{NETWORK}")
    assert cell("supervised", "tiny").id != found.id
    for taken in ("unet", "resnet18"):
        with pytest.raises(UsageError, match=f"--backbone: .*the name '{taken}' is that of a known backbone"):
            cell("supervised", taken)


def test_a_backbones_entry_point_that_names_a_module_alone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = installed(tmp_path, monkeypatch, "nets", "[action_bench.backbones]\ntiny = nets.tiny\n")
    (folder / "tiny.py").write_text(f"WIDTH = 4\n{NETWORK}")
    with pytest.raises(UsageError, match=r"nets 1\.0 \(tiny = nets\.tiny\): name what makes the network too, as in"):
        cell("supervised", "tiny")


@pytest.mark.usefixtures("small_phantom", "thin", "no_page")
def test_a_run_on_a_packages_backbone_is_scored_again_without_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmark import rescore

    with monkeypatch.context() as patch:
        points = "[action_bench.backbones]\ntiny = nets.tiny:Tiny\n"
        (installed(tmp_path, patch, "nets", points) / "tiny.py").write_text(f"WIDTH = 4\n{NETWORK}")
        words = ["--method", "supervised", "--backbone", "tiny", *WORDS, "--out", str(tmp_path / "out")]
        assert run.command(words) == 0
    (folder,) = (tmp_path / "out").glob("phantom-*")
    before = (folder / "cases.parquet").read_bytes()
    assert rescore.command([str(folder), "--device", "cpu"]) == 0
    assert (folder / "cases.parquet").read_bytes() == before


def test_a_packages_data_set_is_found_listed_and_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    points = (
        "[action_bench.datasets]\ntheirs = sets.theirs:found\nphantom = sets.theirs:found\nwrong = sets.theirs:found\n"
        "leaves = sets.theirs:leaves\ntheirs_too = sets.theirs:average\n"
    )
    average = (
        "\n\ndef average(data_root):\n    made = found(data_root)\n    made.task = Task('theirs', ('RV', 'avg'))\n"
    )
    leaves = "\n\ndef leaves(data_root):\n    raise SystemExit(4)\n"
    (installed(tmp_path, monkeypatch, "sets", points) / "theirs.py").write_text(
        f"from data.task import Task\n{DATASET}{leaves}{average}    return made\n"
    )
    source = find("theirs")
    assert (source.dataset, len(source.split.train)) == ("theirs", 4)
    train, test = source.split.train[0], source.split.test[0]
    assert [case.mask for case in source.cases([train], masks=False)] == [None, None]
    with pytest.raises(DataError, match=f"test patient {test} was asked for outside the gate"):
        source.cases([train, test])
    assert len(Gate(source).open("a test", 0)) == 4
    with pytest.raises(DataUsageError, match="takes a built-in data set's name"):
        find("phantom")
    with pytest.raises(DataUsageError, match="is called 'theirs' by its attribute dataset; give both the same name"):
        find("wrong")
    with pytest.raises(DataUsageError, match="calls a structure avg, as records call the average; name it otherwise"):
        find("theirs_too")
    with pytest.raises(DataUsageError, match=r"--dataset leaves: the installed package sets 1\.0 .*: SystemExit: 4$"):
        find("leaves")
    monkeypatch.setattr("data.catalog.DATASETS", ("phantom_close",))
    assert list_command.command([]) == 0
    assert "theirs        generated cardiac phantom" in capsys.readouterr().out

"""Wrong usage of every command exits with 2 and one line that names the option, before anything is made."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from shell.main import main

RUN = "benchmark.run --dataset phantom --preset smoke --device cpu --method supervised"
SWEEP = "benchmark.sweep PROTOCOL --device cpu --dry-run"
WRONG = [
    *(f"{RUN} --ratio {value}" for value in ("7", "0", "nan", "-0.1", "inf", "1/2")),
    *(f"{RUN} --labeled {value}" for value in ("0", "-3", "1.5", "all", "99")),
    *(f"{RUN} {name} -1" for name in ("--seed", "--label-seed", "--init-seed", "--data-seed")),
    *(f"{RUN} --seed {value}" for value in ("one", "1e3")),
    *(f"{RUN} --save-seconds {value}" for value in ("-5", "nan", "soon")),
    *(f"{RUN} --threads {value}" for value in ("0", "-1", "2.5")),
    f"{RUN} --log-every 0",
    f"{RUN} --label-draw lucky",
    f"{RUN} --method acton",
    f"{RUN} --dataset acdcc",
    f"{RUN} --fidelity exact",
    f"{RUN} --preset quik",
    f"{RUN} --backbone resnet19",
    f"{RUN} --backbone unett:resnet18",
    f"{RUN} --device tpu",
    f"{RUN} --labelled 3",
    f"{RUN} --lab 3",
    f"{RUN} --twin",
    *(f"{RUN} --set {value}" for value in ("lr", "colour=red", "lr=fast", "lr=-1", "lr=true", "lr=NaN", "size=100")),
    *(f"{RUN} --set {value}" for value in ("size=null", "updates=0", "updates=true", "precision=fp8", "view=blurred")),
    f"{RUN} --set weights=imagenet",
    f"{SWEEP} --hang-minutes nan",
    f"{SWEEP} --hang-minutes 0",
    f"{SWEEP} --hang-minutes -2",
    f"{SWEEP} --jobs 0",
    f"{SWEEP} --threads 0",
    f"{SWEEP} --retries -1",
    f"{SWEEP} --gpus -1",
    f"{SWEEP} --launcher cloud",
    f"{SWEEP} --preset quik",
    f"{SWEEP} --job 2",
    "benchmark.canary acton",
    "benchmark.canary --updates 0",
    "benchmark.methods acton",
    *(f"benchmark.advise phantom --hours {value}" for value in ("0", "nan", "-1")),
    "benchmark.advise phantom --methods supervised",
    "benchmark.advise phantom --preset quik",
    "benchmark.advise phantom --jobs 0",
    "benchmark.advise phantom --device tpu",
    "benchmark.score FOLDER --reference FOLDER --convention actoin",
    "benchmark.score FOLDER --reference FOLDER --engine medpi",
    "benchmark.status PROTOCOL --ou x",
    "benchmark.doctor FOLDER --agains x",
    "benchmark.doctor nowhere",
    "benchmark.bands FOLDER --int x",
    "benchmark.status nowhere.toml",
    "benchmark.track FOLDER --tensorbord x",
    "benchmark.rescore FOLDER --devise cpu",
    "benchmark.predict FOLDER FOLDER --out FOLDER/out --probabilites",
    "benchmark.predict FOLDER FOLDER --out FOLDER/out --threads 0",
    "benchmark.predict FOLDER FOLDER --out FOLDER/out --device tpu",
    "benchmark.export FOLDER --out FOLDER/out --to onxx",
    "data.list --data-rot x",
    "data.plan FOLDER --patients (",
    "data.plan FOLDER --val 2",
    "data.plan FOLDER --fit square",
    *(f"data.prepare phantom --size {value}" for value in ("0", "100", "all")),
    *(f"data.prepare phantom --{name} 0" for name in ("jobs", "labeled", "ratio")),
    "data.prepare phantom --preset quik",
    "data.prepare phantom --scaling log",
    "data.prepare phantom --resizing linear",
    "data.prepare phantom --label-draw lucky",
    "data.prepare phantom",
    "reports.build --protocol nope",
    "reports.build --titel x",
    "reports.verdict --protocol nope",
    "reports.verdict --margin 0",
    "reports.verdict --margin nan",
]


@pytest.mark.parametrize("line", WRONG)
def test_wrong_usage_is_2_and_one_line_that_names_the_option(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    protocol, out = tmp_path / "mine.toml", tmp_path / "out"
    protocol.write_text('title = "t"\ndataset = "phantom"\n[[cells]]\nmethods = ["supervised"]\n')
    command, *words = line.replace("PROTOCOL", str(protocol)).replace("FOLDER", str(tmp_path)).split()
    if command in ("benchmark.run", "benchmark.sweep"):
        words += ["--out", str(out)]
    with pytest.raises(SystemExit) as ended:
        main(command, lambda: int(importlib.import_module(command).command(words)))
    (said,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    last = [word for word in line.split() if word.startswith("--")][-1:] or line.split()[1:]
    assert any(word in said for word in (*last, line.split()[-1]))
    assert not out.exists()


BLOCK = '[[cells]]\nmethods = ["supervised"]\npresets = ["smoke"]\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[cells]]\nmethods = "supervised"', 'methods: a list is expected, not "supervised"'),
        (f"{BLOCK}seeds = 3", "seeds: a list is expected, not 3"),
        (f"{BLOCK}labeled = 3", "labeled: a list is expected, not 3"),
        (f"{BLOCK}labeled = [0]", "labeled: a count of patients or 'all' is expected, not [0]"),
        (f"{BLOCK}labeled = [true]", "labeled: a count of patients or 'all' is expected, not [true]"),
        (f"{BLOCK}labeled = [99]", "--labeled 99: expected 1 to 40"),
        (f"{BLOCK}labelled = [3]", "unknown key labelled; did you mean labeled?"),
        (f"{BLOCK}ratios = [7]", "ratios.0: Input should be less than or equal to 1, not 7"),
        (f"{BLOCK}ratios = [0]", "ratios.0: Input should be greater than 0, not 0"),
        (f"{BLOCK}ratios = [nan]", "ratios.0: "),
        (f"{BLOCK}ratios = [true]", "ratios.0: Input should be a valid number, not true"),
        (f"{BLOCK}ratios = 0.1", "ratios: a list is expected, not 0.1"),
        (f"{BLOCK}seeds = [-1]", "seeds.0: Input should be greater than or equal to 0, not -1"),
        (f'{BLOCK}twins = "yes"', 'twins: true or false is expected, not "yes"'),
        (f"{BLOCK}set = [1]", "set: a table is expected, not [1]"),
        (f"{BLOCK}set = {{ lr = [[1]] }}", "set.lr: a value or a list of values is expected, not [[1]]"),
        (f"{BLOCK}set = {{ lr = -1 }}", "--set lr=-1: Input should be greater than 0"),
        (f"{BLOCK}set = {{ lrr = 1 }}", "--set lrr: supervised and the preset have no such field; did you mean lr?"),
        (f'{BLOCK}fidelities = ["exact"]', "--fidelity: supervised has no fidelity 'exact'"),
        (f'{BLOCK}label_draws = ["lucky"]', "--label-draw: there is no label draw 'lucky'"),
        (f'{BLOCK}datasets = ["acdcc"]', "--dataset: there is no data set 'acdcc'; did you mean acdc?"),
        (f'{BLOCK}backbones = ["resnet19"]', "backbone: no encoder 'resnet19'"),
        ('[[cells]]\nmethods = ["acton"]', "method: there is no method 'acton'; did you mean action?"),
        ('[cells]\nmethods = ["supervised"]', "cells: a list is expected, not a table; write [[cells]]"),
        ("[[cells]]\nseeds = [1]", "the key methods is missing"),
        ('include = "other.toml"', 'include: a list is expected, not "other.toml"'),
    ],
)
def test_a_wrong_protocol_is_2_and_one_line_that_names_file_and_key(
    text: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    protocol = tmp_path / "mine.toml"
    protocol.write_text(f'title = "t"\ndataset = "phantom"\n{text}\n')
    command = importlib.import_module("benchmark.sweep").command
    with pytest.raises(SystemExit) as ended:
        main("benchmark.sweep", lambda: int(command([str(protocol), "--dry-run", "--device", "cpu"])))
    (said,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert expected in said and "mine.toml" in said


@pytest.mark.parametrize(
    "line",
    [
        "benchmark.run --method supervised --dataset acdc --device cpu --data-root FOLDER/none",
        "benchmark.run --method supervised --dataset acdc --device cpu --data-root FOLDER",
        "benchmark.run --method supervised --dataset phantom --device cpu --out FOLDER/file/out",
        "benchmark.run --method supervised --dataset phantom --device cpu --page FOLDER/file/page",
        "benchmark.sweep protocols/smoke.toml --device cpu --out FOLDER/file/out",
        "benchmark.rescore FOLDER",
        "benchmark.predict FOLDER FOLDER --out FOLDER/file/out",
        "benchmark.predict FOLDER/none FOLDER --out FOLDER/out",
        "benchmark.export FOLDER/none --to safetensors --out FOLDER/out/a",
        "benchmark.canary supervised --keep --device cpu --traces FOLDER/file/kept",
        "reports.build --out FOLDER/file/page",
        "reports.build --runs FOLDER --out FOLDER/page",
    ],
)
def test_what_cannot_be_found_or_written_is_1_before_any_work(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("data.catalog.RAW", tmp_path / "raw")
    monkeypatch.chdir(Path(__file__).parents[1])
    (tmp_path / "file").write_text("in the way")
    command, *words = line.replace("FOLDER", str(tmp_path)).split()
    with pytest.raises(SystemExit) as ended:
        main(command, lambda: int(importlib.import_module(command).command(words)))
    (said,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 1
    assert str(tmp_path) in said
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

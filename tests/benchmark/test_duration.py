"""What --help says of presets: the values they have, and a time by what this processor says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import duration, run, sweep
from benchmark.cells.preset import PRESETS

HIDDEN = {"canary"}  # of a check of ours, no preset of a user's


def processor(folder: Path, flags: str) -> Path:
    path = folder / "cpuinfo"
    path.write_text(f"processor\t: 0\nflags\t\t: fpu sse2 {flags}\n")
    return path


def test_the_told_presets_are_those_there_are() -> None:
    told = {name: (one.size, one.updates, one.per_stage) for name, one in duration.PRESETS.items()}
    real = {name: (one.size, one.updates, one.per_stage) for name, one in PRESETS.items() if name not in HIDDEN}
    assert told == real


@pytest.mark.parametrize(
    ("flags", "bf16"), [("avx2 avx512f", False), ("avx512_bf16", True), ("amx_bf16 amx_tile", True)]
)
def test_a_processor_is_asked_for_bf16(flags: str, bf16: bool, tmp_path: Path) -> None:
    assert duration.computes_bf16(processor(tmp_path, flags)) == bf16
    assert not duration.computes_bf16(tmp_path / "none")


def test_a_run_takes_what_its_updates_take_and_what_follows_them() -> None:
    told = duration.Told(64, 100, supervised=(0.1, 0.5), action=(1.0, 2.0), per_stage=True)
    assert told.seconds(bf16=True) == (30.0, 320.0)
    assert told.seconds(bf16=False) == (70.0, 620.0)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(21.4, "21 s"), (119, "2 min"), (3600, "60 min"), (7200, "2 h"), (100_000, "28 h"), (259_200, "3 days")],
)
def test_a_time_in_words(seconds: float, said: str) -> None:
    assert duration._about(seconds) == said


def test_help_says_of_each_preset_size_updates_and_time(tmp_path: Path) -> None:
    lines = duration.presets(processor(tmp_path, "avx2")).splitlines()
    assert "on one CPU core without bf16" in lines[0]
    smoke = next(line for line in lines if line.split()[0] == "smoke")
    assert "64 x 64, 12 updates" in smoke and smoke.endswith("learns nothing") and " s" in smoke
    for parser in (run.parser(), sweep.parser()):
        assert "quick  128 x 128, 1,000 updates" in parser.format_help()

"""The device a run has, its memory, and its precision: bf16 where the device computes it itself, else fp32."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from benchmark import environment
from benchmark.environment import device_of, peak_memory_mib, precision_on, reset_peak_memory, say_precision
from benchmark.errors import RunError, UsageError

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(("capability", "precision"), [((7, 0), "fp32"), ((7, 5), "fp32"), ((8, 0), "bf16")])
def test_a_gpu_has_bf16_from_ampere_on(
    capability: tuple[int, int], precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert precision_on(CUDA, "bf16") == precision


@pytest.mark.parametrize(("native", "precision"), [(True, "bf16"), (False, "fp32")])
def test_a_processor_has_bf16_where_its_convolutions_do(
    native: bool, precision: str, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: native)
    assert precision_on(CPU, "bf16") == precision
    say_precision(CPU, ["bf16"])
    assert ("fp32" in capsys.readouterr().out) == (not native)


def test_fp32_stays_wherever_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for native in (True, False):
        monkeypatch.setattr(environment, "_computes_bf16", lambda device, native=native: native)
        assert precision_on(CPU, "fp32") == "fp32"


def test_a_gpu_by_number_is_refused_with_how_to_choose_one() -> None:
    with pytest.raises(UsageError, match=r"--device cuda:1: .* CUDA_VISIBLE_DEVICES=1 and --device cuda"):
        device_of("cuda:1")
    with pytest.raises(UsageError, match="--device cudax: known are auto, cpu, cuda"):
        device_of("cudax")


def test_a_gpus_peak_is_what_the_allocator_held_and_is_reset_once_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[str] = []
    monkeypatch.setattr(torch.cuda, "init", lambda: happened.append("begun"))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: happened.append("reset"))
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda device: 3 * 2**30)
    reset_peak_memory(CUDA)
    assert happened == ["begun", "reset"]
    assert peak_memory_mib(CUDA) == 3072


@pytest.fixture
def commit_unknown() -> Iterator[None]:
    """Let this process ask for its commit anew, and again after the test."""
    environment.commit.cache_clear()
    yield
    environment.commit.cache_clear()


def put_git(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a shell script in git's place."""
    (folder / "git").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


@pytest.mark.usefixtures("commit_unknown")
def test_a_git_that_is_killed_is_asked_again_and_its_silence_taken_for_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_git(tmp_path, '[ "$1" = status ] && kill -9 $$; echo 0123', monkeypatch)
    for _ in range(2):
        with pytest.raises(RunError, match=r"git status in .* was stopped by signal 9; a run must say of which code"):
            environment.commit()
    put_git(tmp_path, '[ "$1" = status ] || echo 0123', monkeypatch)
    assert environment.commit() == ("0123", False)
    put_git(tmp_path, "kill -9 $$", monkeypatch)
    assert environment.commit() == ("0123", False)


@pytest.mark.usefixtures("commit_unknown")
def test_a_git_that_takes_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_git(tmp_path, "exec sleep 60", monkeypatch)
    monkeypatch.setattr(environment, "GIT_SECONDS", 0.1)
    with pytest.raises(RunError, match=r"git rev-parse in .* took longer than 0\.1 s"):
        environment.commit()


@pytest.mark.usefixtures("commit_unknown")
@pytest.mark.parametrize("script", ["exit 128", None])
def test_outside_git_there_is_no_commit(script: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if script is None:
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        put_git(tmp_path, script, monkeypatch)
    assert environment.commit() == (None, False)

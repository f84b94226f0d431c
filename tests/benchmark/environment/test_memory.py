"""The memory a run holds: its peak is its own, not an earlier run's."""

from __future__ import annotations

import pytest
import torch

from benchmark.environment.memory import peak_memory_mib, reset_peak_memory

CUDA = torch.device("cuda")


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

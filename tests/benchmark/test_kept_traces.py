"""The traces that come with the code: of every method, at the canary's present set-up, and of this code."""

from __future__ import annotations

import pytest
import torch

from benchmark import canary, rehearsal
from benchmark.rehearsal import cell_of, setup_of, take
from benchmark.traces import Traces, compare
from methods import registry

CPU = torch.device("cpu")
COMMITTED = Traces(canary.TRACES)


def test_the_committed_file_keeps_every_method_at_the_present_set_up() -> None:
    found = COMMITTED.load("2.14", "cpu")
    assert found is not None
    assert set(found.traces) == set(registry.entries())
    for name, one in found.traces.items():
        assert one.setup == setup_of(cell_of(name, canary.UPDATES, CPU)[0])
        assert len(one.totals) == len(one.rounding) == canary.UPDATES


@pytest.mark.parametrize("name", ["supervised", "mean_teacher"])
def test_the_committed_traces_are_of_this_code(name: str) -> None:
    found = COMMITTED.load(rehearsal.version(), "cpu")
    if found is None:
        pytest.skip("no trace is kept for this torch")
    assert compare(found.traces[name], take(name, canary.UPDATES, CPU)).said != "different method"

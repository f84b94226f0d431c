"""A run's first update: what is imported before it, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmark.paths import ROOT

WATCHED = """
import os
import sys
from benchmark.training.update import Updates

def first(self, update):
    print(len(sys.modules), *sys.modules, flush=True)
    os._exit(0)  # all that is asked is known

Updates.make = first
from benchmark.run import command
command(sys.argv[1:])
"""
LATER = {  # seconds each, and of no use before an update: a compiler, other networks, statistics, plots, pages
    "torch._dynamo", "torch._inductor", "torchvision", "timm", "segmentation_models_pytorch",
    "scipy.stats", "scipy.optimize", "scipy.spatial", "statsmodels", "pandas", "pyarrow", "matplotlib", "seaborn",
    "reports",
}  # fmt: skip
MOST = 1900  # of about 1,700; pandas alone is 500 more, the compiler 880


@pytest.mark.parametrize("method", ["supervised", "action", "dan"])
@pytest.mark.usefixtures("small_phantom")
def test_the_first_update_waits_for_no_module_that_it_does_not_need(method: str, tmp_path) -> None:
    words = ["--method", method, "--dataset", "phantom", "--preset", "smoke", "--labeled", "1", "--device", "cpu"]
    run = [sys.executable, "-c", WATCHED, *words, "--out", str(tmp_path)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    count, *modules = done.stdout.splitlines()[-1].split()
    assert not LATER & set(modules)
    assert int(count) < MOST


@pytest.mark.usefixtures("small_phantom")
def test_no_update_imports_the_compiler(tmp_path) -> None:
    """Both kinds of optimiser are in DAN, whose critic has its own."""
    code = "import sys; from benchmark.run import command; command(sys.argv[1:]); print('torch._dynamo' in sys.modules)"
    words = ["--method", "dan", "--dataset", "phantom", "--preset", "smoke", "--labeled", "1", "--device", "cpu"]
    short = ["--set", "updates=2", "--set", "validations=1", "--set", "size=32"]
    run = [sys.executable, "-c", code, *words, *short, "--out", str(tmp_path)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"

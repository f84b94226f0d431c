"""The command that trains what an advice chose on everything: all labelled and all unlabelled images."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.advising.kept import Places
from benchmark.advising.ladder import ALONE
from benchmark.advising.subject import Subject, everything
from benchmark.outside.named import names_of
from benchmark.paths import RUNS
from data.folders.plan import write_plan
from data.folders.source import Folder


def on_everything(
    subject: Subject, places: Places, chosen: tuple[str, bool], decided: Mapping[str, Any], data_root: Path | None
) -> list[str]:
    """Return the words of the command, and write the plan that it reads of a folder.

    chosen: a method's name, and whether its twin is meant; one of a file is run by its path.
    """
    source, step, methods = subject.source, decided["grid"]["step"], decided["grid"]["methods"]
    method, twin = chosen
    if method not in (*ALONE, *methods):
        method = dict(zip(names_of(methods), methods, strict=True))[method]
    dataset = source.dataset
    if isinstance(source, Folder):
        write_plan(everything(source.plan, subject), places.everything)
        dataset = str(places.everything)
    words = ["--method", method, *["--twin"] * twin, "--dataset", dataset, "--ratio", "1", "--preset", step["preset"]]
    words += [] if step["updates"] is None else ["--set", f"updates={step['updates']}"]
    words += [] if data_root is None else ["--data-root", str(data_root)]
    words += [] if places.out == RUNS.resolve() else ["--out", str(places.out)]
    return ["python", "-m", "benchmark.run", *words]


def line(words: list[str]) -> str:
    """Return a command as it is typed."""
    return shlex.join(words)

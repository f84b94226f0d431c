"""Will unlabelled images help me? An answer on one's own labelled patients, within a time that is planned beforehand.

``python -m benchmark.advise FOLDER --hours 2``
"""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from benchmark.command import main
from benchmark.duration import presets
from benchmark.paths import HTML, RUNS
from shell.folders import refusal, require_writable
from shell.options import Parser, amount, whole

if TYPE_CHECKING:
    import torch

    from benchmark.advising.kept import Places
    from benchmark.advising.protocol import Run
    from benchmark.advising.subject import Subject
    from data.source import Source

METHODS = ("mean_teacher", "cps", "action")
"""An averaged teacher, pseudo-labels of two networks, contrast: three ideas, all with a twin."""
HOURS = amount("hours above 0, such as 0.5", above=0, most=10_000)


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.advise", __doc__)
    add = options.add_argument
    add("dataset", help="a folder, a plan for one or its name; acdc or phantom: by its training patients alone")
    add("--hours", type=HOURS, default=2.0, metavar="H", help="what all of it may take here (default 2)")
    names = "semi-supervised methods, or files of such, that name a twin"
    default = f"default {' '.join(METHODS)}, or the first where the hours hold no more"
    add("--methods", nargs="+", metavar="METHOD", help=f"{names} ({default})")
    add("--preset", help="paper, short, medium, quick, demo or smoke, as told below (default: what the hours hold)")
    add("--device", default="auto", help="cpu, cuda, or auto (default): CUDA where there is any")
    add("--jobs", type=whole(1), metavar="N", help="runs at once (default: as many as the cores or GPUs hold)")
    options.add_threads()
    options.add_data_root()
    add("--out", type=Path, default=RUNS, help="folder of run folders (default results/runs)")
    add("--page", type=Path, metavar="DIR", help="folder of the page (default reports/html/advice, else OUT/pages)")
    add("--dry-run", action="store_true", help="print the plan and its price; train nothing more than the probe")
    force = "train runs anew where other code than this checkout's made or began them (default: they are left)"
    add("--force", action="store_true", help=force)
    add("--anew", action="store_true", help="plan anew, where the same was asked before and would go on")
    options.end_with(presets())
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Plan, train, and say whether unlabelled images help; 1 if a run failed."""
    given = parser().parse_args(arguments)
    begun = time.monotonic()
    _check(given)
    from benchmark.advising.kept import Places, decided_before, write_plan
    from benchmark.advising.planning import asked_of, decide
    from benchmark.advising.subject import subject_of
    from benchmark.environment.device import device_of, say_precision
    from reports.own_files import require_own
    from results.expectation import warning

    device = device_of(given.device)
    subject = subject_of(given.dataset, given.data_root)
    source = subject.source
    print(f"data set: {source.dataset} ({source.origin})")
    say_precision(device, ["bf16"])
    require_own(_page_of(given, source.dataset))
    places = Places(given.out.resolve(), source.dataset)
    asked = asked_of(given, subject, device)
    before = None if given.anew else decided_before(places, asked)
    decided = decide(given, subject, device, begun) if before is None else before
    for what, words in decided["plan"]:
        print(f"  {what:12} {words}")
    for words in (*decided["warnings"], *filter(None, [warning(decided["updates"])])):
        print(f"note: {words}")
    if given.dry_run:
        return 0
    if before is not None:
        print(f"the same was asked before, so {places.plan} is gone on with; --anew plans anew")
    else:
        write_plan(places, asked, decided)
    return _answered(given, subject, places, decided, device)


def _answered(
    given: argparse.Namespace, subject: Subject, places: Places, decided: Mapping[str, Any], device: torch.device
) -> int:
    """Run what a plan has no record of, then say what it shows; 1 where a run failed, and nothing is said."""
    from benchmark.advising.planning import prepared
    from results.store import Store

    runs, sources = prepared(subject, places, decided, device)
    failures = _trained(given, places, runs, sources)
    if failures:
        print(f"{failures} of {len(runs)} runs failed, for what is named above, and without them nothing is said")
        return 1
    from benchmark.advising.everything import line, on_everything
    from reports.advice import advice_of
    from reports.advice_view import view_of, write_advice
    from reports.page import build_page

    store = Store(given.out)
    records = {run.cell.id: store.load(run.cell.id) for run in runs}
    advice = advice_of([run.told() for run in runs], records, decided["unit"])
    further = line(on_everything(subject, places, advice.to_train(subject.has_unlabeled), decided, given.data_root))
    out = _page_of(given, subject.source.dataset)
    spent = [loaded.record.seconds for loaded in records.values()]
    view = view_of(advice, decided, further, sum(one.train + one.evaluate for one in spent))
    page = build_page(list(records.values()), out, decided["grid"]["title"], len(runs), view)
    write_advice(view, out)
    for sentence in view["sentences"]:
        print(sentence)
    print(f"train on everything: {further}")
    print(f"page: {page}")
    return 0


def _trained(given: argparse.Namespace, places: Places, runs: Sequence[Run], sources: Mapping[str, Source]) -> int:
    """Run the cells that have no record, and return how many failed."""
    from benchmark.launchers.display import Watch
    from benchmark.launchers.forecast import Forecast
    from benchmark.launchers.job import Job
    from benchmark.launchers.local import Patience
    from benchmark.launchers.made import made
    from benchmark.launchers.plan import Plan, past
    from benchmark.launchers.slots import on_this_machine
    from benchmark.running.failures import settle
    from benchmark.running.options import THREADS
    from results.store import Store

    cells, store = [run.cell for run in runs], Store(given.out)
    by_name = {source.dataset: source for source in sources.values()}
    Plan(places.protocol.stem, f"Advice on {places.dataset}", cells, {}, by_name).write(given.out)
    found = made(cells, store, [] if given.force else None)
    print(found, flush=True)
    threads = THREADS if given.threads is None else given.threads
    jobs = [
        Job(cell, by_name[cell.dataset].root or given.data_root, given.out, given.device, threads, anew=given.force)
        for cell in found.todo
    ]
    watch = Watch(jobs, Forecast(jobs, past(given.out)))
    signal.signal(signal.SIGTERM, _stop)
    return watch.follow(on_this_machine(jobs, given.jobs, store, Patience(), watch.look), settle)


def _page_of(given: argparse.Namespace, dataset: str) -> Path:
    """Return the page's folder: as asked, else in reports/ for runs in results/, else beside the runs."""
    if given.page is not None:
        return Path(given.page)
    usual = given.out.resolve() == RUNS.resolve() and refusal(HTML / "advice") is None
    return HTML / "advice" / dataset if usual else Path(given.out) / "pages" / f"advice-{dataset}"


def _check(given: argparse.Namespace) -> None:
    """Settle methods; raise UsageError for what can't be asked about, WriteError for folders that can't be written."""
    from benchmark.advising.planning import methods_of
    from benchmark.cells.preset import resolve

    given.named = given.methods is not None
    given.methods = methods_of(given.methods if given.named else METHODS)
    if given.preset is not None:
        resolve(given.preset, {})
    for name in ("out", "page"):
        if getattr(given, name) is not None and not given.dry_run:
            require_writable(getattr(given, name), f"name another with --{name}")


def _stop(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main("benchmark.advise", command)

"""Train one cell, score it, write its record and an HTML report.

``python -m benchmark.run --method action --ratio 0.05``
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main, settings
from benchmark.duration import presets
from benchmark.paths import HTML, RUNS
from benchmark.tracking.options import add_trackers, require_trackers, track
from results.expectation import warning
from shell.folders import refusal, require_writable
from shell.options import Parser, amount, one_of, whole

if TYPE_CHECKING:
    import torch

    from benchmark.cells.cell import Cell
    from benchmark.running.options import Options
    from data.source import Source
    from results.record import Record
    from results.standing import Standing
    from results.store import LoadedRecord


SHARE = amount("a number above 0 and up to 1, such as 0.05", above=0, most=1)
SECONDS = amount("0 or more", least=0)
METHODS = "a method that python -m benchmark.methods lists, or a file of one's own, such as my_method.py"
DATASETS = "acdc, lits, phantom, a folder's path, or auto (default): ACDC where it is found, else the phantom"


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.run", __doc__)
    _add_cell(options)
    add = options.add_argument
    add("--device", default="auto", help="cpu, cuda, or auto (default): CUDA where there is any")
    options.add_data_root()
    add("--out", type=Path, default=RUNS, help="folder of run folders (default results/runs)")
    add("--page", type=Path, metavar="DIR", help="folder of the page (default reports/html/runs, with --out OUT/pages)")
    options.add_threads()
    add("--log-every", type=whole(1), default=20, metavar="N", help="updates between lines of the history (default 20)")
    add("--save-seconds", type=SECONDS, default=30.0, metavar="S", help="least time between checkpoints (default 30)")
    add("--force", action="store_true", help="train again although the cell has a record, and replace it")
    add("--eager", action="store_true", help="on a GPU launch each kernel of an update by itself (same numbers)")
    options.add_recompute()
    add_trackers(options)
    options.end_with(presets())
    return options


def _add_cell(options: argparse.ArgumentParser) -> None:
    """Add the options that say which cell."""
    add = options.add_argument
    add("--method", required=True, help=METHODS)
    add("--dataset", default="auto", help=DATASETS)
    add("--ratio", type=SHARE, help="share of the training patients that is labelled, 0 to 1 (default 0.05)")
    add("--labeled", type=whole(1), metavar="N", help="number of labelled patients (default: as --ratio says)")
    draws = "labelled patients: canonical (default), the first ones; random, drawn by --label-seed"
    add("--label-draw", default="canonical", type=one_of("canonical", "random"), help=draws)
    backbones = "unet (default), unet-transposed, ENCODER or ARCH:ENCODER of segmentation-models-pytorch"
    add("--backbone", default="unet", help=backbones)
    schedules = "paper, short, medium, quick, demo or smoke, as told below; auto (default): paper on CUDA, quick on CPU"
    add("--preset", default="auto", help=schedules)
    add("--fidelity", default="fixed", help="paper, official or fixed (default)")
    add("--seed", type=whole(0), default=0, metavar="N", help="fixes all that a run draws at random (default 0)")
    add("--label-seed", type=whole(0), metavar="N", help="draw the labelled patients by this seed (default: --seed)")
    add("--init-seed", type=whole(0), metavar="N", help="draw the initial weights by this seed (default: --seed)")
    add("--data-seed", type=whole(0), metavar="N", help="order and augment batches by this seed (default: --seed)")
    add("--twin", action="store_true", help="the control: the same with unlabelled terms that weigh nothing")
    add("--set", action="append", default=[], metavar="FIELD=VALUE", help="replace a field of the method or preset")


def command(arguments: Sequence[str] | None = None) -> int:
    """Run one cell and say where its report is."""
    given = parser().parse_args(arguments)
    _require_room(given)
    from benchmark.cells.cell import Wish, resolve_cell
    from benchmark.cells.choice import choose
    from benchmark.cells.opening import opening
    from benchmark.environment.code import taken
    from benchmark.environment.device import device_of, say_precision
    from benchmark.running.execution import run_cell
    from benchmark.running.failures import noted
    from data.catalog import find
    from results.store import Store

    require_trackers(given.tensorboard, given.mlflow)
    checkout = taken().checkout
    device = device_of(given.device)
    wish = Wish(
        set=settings(given.set),
        **{name: getattr(given, name) for name in Wish.model_fields if name not in ("set", "variant", "place")},
    )
    choose(wish, device.type)  # a slip in these words is said before data are looked for
    source = find(wish.dataset, given.data_root)
    print(f"data set: {source.dataset} ({source.origin})")
    print("".join(f"  {what:12} {words}\n" for what, words in source.told().items()), end="")
    cell = resolve_cell(wish, source, device.type)
    print(_audited(source), end="")
    print(_labeled(cell, source, wish.ratio))
    for line in opening(cell):
        print(line)
    if said := warning(cell.schedule.updates):
        print(f"preset {cell.preset}: {said}")
    say_precision(device, [cell.schedule.precision])
    _require_page(_page_of(given, cell.id))
    store = Store(given.out)
    if not given.force and store.has(cell.id):
        print(f"{cell.id} is done already{_by(checkout.standing(store.load(cell.id)))}; --force trains it again")
    else:
        with noted(store.folder(cell.id)):
            run_cell(cell, source, store, _options(given, device))
    _report(store.load(cell.id), given)
    return 0


def _labeled(cell: Cell, source: Source, ratio: float | None) -> str:
    """Return how many patients are labelled, beside the share that was asked for."""
    asked = f" (ratio {ratio:g})" if ratio is not None else ""
    split = source.split
    without = f", and {len(split.unmasked)} more have no masks" if split.unmasked else ""
    return f"labelled: {len(cell.labeled_patients)} of {len(split.masked)} training {split.unit}s{asked}{without}"


def _audited(source: Source) -> str:
    """Return what an audit found of the data, or that there was none, as a line; nothing of data sets of papers."""
    from data.auditing.kept import audit_of
    from data.auditing.table import summary

    report = audit_of(source)
    if report is None:
        return ""
    leaks = "".join(f"; {one.what}" for one in report.of("leak"))
    if report.scope == "all":
        return f"audit: {summary(report)} ({report.fingerprint}){leaks}\n"
    advice = f"python -m data.audit {source.dataset if source.root is None else source.root}"
    return f"audit: names and split only, {summary(report)}{leaks}; {advice} looks at the images\n"


def _report(loaded: LoadedRecord, given: argparse.Namespace) -> None:
    """Say what the record tells and where it is, and make its page."""
    from reports.page import build_page

    record = loaded.record
    for line in _scores(record):
        print(line)
    print(f"record: {loaded.folder / 'record.json'}", flush=True)
    page = build_page([loaded], _page_of(given, record.cell.id), title=f"{record.cell.title} on {record.cell.dataset}")
    print(f"report: {page}")
    for line in track(loaded, given.tensorboard, given.mlflow):
        print(line)


def _scores(record: Record) -> Iterator[str]:
    """Yield the mean Dice of each predictor by the rule that counts, first that of the predictor which does."""
    reported, rule = record.headline.predictor, record.headline.rule
    rows = [row for row in record.summary if row.structure == "avg" and row.rule == rule]
    for row in sorted(rows, key=lambda row: row.predictor != reported):
        counts = row.predictor == reported
        role = f"what counts: predictor {reported}, rule {rule}" if counts else "another predictor, beside it"
        if row.dice is not None:
            dice = f"mean Dice {100 * row.dice:.2f} on the test patients"
            yield f"{record.cell.dataset}: {row.predictor} {rule}: {dice} ({role})"
    if said := warning(record.updates):
        yield said


def _page_of(given: argparse.Namespace, cell: str) -> Path:
    """Return the page's folder: as asked, else in reports/ for a run in results/, else beside the record."""
    if given.page is not None:
        return Path(given.page)
    usual = given.out.resolve() == RUNS.resolve() and refusal(HTML / "runs") is None
    return HTML / "runs" / cell if usual else Path(given.out) / "pages" / cell


def _require_room(given: argparse.Namespace) -> None:
    """Raise WriteError for a folder that is to hold something and can't, before anything is trained for it."""
    for name in ("out", "page", "tensorboard"):
        folder = getattr(given, name)
        if folder is not None:
            require_writable(folder, f"name another with --{name}")


def _require_page(folder: Path) -> None:
    """Raise ResultUsageError where the page would replace what no page wrote; a folder to be made holds nothing."""
    if folder.exists():
        from reports.own_files import require_own

        require_own(folder)


def _by(standing: Standing) -> str:
    """Return what is said of a record's code, and how to score it anew where that alone is another."""
    rescored = standing.kind == "same" and standing.other_scoring
    return f", {standing.words}" * bool(standing.words) + "; benchmark.rescore scores it again" * rescored


def _options(given: argparse.Namespace, device: torch.device) -> Options:
    from benchmark.running.options import THREADS, Options

    threads = THREADS if given.threads is None else given.threads
    how = {"eager": given.eager, "recompute": given.recompute}
    return Options(device, given.force, threads, given.log_every, given.save_seconds, **how)


if __name__ == "__main__":
    main("benchmark.run", command)

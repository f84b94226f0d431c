"""Train one cell, score it, write its record and an HTML report.

``python -m benchmark.run --method action --ratio 0.05``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import assignments, main
from benchmark.paths import HTML, RUNS
from benchmark.tracking.options import add_trackers, require_trackers, track

if TYPE_CHECKING:
    import torch

    from benchmark.running.options import Options
    from results.standing import Standing


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = argparse.ArgumentParser(prog="python -m benchmark.run", description=__doc__)
    add = options.add_argument
    add("--method", required=True, help="a registered method; python -m benchmark.methods lists them")
    add("--dataset", default="auto", help="auto (ACDC where it is found, else the phantom), acdc, lits or phantom")
    add("--ratio", type=float, help="share of the training patients that is labelled, 0 to 1 (default 0.05)")
    add("--labeled", type=int, metavar="N", help="number of labelled patients, instead of --ratio")
    add("--label-draw", default="canonical", choices=["canonical", "random"], help="which patients are labelled")
    add(
        "--backbone",
        default="unet",
        help="unet, unet-transposed, ENCODER or ARCH:ENCODER of segmentation-models-pytorch",
    )
    add("--preset", default="auto", help="paper, short, quick, smoke; auto: paper on CUDA, quick on CPU")
    add("--fidelity", default="fixed", help="paper, official or fixed (default)")
    add("--seed", type=int, default=0)
    add("--label-seed", type=int, metavar="N", help="draw the labelled patients by this seed (default: --seed)")
    add("--init-seed", type=int, metavar="N", help="draw the initial weights by this seed (default: --seed)")
    add("--data-seed", type=int, metavar="N", help="order and augment the batches by this seed (default: --seed)")
    add("--device", default="auto", help="auto, cpu or cuda")
    add("--data-root", type=Path, help="folder that holds the data set; else $ACTION_BENCH_DATA, else data/raw")
    add("--twin", action="store_true", help="the control: the same with unlabelled terms that weigh nothing")
    add("--set", action="append", default=[], metavar="FIELD=VALUE", help="replace a field of the method or preset")
    add("--out", type=Path, default=RUNS, help="folder of run folders (default results/runs)")
    add("--threads", type=int, help="CPU threads (default 1, as in sweeps: sums depend on how they are split)")
    add("--log-every", type=int, default=20, metavar="N", help="updates between lines of the history (default 20)")
    add("--save-seconds", type=float, default=30.0, metavar="S", help="least time between checkpoints (default 30)")
    add("--force", action="store_true", help="train again although the cell has a record, and replace it")
    add_trackers(options)
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Run one cell and say where its report is."""
    given = parser().parse_args(arguments)
    from benchmark.cells.cell import Wish, resolve_cell
    from benchmark.environment.code import taken
    from benchmark.environment.device import device_of, say_precision
    from benchmark.running.execution import run_cell
    from data.catalog import find
    from reports.page import build_page
    from results.store import Store

    require_trackers(given.tensorboard, given.mlflow)
    checkout = taken().checkout
    device = device_of(given.device)
    wish = Wish(
        set=assignments(given.set),
        **{name: getattr(given, name) for name in Wish.model_fields if name not in ("set", "variant", "place")},
    )
    source = find(wish.dataset, given.data_root)
    print(f"data set: {source.dataset} ({source.origin})")
    cell = resolve_cell(wish, source, device.type)
    say_precision(device, [cell.schedule.precision])
    store = Store(given.out)
    if not given.force and store.has(cell.id):
        print(f"{cell.id} is done already{_by(checkout.standing(store.load(cell.id)))}; --force trains it again")
    else:
        run_cell(cell, source, store, _options(given, device))
    loaded = store.load(cell.id)
    page = build_page([loaded], HTML / "runs" / cell.id, title=f"{loaded.record.cell.title} on {cell.dataset}")
    for row in loaded.record.summary:
        if row.structure == "avg" and row.rule == "last" and row.dice is not None:
            print(f"{cell.dataset}: {row.predictor} {row.rule}: mean Dice {100 * row.dice:.2f} on the test patients")
    print(f"record: {store.folder(cell.id) / 'record.json'}\nreport: {page}")
    for line in track(loaded, given.tensorboard, given.mlflow):
        print(line)
    return 0


def _by(standing: Standing) -> str:
    """Return what is said of a record's code, and how to score it anew where that alone is another."""
    rescored = standing.kind == "same" and standing.other_scoring
    return f", {standing.words}" * bool(standing.words) + "; benchmark.rescore scores it again" * rescored


def _options(given: argparse.Namespace, device: torch.device) -> Options:
    from benchmark.errors import UsageError
    from benchmark.running.options import THREADS, Options

    threads = THREADS if given.threads is None else given.threads
    for name, value in (("--threads", threads), ("--log-every", given.log_every)):
        if value < 1:
            raise UsageError(f"{name} {value}: expected 1 or more")
    return Options(device, given.force, threads, given.log_every, given.save_seconds)


if __name__ == "__main__":
    main("benchmark.run", command)

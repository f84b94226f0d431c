"""Run what a protocol has no record of yet, and resume what was cut off.

``python -m benchmark.sweep protocols/acdc.toml``
"""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from benchmark.command import assignments, main
from benchmark.duration import presets
from benchmark.paths import RUNS
from results.expectation import warning
from shell.folders import require_writable
from shell.options import Parser, amount, one_of, whole

if TYPE_CHECKING:
    import torch

    from benchmark.cells.cell import Cell
    from benchmark.launchers.display import Watch
    from benchmark.launchers.job import Ended, Job
    from results.store import Store

LAUNCHERS = ("local", "ray", "slurm")
MINUTES = amount("more than 0", above=0)
GPUS = amount("0 or more, such as 0.25", least=0, most=1024)


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.sweep", __doc__)
    add = options.add_argument
    add("protocol", type=Path, nargs="?", help="a TOML file of protocols/")
    add(
        "--jobs",
        type=whole(1),
        metavar="N",
        help="cells at once (default: as many as the cores hold by --threads, or four a GPU)",
    )
    options.add_threads()
    add(
        "--retries",
        type=whole(0),
        default=1,
        metavar="N",
        help="how often a cell that failed by what may pass is run again (default 1)",
    )
    add(
        "--hang-minutes",
        type=MINUTES,
        default=30,
        metavar="M",
        help="stop a cell without an update for so long (default 30)",
    )
    add("--eager", action="store_true", help="on a GPU launch each kernel of an update by itself (same numbers)")
    options.add_recompute()
    add("--launcher", default="local", type=one_of(*LAUNCHERS), help="where cells run: local (default), ray or slurm")
    add("--address", help="of a Ray cluster, for --launcher ray (default: the one this machine is part of)")
    add("--gpus", type=GPUS, metavar="N", help="GPUs a cell takes on a Ray cluster, such as 0.25 (default 1 with CUDA)")
    add("--slurm", action="append", default=[], metavar="KEY=VALUE", help="parameter of submitit; may be repeated")
    add("--twin", action="store_true", help="beside each semi-supervised cell, the same without its unlabelled terms")
    add("--preset", help="paper, short, medium, quick, demo or smoke (default: the protocol's)")
    add("--device", default="auto", help="cpu, cuda, or auto (default): CUDA where there is any")
    options.add_data_root()
    add("--out", type=Path, default=RUNS, help="folder of run folders (default results/runs)")
    add(
        "--force",
        nargs="*",
        metavar="METHOD",
        help="train cells of these methods (default: all) anew where other code than this checkout's made them",
    )
    add(
        "--limit",
        type=whole(1),
        metavar="N",
        help="the first N cells of each block alone, as a trial (default: all; it then goes on with the rest)",
    )
    add(
        "--dry-run",
        action="store_true",
        help="run nothing; print what sets the cells apart, hours, disk, and what is unlike the published protocol",
    )
    options.end_with(presets())
    add("--probe", action="store_true", help="with --dry-run: time 20 updates of methods that no record is of")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Run a protocol's cells; 1 if any failed."""
    given = _given(arguments)
    _check(given)
    from benchmark.environment.device import say_precision
    from benchmark.launchers.display import Watch
    from benchmark.launchers.dry_run import priced
    from benchmark.launchers.forecast import Forecast
    from benchmark.launchers.job import Job
    from benchmark.launchers.made import made
    from benchmark.launchers.plan import past, planned
    from benchmark.outside.named import names_of
    from benchmark.running.failures import settle
    from benchmark.running.options import THREADS
    from results.store import Store

    given.force = None if given.force is None else names_of(given.force)
    device, threads = _device(given), THREADS if given.threads is None else given.threads
    plan, store = planned(given, device.type), Store(given.out)
    plan = plan if given.limit is None else plan.first(given.limit)
    if given.launcher == "local":
        say_precision(device, {cell.schedule.precision for cell in plan.cells})
    found = made(plan.cells, store, given.force)
    todo = found.todo
    damaged = {cell.id: store.damage(cell.id) for cell in todo}
    print(found, flush=True)
    for said in (*filter(None, [plan.partly()]), *_warnings(todo)):
        print(said, flush=True)
    for cell_id, names in damaged.items():
        if names:
            print(f"  damaged, runs again {cell_id}: {', '.join(names)}", flush=True)
    if given.dry_run:
        print(priced(plan, found, given, device))
        return 0
    words = plan.apart
    for cell in plan.cells:
        said = f" {words[cell.id]}" if words[cell.id] else ""
        print(f"  {'to run' if cell in todo else 'done  '} {cell.id}{said}{found.words[cell.id]}", flush=True)
    plan.write(given.out)
    forced = [given.force is not None and (not given.force or cell.method in given.force) for cell in todo]
    pace = {way: True for way in ("eager", "recompute") if getattr(given, way)}
    roots = [plan.sources[cell.dataset].root or given.data_root for cell in todo]
    jobs = [
        Job(cell, root, given.out, given.device, threads, pace, anew=anew)
        for cell, root, anew in zip(todo, roots, forced, strict=True)
    ]
    watch = Watch(jobs, Forecast(jobs, past(given.out)))
    signal.signal(signal.SIGTERM, _stop)
    failures = watch.follow(_launched(given, jobs, store, watch), settle)
    print(plan.partly(), end="\n" * bool(plan.partly()), flush=True)
    return 1 if failures else 0


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options; a protocol that follows --force directly is no method of it."""
    options = parser()
    given = options.parse_args(arguments)
    if given.protocol is None:
        found = next((word for word in given.force or () if word.endswith(".toml")), None)
        if found is None:
            options.error("the following arguments are required: protocol")
        given.force.remove(found)
        given.protocol = Path(found)
    return given


def _launched(given: argparse.Namespace, jobs: Sequence[Job], store: Store, watch: Watch) -> Ended:
    from benchmark.launchers.local import Patience

    patience = Patience(given.retries, 60 * given.hang_minutes)
    if given.launcher == "local":
        from benchmark.launchers.slots import on_this_machine

        return on_this_machine(jobs, given.jobs, store, patience, watch.look)
    if given.launcher == "ray":
        from benchmark.launchers import ray

        gpus = given.gpus if given.gpus is not None else float(_device(given).type == "cuda")
        threads = max((job.threads for job in jobs), default=1)
        shares = ray.Shares(cpus=threads, gpus=gpus, retries=given.retries, at_once=given.jobs)
        return ray.launch(jobs, shares, given.address)
    from benchmark.launchers import slurm

    at_once = given.jobs or len(jobs) or 1
    return slurm.launch(jobs, given.out / "slurm", at_once, _parameters(given.slurm), given.retries)


def _device(given: argparse.Namespace) -> torch.device:
    """Return the device that cells run on; a cluster's is what the user says, this machine's what it has."""
    import torch

    from benchmark.environment.device import device_of

    elsewhere = given.launcher != "local" and given.device in ("cpu", "cuda")
    return torch.device(given.device) if elsewhere else device_of(given.device)


def _warnings(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield what is to be expected of cells that train too briefly to learn, each preset once."""
    for preset, updates in dict.fromkeys((cell.preset, cell.schedule.updates) for cell in cells):
        if said := warning(updates):
            yield f"preset {preset}: {said}"


def _parameters(words: Sequence[str]) -> Mapping[str, int | float | str]:
    return {key: value for key, value in assignments(words, "--slurm", "timeout_min=600").items() if value is not None}


def _check(given: argparse.Namespace) -> None:
    from benchmark.errors import UsageError

    owners = {"address": "ray", "gpus": "ray", "slurm": "slurm"}
    for name, launcher in owners.items():
        if getattr(given, name) not in (None, []) and given.launcher != launcher:
            raise UsageError(f"--{name} is for --launcher {launcher}, not {given.launcher}")
    if given.probe and not given.dry_run:
        raise UsageError("--probe estimates costs for --dry-run; add it, or leave --probe out")
    if not given.dry_run:
        require_writable(given.out, "name another with --out")


def _stop(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main("benchmark.sweep", command)

"""What a sweep would be, before it is one: its cells, what sets them apart, hours, disk, and what is unlike papers."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence

import torch

from benchmark.cells.cell import Cell
from benchmark.launchers.apart import overview
from benchmark.launchers.departures import unlike_published
from benchmark.launchers.made import Made
from benchmark.launchers.plan import Plan, past_runs
from benchmark.launchers.price import Price, Pricing, probed
from benchmark.launchers.room import room_for
from benchmark.launchers.slots import slots_of
from benchmark.outside.carried import METHOD
from benchmark.running.options import THREADS, Options
from methods.registry import entries

LONG_SECONDS = 3600.0  # of runs, from where on a canary costs little beside them
MINUTE, HOUR = 100.0, 6000.0  # seconds from where on minutes and hours are said


def priced(plan: Plan, made: Made, given: argparse.Namespace, device: torch.device) -> str:
    """Return a line a cell with its cost, then hours, disk, and what is unlike the published protocol."""
    here, kept = past_runs(given.out)
    pricing = Pricing(here, kept, device, given.recompute)
    prices = {cell.id: pricing.past(cell) for cell in made.todo}
    if given.probe:
        untold = [cell for cell in made.todo if prices[cell.id] is None]
        threads = given.threads or THREADS
        options = Options(device, threads=threads, eager=given.eager, recompute=given.recompute)
        prices |= probed(untold, plan.sources, options)
    prices = {cell.id: prices[cell.id] or pricing.told(cell) for cell in made.todo}
    at_once = _at_once(given, device)
    lines = [overview(plan.cells), *_cells(plan, made, prices)]
    lines += _hours(list(prices.values()), given, device, at_once)
    if made.todo:
        tasks = {name: source.task for name, source in plan.sources.items()}
        lines.append(str(room_for(made.todo, tasks, here, given.out, at_once or 1)))
    unlike = unlike_published(plan.cells, device)
    lines += ["unlike the published protocol", *(f"  {line}" for line in unlike)] if unlike else []
    if sum(price.high for price in prices.values() if price) >= LONG_SECONDS:
        lines.append(f"before so long a sweep: python -m benchmark.canary{_canaries(made.todo)}")
    return "\n".join(lines)


def _at_once(given: argparse.Namespace, device: torch.device) -> int | None:
    """Return how many cells run at once; None where a cluster says it."""
    if given.launcher != "local" and given.jobs is None:
        return None
    return max(1, slots_of(given.jobs, device, given.threads or THREADS))


def _cells(plan: Plan, made: Made, prices: Mapping[str, Price | None]) -> Iterator[str]:
    words = plan.apart
    for cell in plan.cells:
        price = prices.get(cell.id)
        cost = "done" if cell.id not in prices else "?" if price is None else _range(price.low, price.high)
        said = f" {words[cell.id]}" if words[cell.id] else ""
        yield f"  {cost:>12}  {cell.id}{said}{made.words[cell.id]}"


def _hours(
    prices: Sequence[Price | None], given: argparse.Namespace, device: torch.device, at_once: int | None
) -> Iterator[str]:
    """Yield what all runs take together, and of how many nothing tells."""
    known = [price for price in prices if price is not None]
    low, high = sum(price.low for price in known), sum(price.high for price in known)
    if known:
        bases = " and ".join(sorted({price.basis for price in known}))
        together = "" if at_once is None else f", {_range(low / at_once, high / at_once)} with {at_once} at once"
        yield f"{_on(low, high, given, device)}{together}, by {bases}"
    if unknown := len(prices) - len(known):
        cells = "1 cell" if unknown == 1 else f"{unknown} cells"
        yield f"no past run tells what {cells} would cost; --probe times 20 updates of such methods"


def _on(low: float, high: float, given: argparse.Namespace, device: torch.device) -> str:
    """Return the time of a device that runs take: a GPU's by its name, or a core's."""
    if device.type != "cuda":
        threads = given.threads or THREADS
        return f"CPU time of runs: {_range(threads * low, threads * high)}"
    name = torch.cuda.get_device_name(device) if torch.cuda.is_available() else "CUDA, which this machine has not"
    return f"GPU time of runs, each alone on it: {_range(low, high)} ({name})"


def _range(low: float, high: float) -> str:
    """Return seconds in words, from the least to the most where these read otherwise."""
    unit, name = (1.0, "s") if high < MINUTE else (60.0, "min") if high < HOUR else (3600.0, "h")
    digits = 1 if name == "h" else 0
    ends = [f"{seconds / unit:.{digits}f}" for seconds in (low, high)]
    return f"{ends[1]} {name}" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]} {name}"


def _canaries(cells: Sequence[Cell]) -> str:
    """Return the methods as a command calls them, each after a space; nothing where they are all that there are."""
    names = {_word(cell) for cell in cells}
    return "" if names == set(entries()) else " ".join(("", *sorted(names)))


def _word(cell: Cell) -> str:
    mine = (cell.outside or {}).get(METHOD)
    return cell.method if mine is None or mine.installed else mine.place

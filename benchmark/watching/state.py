"""What of a cell is done, damaged, running, cut off, failed or missing: by its folder, its lock and the code here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from results.record import Record
    from results.standing import Checkout
    from results.store import Store

STATES = ("done", "damaged", "running", "cut off", "failed", "missing")


@dataclass(frozen=True)
class State:
    """A cell's state; words say more; share is how much of its updates are made; rate is updates a second.

    other: whether it is done by other code than this checkout's.
    """

    kind: str
    words: str = ""
    share: float = 0.0
    rate: float = 0.0
    other: bool = False


def state_of(store: Store, cell: str, checkout: Checkout | None = None) -> State:
    """Return a cell's state by its folder, by whether anybody holds its lock, and by this checkout's code."""
    from benchmark.running.failures import failure_of
    from benchmark.training.progress import PROGRESS, minutes_left, progress_of
    from results.claims import is_claimed
    from results.standing import way_on

    checkout = checkout or this_checkout()

    if store.has(cell):
        loaded = store.load(cell)
        standing = checkout.standing(loaded)
        words = ", ".join(filter(None, (_network(loaded.record), standing.words)))
        return State("done", words, share=1.0, other=standing.kind == "other")
    folder, damage = store.folder(cell), store.damage(cell)
    seen, failure, held = progress_of(folder), failure_of(folder), is_claimed(store.root, cell)
    if damage and not held:
        return State("damaged", f"{', '.join(damage)}: {next(iter(damage.values()))}")
    why = ""
    if failure and not held:
        why = f"{failure.when}: {failure.reason}{f'; log: {folder / failure.log}' if failure.log else ''}"
    if seen is None and (folder / PROGRESS).exists() and not held and not failure:
        return State("cut off", f"{folder / PROGRESS} is damaged; a sweep goes on from its checkpoint")
    if seen is None:
        return State("running" if held else "failed" if failure else "missing", why)
    share, left = seen["update"] / max(seen["total"], 1), minutes_left(seen)
    where = f"{seen['stage']} {seen['update']}/{seen['total']}"
    if held and seen["update"] >= seen["total"]:
        return State("running", f"{seen['stage']}, all {seen['total']} updates made", share)
    if held:
        rate = seen["rate"]
        return State("running", f"{where}, {rate:.1f} updates/s, {left:.0f} min left", share, rate)
    if failure:
        return State("failed", f"at {where}, {why}", share)
    other = checkout.begun(folder)
    way = f"{other}; {way_on(other)}" if other else "a sweep goes on from its checkpoint"
    return State("cut off", f"at {where}; {way}", share)


def this_checkout() -> Checkout:
    """Return this checkout's code as it is now."""
    from benchmark.paths import ROOT
    from results.code import Sources
    from results.standing import Checkout

    return Checkout(Sources(ROOT))


def _network(record: Record) -> str:
    """Return which network a run is of where its id names it otherwise; empty where the id says it."""
    return f"an old run, of {record.cell.backbone}" if record.cell.is_renamed else ""

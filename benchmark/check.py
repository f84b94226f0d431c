"""Does a method keep the rules that a comparison needs, is it slow, and what is its twin?

``python -m benchmark.check my_method.py``, in a minute or two on a CPU. Exits with 1 if a rule is broken.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchmark.command import main
from shell.options import Parser

if TYPE_CHECKING:
    from methods.contract.pace import Slow
    from methods.contract.rules import Found
    from methods.contract.subject import Subject

NAMED = 12  # lines that are slow, of which more are counted


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.check", __doc__)
    options.add_argument("method", metavar="METHOD", help="a file such as my_method.py, or a method by its name")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Print a line a rule, what is slow, and the twin; 1 if a rule is broken."""
    given = parser().parse_args(arguments)
    from benchmark.outside.named import method_named
    from benchmark.running.determinism import deterministic
    from methods.contract.control import twin_of
    from methods.contract.rules import look
    from methods.contract.subject import Subject

    subject = Subject(method_named(given.method))
    print(f"{subject.entry.title} ({subject.entry.name}): {subject.entry.line}", flush=True)
    with deterministic(1):
        found = look(subject, told=_say)
        broken = [one for one in found if one.is_broken]
        waiting = [one for one in found if one.waits_for]
        if not any(one.rule.name in ("builds", "budget", "trains") for one in broken):
            _pace(subject)
            _modes(subject)
            print(f"twin: {twin_of(subject)}")
    left = f", {len(waiting)} not looked at" if waiting else ""
    print(f"{len(found) - len(broken) - len(waiting)} of {len(found)} rules kept, {len(broken)} broken{left}")
    return int(bool(broken))


def _say(found: Found) -> None:
    """Print what was seen of a rule."""
    rule = found.rule
    if found.is_broken:
        print(f"BROKEN  {rule.name:11} expected: {rule.expected}\n{'':20}seen: {found.seen}", flush=True)
    elif found.waits_for:
        print(f"-       {rule.name:11} {rule.expected}: not looked at while {found.waits_for} is broken", flush=True)
    else:
        print(f"kept    {rule.name:11} {rule.expected}", flush=True)


def _pace(subject: Subject) -> None:
    from methods.contract.pace import loops, readings, waits

    _slow("a GPU waits for", waits, subject)
    _slow("slice by slice at", loops, subject)
    _slow("a GPU launches each kernel by itself, since the clock is read at", readings, subject)


def _modes(subject: Subject) -> None:
    from methods.contract.modes import unsettled

    for one in unsettled(subject):
        print(f"told    a network passes without gradients, as for targets, at {one.file}, line {one.line}: {one.why}")


def _slow(what: str, look: Callable[[Subject], list[Slow]], subject: Subject) -> None:
    found = look(subject)
    for one in found[:NAMED]:
        print(f"slow    {what} {one.file}, line {one.line}: {one.why}")
    if len(found) > NAMED:
        print(f"slow    {what} {len(found) - NAMED} more lines")
    if not found:
        print(f"fast    {what} no line of it")


if __name__ == "__main__":
    main("benchmark.check", command)

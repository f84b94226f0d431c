"""List the registered methods, or one method's constants with their sources: ``python -m benchmark.methods [NAME]``.

With ``--licences`` the licence ledger: papers, whose code was looked at for facts, and the terms of code and data.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmark.command import main
from shell.options import Parser

if TYPE_CHECKING:
    from methods.registry import Entry


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.methods", __doc__)
    options.add_argument(
        "name", nargs="?", metavar="NAME", help="show this method's constants, or those of a file (default: list all)"
    )
    options.add_argument("--markdown", action="store_true", help="as a Markdown table, as the docs hold it")
    options.add_argument(
        "--licences", action="store_true", help="whose code was looked at for facts, its licence, and terms of data"
    )
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Print the list, or one method."""
    given = parser().parse_args(arguments)
    from benchmark.errors import UsageError
    from benchmark.outside.named import all_methods, method_named

    if given.licences and given.markdown:
        raise UsageError("--licences and --markdown are two lists; ask for one of them")
    if given.licences:
        print("\n".join(_ledger(given.name)))
        return 0
    if given.name is None:
        for found in all_methods():
            print(found if isinstance(found, str) else "\n".join(_listed(found)))
        return 0
    item = method_named(given.name)
    if given.markdown:
        print("\n".join(markdown(item)))
        return 0
    if item.origin is not None:
        print(f"from {item.origin.place} ({item.origin.name}, {item.origin.digest})")
    print(f"{item.title} ({item.paper})\n{item.line}\nfamily: {_family(item)}")
    print(f"fidelities: {', '.join(item.cls.fidelities)}")
    for row in constants(item):
        print(" | ".join(f"{cell:{width}}" for cell, width in zip(row, (4, 22, *[9] * (len(row) - 3), 0), strict=True)))
    return 0


def _ledger(name: str | None) -> list[str]:
    """Return the licence ledger, of one method alone where it is named."""
    from benchmark.outside.ledger import WRITTEN_ANEW, lines_of_data, lines_of_files, lines_of_methods
    from benchmark.outside.named import method_named

    if name is not None:
        return list(lines_of_methods(method_named(name)))
    return [WRITTEN_ANEW, *lines_of_methods(None), "data sets", *lines_of_data(), "other files", *lines_of_files()]


def _listed(item: Entry) -> list[str]:
    """Return a method's lines in the list."""
    family = f"{item.family}; " if item.family else ""
    lines = [f"{item.name:16} {item.line}", f"{'':16} {family}{item.paper}"]
    return lines if item.origin is None else [*lines, f"{'':16} of the installed package {item.origin.name}"]


def _family(item: Entry) -> str:
    """Return a method's family, and what that is where it is one that is known here."""
    from methods.registry import FAMILIES

    return ": ".join(filter(None, (item.family or "not stated", FAMILIES.get(item.family))))


def constants(item: Entry) -> list[tuple[str, ...]]:
    """Return a heading and a row a constant: difference number, field, value under each fidelity, source."""
    names = tuple(item.cls.fidelities)
    rows = [("#", "field", *names, "source")]
    for field, info in item.cls.Config.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        number = extra.get("difference")
        values = [item.cls.fidelities[name].get(field, info.default) for name in names]
        rows.append(("" if number is None else str(number), field, *map(str, values), info.description or ""))
    return rows


def markdown(item: Entry) -> list[str]:
    """Return the table of constants in Markdown, differences first, and what is settled elsewhere."""
    heading, *rows = constants(item)
    rows.sort(key=lambda row: int(row[0] or 999))
    lines = [heading, tuple("---" for _ in heading), *rows]
    text = [f"| {' | '.join(row)} |" for row in lines]
    elsewhere = item.cls.settled_elsewhere
    if elsewhere:
        text += ["", "| # | what | where it is settled, for all methods alike |", "| --- | --- | --- |"]
        text += [f"| {number} | {what} | {where} |" for number, (what, where) in sorted(elsewhere.items())]
    return text


if __name__ == "__main__":
    main("benchmark.methods", command)

"""List the registered methods, or one method's constants with their sources: ``python -m benchmark.methods [NAME]``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmark.command import main


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = argparse.ArgumentParser(prog="python -m benchmark.methods", description=__doc__)
    options.add_argument("name", nargs="?", help="show this method's constants")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Print the list, or one method."""
    given = parser().parse_args(arguments)
    from methods.registry import entries, entry

    if given.name is None:
        for item in entries().values():
            print(f"{item.name:16} {item.line}\n{'':16} {item.paper}")
        return 0
    item = entry(given.name)
    print(f"{item.title} ({item.paper})\n{item.line}\nfidelities: {', '.join(item.cls.fidelities)}")
    for name, field in item.cls.Config.model_fields.items():
        print(f"  {name:22} {field.default!s:8} {field.description}")
    return 0


if __name__ == "__main__":
    main("benchmark.methods", command)

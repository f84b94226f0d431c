"""List the data sets, whether each is found, and where: ``python -m data.list``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from shell.main import main
from shell.options import Parser


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("data.list", __doc__)
    options.add_data_root()
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Print a line a data set."""
    given = parser().parse_args(arguments)
    from data.catalog import DATASETS, find
    from data.errors import DataError
    from data.installed import names

    for name in (*DATASETS, *(one for one in names() if one not in DATASETS)):
        try:
            source = find(name, given.data_root)
        except DataError as error:
            print(f"{name:13} not found: {error}")
            continue
        split = source.split
        parts = f"{len(split.train)} train, {len(split.val)} val, {len(split.test)} test patients"
        print(f"{name:13} {source.origin}; {parts}; {', '.join(source.task.structures)}")
    return 0


if __name__ == "__main__":
    main("data.list", command)

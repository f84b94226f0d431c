"""Say what may be wrong with a data set and its split: ``python -m data.audit FOLDER``, ``acdc`` or ``phantom``.

Leaks across the split, copies, wrong labels, geometry, grey values. Exits with 1 where there is a leak or an error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shell.folders import require_writable
from shell.main import main
from shell.options import Parser

if TYPE_CHECKING:
    from data.auditing.finding import Report


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("data.audit", __doc__)
    add = options.add_argument
    add("dataset", help="a folder, a plan for one or its name, such as liver:fold2 for a fold; acdc or phantom")
    options.add_data_root()
    add("--json", type=Path, metavar="FILE", help="write all findings with all their cases here too (default: nowhere)")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Look at every case, print what is found, and keep it for the runs that come."""
    given = parser().parse_args(arguments)
    if given.json is not None:
        require_writable(given.json.parent, "name another file with --json")
    from data.auditing.examination import examined
    from data.auditing.kept import audit_file, keep
    from data.auditing.opening import opened
    from data.auditing.table import table

    subject, plan = opened(given.dataset, given.data_root)
    print(f"data set: {subject.dataset} ({subject.told}); {len(subject.items)} cases", flush=True)
    report = examined(subject, _progress)
    print(table(report), end="")
    if given.json is not None:
        keep(report, given.json)
        print(f"written to {given.json}")
    if report.content is None:
        print("not kept: no run takes the data set as it is", file=sys.stderr)
    else:
        _keep(report, audit_file(plan))
    return int(report.fails)


def _keep(report: Report, path: Path) -> None:
    """Keep the audit for runs on the same data, where that is possible."""
    from data.auditing.kept import keep
    from data.errors import DataError

    try:
        keep(report, path)
    except DataError as error:
        print(f"not kept: {error}", file=sys.stderr)
    else:
        print(f"kept in {path}; runs on this data name it: {report.fingerprint}")


def _progress(done: int, total: int) -> None:
    """Show on a terminal how many cases were looked at."""
    if sys.stderr.isatty():
        end = "\r" if done < total else "\n"
        print(f"looked at {done} of {total} cases", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main("data.audit", command)

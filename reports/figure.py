"""Draw test cases as a paper's figure: a row a case, a column a method, Dice and HD95 below each.

``python -m reports.figure --methods supervised,action --out figure.pdf --out figure.svg``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from reports.build import ROOT, RUNS, read_listing, read_records, run_folders
from shell.folders import require_writable
from shell.main import main
from shell.options import Parser, amount, one_of, whole

ENDINGS = (".pdf", ".svg", ".png")
CASES = "worst,median,best"


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("reports.figure", __doc__)
    add = options.add_argument
    add("--runs", type=run_folders, action="append", help="folder of run folders (default results/runs)")
    add("--protocol", help="only the cells of this protocol, as its sweep listed them (default: all records)")
    add("--dataset", help="data set, or a table's whole title, where records are of several (default: the only one)")
    add(
        "--labeled",
        type=whole(1),
        metavar="N",
        help="labelled patients, where records differ (default: the only number)",
    )
    add("--preset", help="preset, where records are of several (default: the only one)")
    columns = "columns: names of methods, ids of runs, or one whole label (default: the first six)"
    add("--methods", action="append", metavar="A,B", help=columns)
    rows = "worst, median and best by the mean Dice of the first method, or names (default: these three)"
    add("--cases", default=CASES, metavar="A,B", help=f"rows: {rows}")
    add("--structures", default="", metavar="A,B", help="structures drawn, and scored below (default: all)")
    add("--style", type=one_of("contours", "overlay"), default="contours", help="contours (default) or overlay")
    add("--slice", type=whole(1), metavar="N", help="slice shown (default: that with the largest reference)")
    add("--whole", action="store_true", help="whole slices (default: a square about all that is drawn)")
    add("--seed", type=int, metavar="N", help="run shown of each method (default: its lowest seed with images)")
    width = amount("millimetres from 40 to 500", least=40, most=500)
    add("--width", type=width, metavar="MM", help="of the figure in mm (default: up to 178, two columns of a journal)")
    files = "a .pdf, .svg or .png, several times for several (default: reports/html/figure.pdf and .svg)"
    add("--out", type=_file, action="append", metavar="FILE", help=files)
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Draw the figure, and say of which runs it is and where it lies."""
    given = parser().parse_args(arguments)
    files = given.out or [ROOT / "reports" / "html" / f"figure{ending}" for ending in (".pdf", ".svg")]
    for file in files:
        require_writable(file.parent, "name another with --out")
    from reports.figure_choice import chosen
    from reports.figure_content import Wanted
    from reports.figure_panels import drawn, written
    from results.writing import put, write_atomic

    methods, cases, structures = tuple(given.methods or ()), _words(given.cases), _words(given.structures)
    table = given.dataset, given.labeled, given.preset
    records = read_records(folders := given.runs or [RUNS[0]], read_listing(given.protocol, folders))
    shown = chosen(records, Wanted(*table, methods, cases, structures, given.slice, given.seed))
    figure = drawn(shown, given.style, given.width, given.whole)
    contents = {file: written(figure, file.suffix[1:]) for file in files}  # all of them before any is left
    for file, content in contents.items():
        write_atomic(file, partial(put, content))
    print("\n".join([*shown.told(), f"figure: {', '.join(map(str, files))}"]))
    return 0


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for part in text.split(",") if (word := part.strip())))


def _file(text: str) -> Path:
    path = Path(text)
    if path.suffix not in ENDINGS:
        raise argparse.ArgumentTypeError(f"{text}: expected a file that ends with .pdf, .svg or .png")
    return path


if __name__ == "__main__":
    main("reports.figure", command)

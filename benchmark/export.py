"""Write a finished run's network for other programs, and check there that it gives what it gives here.

``python -m benchmark.export results/runs/CELL --to onnx --out network.onnx``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from shell.folders import require_writable
from shell.options import Parser, one_of

if TYPE_CHECKING:
    from benchmark.running.finished import Finished
    from data.case import Case

CARD = "model-card.md"
IMAGES = "an image, or a folder of images, to check by (default: a validation case of the run's data set)"


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.export", __doc__)
    add = options.add_argument
    add("run", type=Path, metavar="RUN", help="folder of a finished run, with its checkpoint.pt")
    formats = "torchscript; onnx, which needs the extra export; or safetensors, the weights alone"
    add("--to", required=True, type=one_of("torchscript", "onnx", "safetensors"), help=formats)
    add("--out", required=True, type=Path, metavar="FILE", help="the file; a model card, model-card.md, lies beside it")
    add("--images", type=Path, metavar="INPUT", help=IMAGES)
    options.add_weights()
    options.add_data_root()
    add("--force", action="store_true", help="replace a file that is there")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Write the file and its card, and say by how much its outputs differ."""
    given = parser().parse_args(arguments)
    require_writable(given.out.parent, "name another with --out")
    import torch

    from benchmark.errors import UsageError
    from benchmark.exporting.agreement import export
    from benchmark.exporting.formats import require
    from benchmark.running.determinism import deterministic
    from benchmark.running.finished import Choice, finished_run
    from reports.model_card import Weights, write_card

    require(given.to)
    if given.out.is_dir():
        raise UsageError(f"--out {given.out} is a folder; name a file in it")
    card = given.out.parent / CARD
    run = finished_run(given.run, Choice(given.predictor, given.rule), torch.device("cpu"))
    weights = Weights(run.predictor, run.rule)
    if not given.force:
        _refuse_others(given.out, card, run)
    with deterministic():
        found = export(run, given.to, _case(run, given), given.out)
    write_card([run.loaded], [weights], card)
    print(f"{run.predictor}, {run.rule}, of {run.cell.id}: {given.out}")
    print(f"checked: {found}")
    print(f"card: {card}")
    return 0


def _refuse_others(out: Path, card: Path, run: Finished) -> None:
    """Raise UsageError where a file is there, or a card beside it that is another run's."""
    from benchmark.errors import UsageError

    if out.exists():
        raise UsageError(f"{out} is there already; replace it with --force, or name another with --out")
    if card.exists() and f"`{run.cell.id}`" not in card.read_text(encoding="utf-8"):
        raise UsageError(f"{card} is another run's; export into another folder, or replace it with --force")


def _case(run: Finished, given: argparse.Namespace) -> Case:
    """Return real slices: of the images that are named, else of a validation case of the run's data set."""
    from benchmark.errors import UsageError
    from data.catalog import find
    from data.errors import DataError

    if given.images is not None:
        return _named(run, given.images)
    try:
        source = find(run.cell.dataset, given.data_root)
        patients = source.split.val or source.split.train
        return source.cases(patients[:1], masks=False)[0]
    except DataError as error:
        raise UsageError(f"there are no slices to check by: {error}; or name images with --images") from None


def _named(run: Finished, path: Path) -> Case:
    """Return the slices of the first case at a path."""
    import tempfile

    from benchmark.predicting.ensemble import form_of
    from data.unseen.inputs import inputs_at
    from data.unseen.slices import opened

    form = form_of(run)
    case = inputs_at(path, form).cases[0]
    with tempfile.TemporaryDirectory() as scratch, opened(case, form, run.task, Path(scratch)) as slices:
        return slices.read(0, slices.shape[0])


if __name__ == "__main__":
    main("benchmark.export", command)

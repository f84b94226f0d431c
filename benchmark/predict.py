"""Predict on images of your own with one finished run, or with several together.

``python -m benchmark.predict results/runs/CELL FOLDER/imagesTs --out predicted``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.command import main
from shell.folders import require_writable
from shell.options import Parser

if TYPE_CHECKING:
    from benchmark.predicting.cases import Told
    from benchmark.predicting.outputs import Outputs

RUNS = "folders of finished runs, with their checkpoint.pt; of several the probabilities are averaged"
INPUT = (
    "an image, or a folder of images: CASE_0000.nii.gz and so on where the run's data set has them, or CASE.nii.gz "
    "(.nii, .nrrd, .mha, .png, .bmp, .tif likewise)"
)
PROBABILITIES = (
    "write CASE.npz too, with the mean probabilities as float16 (classes, slices, rows, columns), in the order of the "
    "file as nnU-Net reads it; background is class 0"
)
UNCERTAINTY = (
    "write uncertainty/CASE too: the entropy of the mean probabilities over that of equal ones, from 0, sure, to 1; "
    "float32 in the image's format, TIFF for PNG and BMP"
)


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.predict", __doc__)
    add = options.add_argument
    add("runs", type=Path, nargs="+", metavar="RUN", help=RUNS)
    add("input", type=Path, metavar="INPUT", help=INPUT)
    add("--out", type=Path, required=True, metavar="DIR", help="folder of the answers, each named as its case")
    add("--probabilities", action="store_true", help=PROBABILITIES)
    add("--uncertainty", action="store_true", help=UNCERTAINTY)
    options.add_weights()
    add("--device", default="auto", help="cpu, cuda, or auto (default): CUDA where there is any")
    options.add_threads()
    add("--force", action="store_true", help="make anew what is there (default: what is there is left, and it is said)")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Write what lacks, say what was there, and list what can't be predicted; 1 where there is any of these."""
    given = parser().parse_args(arguments)
    require_writable(given.out, "name another with --out")
    from benchmark.environment.device import device_of
    from benchmark.predicting.cases import predict_cases
    from benchmark.predicting.ensemble import ensemble_of
    from benchmark.predicting.outputs import CARD, Outputs
    from benchmark.predicting.volume import Wanted
    from benchmark.running.determinism import deterministic
    from benchmark.running.finished import Choice
    from benchmark.running.options import THREADS
    from data.unseen.inputs import inputs_at
    from reports.model_card import Weights, write_card

    device = device_of(given.device)
    ensemble = ensemble_of(given.runs, Choice(given.predictor, given.rule), device)
    inputs = inputs_at(given.input, ensemble.form)
    if inputs.remark:
        print(f"{given.input}: {inputs.remark}", file=sys.stderr)
    outputs = Outputs(given.out, Wanted(given.probabilities, given.uncertainty))
    outputs.prepare(inputs.cases, ensemble, given.force)
    weights = [Weights(run.predictor, run.rule) for run in ensemble.members]
    write_card([run.loaded for run in ensemble.members], weights, given.out / CARD)
    with deterministic(THREADS if given.threads is None else given.threads):
        told = predict_cases(inputs.cases, ensemble, outputs, given.force)
    return _say(told, outputs)


def _say(told: Told, outputs: Outputs) -> int:
    """Say what became of the cases and return the exit code."""
    total = len(told.written) + len(told.there) + len(told.failed)
    words = [f"{len(told.written)} of {total} cases predicted"]
    if told.there:
        words.append(f"{len(told.there)} were there already and are left as they are; --force makes them anew")
    print(f"{', '.join(words)}; in {outputs.folder}")
    for name, reason in told.failed.items():
        print(f"not predicted: {name}: {reason}", file=sys.stderr)
    return 1 if told.failed else 0


if __name__ == "__main__":
    main("benchmark.predict", command)

"""Where answers go: a file a case, beside the word of which runs they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.errors import RunError, UsageError
from benchmark.predicting.ensemble import Ensemble, label_values
from benchmark.predicting.volume import Answer, Kind, Wanted
from benchmark.training.checkpoint import checksum
from benchmark.training.resume import CHECKPOINT
from data.unseen.answers import WORDS, ending_of_answer, write_answer
from data.unseen.inputs import UnseenCase
from data.writing import whole
from results.record import parse_object
from results.writing import write_json

CARD = "model-card.md"
UNCERTAINTY = "uncertainty"


@dataclass(frozen=True)
class Outputs:
    """The files of a folder of answers: CASE with the image's ending, CASE.npz, uncertainty/CASE."""

    folder: Path
    wanted: Wanted

    def of(self, case: UnseenCase) -> Mapping[Kind, Path]:
        """Return the files that a case gets, the labels last: where they are there all is."""
        image = case.images[0]
        found: dict[Kind, Path] = {}
        if self.wanted.probabilities:
            found["probabilities"] = self.folder / f"{case.name}.npz"
        if self.wanted.uncertainty:
            found["uncertainty"] = self.folder / UNCERTAINTY / f"{case.name}{ending_of_answer(image, numbers=True)}"
        return {**found, "labels": self.folder / f"{case.name}{ending_of_answer(image)}"}

    def lacking(self, case: UnseenCase, force: bool) -> Mapping[Kind, Path]:
        """Return the files that a case still gets; all of them with ``force``."""
        return {kind: path for kind, path in self.of(case).items() if force or not path.exists()}

    def prepare(self, cases: Sequence[UnseenCase], ensemble: Ensemble, force: bool) -> None:
        """Make the folder, and write down whose answers it holds; UsageError where it holds others."""
        self._check_inputs(cases)
        readable = [case for case in cases if case.wrong is None]
        mine = {path for case in readable for path in self.of(case).values()}
        words, said = _words(ensemble), self.folder / WORDS
        if not said.exists():
            there = next((path for path in sorted({*mine, self.folder / CARD}) if path.exists()), None)
            if there is not None and not force:
                raise UsageError(
                    f"{there} is there and no answer of a run; replace it with --force, or name another --out"
                )
        elif (before := parse_object(said.read_bytes(), said, "name another --out")) != words:
            self._check_others(before, mine, force)
        write_json(said, words)

    def _check_inputs(self, cases: Sequence[UnseenCase]) -> None:
        images = {path.resolve() for case in cases for path in case.images}
        folders = {path.parent.resolve() for case in cases for path in case.images}
        for case in cases:
            for path in self.of(case).values() if case.wrong is None else ():
                if path.resolve() in images:
                    raise UsageError(f"--out {self.folder}: {path.name} is an image there; name another folder")
                if path.parent.resolve() in folders:  # the next command would take it for one
                    raise UsageError(f"--out {self.folder}: images lie in {path.parent}; name another folder")

    def _check_others(self, before: Mapping[str, Any], mine: set[Path], force: bool) -> None:
        others = ", ".join(str(one.get("cell")) for one in before.get("runs", []))
        if not force:
            raise UsageError(
                f"{self.folder} holds answers of {others}; name another --out, or replace them with --force"
            )
        left = next((path for path in self._answers() if path not in mine), None)
        if left is not None:
            raise UsageError(f"{self.folder} holds {left.name} of {others}, which would stay; name another --out")

    def _answers(self) -> Iterator[Path]:
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path.name not in (WORDS, CARD) and not path.name.startswith("."):
                yield path


def write(found: Answer, targets: Mapping[Kind, Path], case: UnseenCase) -> None:
    """Write what was found of a case, each file whole or not at all; RunError where that is not possible."""
    for kind, target in targets.items():
        try:
            if kind == "probabilities":
                with whole(target) as file, file.open("wb") as stream:
                    np.savez_compressed(stream, probabilities=found.of(kind))
            else:
                write_answer(found.of(kind), case.images[0], target)
        except OSError as error:
            reason = error.strerror or error
            raise RunError(
                f"{target} cannot be written ({reason}); mend that and start the same command again, which goes on"
            ) from None


def _words(ensemble: Ensemble) -> Mapping[str, Any]:
    """Return whose answers a folder holds, and what their values mean."""
    return {
        "runs": [
            {
                "cell": run.cell.id,
                "predictor": run.predictor,
                "rule": run.rule,
                "weights": checksum((run.loaded.folder / CHECKPOINT).read_bytes()),
            }
            for run in ensemble.members
        ],
        "labels": {"background": 0, **label_values(ensemble.members[0])},
    }

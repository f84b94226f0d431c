"""A look inside a method after training: what its pseudo-labels were worth, and how its representations lie.

Works on snapshots that the trainer kept and on the unlabelled patients' masks, which training never sees. Nothing of
it is scored, chosen by or fed back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from benchmark.training.snapshots import Snapshots, inspected_parts
from benchmark.training.validation import Counts, chunks
from data.pool import Pool
from methods.asked import logits_from, vectors_from
from methods.base import Inspected

if TYPE_CHECKING:
    import pandas as pd

SLICES = 48  # from which pixels are drawn for the representations
PIXELS = 200  # a class
COLUMNS = ("update", "quantity", "structure", "other", "value")
Row = tuple[int, str, str, str, float]


@dataclass(frozen=True)
class Diagnosis:
    """Looks at one method on the unlabelled patients. classes: background first; alive: called a chunk of slices."""

    inspected: Inspected
    pool: Pool
    classes: tuple[str, ...]
    autocast: torch.autocast
    alive: Callable[[], object] = lambda: None

    def tables(self, snapshots: Snapshots, rng: np.random.Generator) -> Mapping[str, pd.DataFrame]:
        """Return ``diagnosis`` (update, quantity, structure, other, value) and ``embedding`` (x, y, structure)."""
        import pandas as pd

        rows: list[Row] = []
        found = snapshots.updates()
        for update in found:
            saved = snapshots.load(update, self.pool.images.device)
            for name, part in inspected_parts(self.inspected).items():
                part.load_state_dict(saved[name])
            rows += self._pseudo_labels(update)
        tables = {"diagnosis": pd.DataFrame(rows, columns=list(COLUMNS))}
        if found and self.inspected.representer is not None:
            vectors, labels = self._vectors(self.inspected.representer, rng)
            rows += self._relations(found[-1], vectors, labels)
            tables = {"diagnosis": pd.DataFrame(rows, columns=list(COLUMNS)), "embedding": self._plane(vectors, labels)}
        return tables

    @torch.no_grad()
    def _pseudo_labels(self, update: int) -> Iterator[Row]:
        """Yield 3-D Dice of the pseudo-labels, the share of a structure's pixels that is sure, and how many are right.

        Shares are over the pixels that the pseudo-labels give to a structure.
        """
        assert self.pool.masks is not None
        counts, pixels = Counts(self.pool, len(self.classes)), np.zeros((len(self.classes), 3), np.int64)
        for some in chunks(len(self.pool)):
            confidence, predicted = self._labels(self.pool.images[some])
            true, sure = self.pool.masks[some], confidence >= self.inspected.confident
            counts.add(some, predicted, true)
            for number in range(len(self.classes)):
                mine = predicted == number
                pixels[number] += [int(kind.sum()) for kind in (mine, mine & sure, mine & sure & (true == number))]
        dice = counts.by_class()
        for number, name in enumerate(self.classes):
            given, confident, right = pixels[number].tolist()
            if number:
                yield update, "pseudo_dice", name, "", float(dice[number - 1])
            yield update, "confident_share", name, "", _share(confident, given)
            yield update, "confident_right", name, "", _share(right, confident)

    def _labels(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return how sure each pixel of a chunk is, and its class."""
        with self.autocast:
            given = self.inspected.labeler(images)
        logits = logits_from("the labeler of inspected()", given, images, len(self.classes)).float()
        confidence, predicted = logits.softmax(1).max(1)
        self.alive()
        return confidence, predicted

    @torch.no_grad()
    def _vectors(self, representer: nn.Module, rng: np.random.Generator) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return unit vectors and classes of up to PIXELS pixels a class, from SLICES random slices."""
        assert self.pool.masks is not None
        count = len(self.pool)
        rows = torch.from_numpy(np.sort(rng.choice(count, min(SLICES, count), replace=False)))
        rows = rows.to(self.pool.images.device)
        truth = self.pool.masks[rows].flatten().cpu().numpy()
        places = [np.flatnonzero(truth == number) for number in range(len(self.classes))]
        drawn = [rng.choice(place, min(PIXELS, len(place)), replace=False) for place in places]
        pixels = torch.from_numpy(np.concatenate(drawn)).to(rows.device)
        representer.eval()
        with self.autocast:
            vectors = vectors_from(representer(self.pool.images[rows], pixels), len(pixels)).float()
        unit: npt.NDArray[Any] = nn.functional.normalize(vectors, dim=1).cpu().numpy()
        return unit, truth[np.concatenate(drawn)]

    def _relations(self, update: int, vectors: npt.NDArray[Any], labels: npt.NDArray[Any]) -> Iterator[Row]:
        """Yield cosines between class means, and the share of a class's negatives that each other class gives."""
        present = [number for number in range(len(self.classes)) if (labels == number).any()]
        means = np.stack([vectors[labels == number].mean(0) for number in present])
        means /= np.linalg.norm(means, axis=1, keepdims=True).clip(1e-12)
        cosines = means @ means.T
        weights = np.exp(cosines / self.inspected.negative_temperature) * (1 - np.eye(len(present)))
        shares = weights / weights.sum(1, keepdims=True).clip(1e-12)
        for i, one in enumerate(present):
            for j, other in enumerate(present):
                yield update, "similarity", self.classes[one], self.classes[other], float(cosines[i, j])
                yield update, "negative_share", self.classes[one], self.classes[other], float(shares[i, j])

    def _plane(self, vectors: npt.NDArray[Any], labels: npt.NDArray[Any]) -> pd.DataFrame:
        """Return the vectors on their first two principal axes, signs fixed by the largest weight."""
        import pandas as pd

        centred = vectors - vectors.mean(0)
        _, _, axes = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
        axes = axes[:2] * np.sign(axes[:2][np.arange(2), np.abs(axes[:2]).argmax(1)])[:, None]
        plane = centred @ axes.T
        return pd.DataFrame({"x": plane[:, 0], "y": plane[:, 1], "structure": [self.classes[k] for k in labels]})


def _share(wanted: int, among: int) -> float:
    return wanted / among if among else float("nan")

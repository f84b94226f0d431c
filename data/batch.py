"""What a method sees of the data in one update."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

View = Literal["plain", "weak", "weak_b", "strong", "strong_b", "strong_sharp"]


@dataclass(frozen=True)
class Draw:
    """What one update takes from the data: slices of each kind, under which views, and how they are chosen.

    by: ``shuffle`` goes through all slices in a new order each epoch; ``partition`` cuts every volume in four along
    its axis and takes the items of a batch from the four parts in turn. geometry: ``common`` moves all views of a slice
    alike and its mask with them; ``own`` moves each view in its own way, for targets that are not dense, and then no
    mask is handed out, since it would lie in none of them. foreground: the share of the labelled slices, their last
    ones, that hold a structure, of each structure in turn; the others are chosen among all.
    """

    labeled: int
    unlabeled: int
    views: Sequence[str]
    by: Literal["shuffle", "partition"] = "shuffle"
    geometry: Literal["common", "own"] = "common"
    foreground: float = 0.0


@dataclass(frozen=True, eq=False)
class Images:
    """Slices under one or more named views.

    views: each (N, C, H, W) float32 in about [0, 1]; all views of one item share their geometry, unless the
    stage draws each its own.
    case: (N,) int64, which volume a slice is from, as an index that is the same through the whole run.
    position: (N,) float32 in [0, 1], where in its volume the slice lies, first to last.
    """

    views: Mapping[str, Tensor]
    case: Tensor
    position: Tensor

    def __len__(self) -> int:
        return int(self.case.shape[0])


@dataclass(frozen=True, eq=False)
class Batch:
    """Labelled slices with their masks, and unlabelled slices, which carry none.

    masks: (N, H, W) int64 class indices, in the geometry of the labelled views; N is 0 where a stage draws no labelled
    slice, or views with geometries of their own. unlabeled: None where the stage draws none.
    """

    labeled: Images
    masks: Tensor
    unlabeled: Images | None

    def view(self, name: str) -> tuple[Tensor, Tensor]:
        """Return the labelled and the unlabelled slices under one view, each (N, C, H, W)."""
        if self.unlabeled is None:
            raise ValueError("this stage drew no unlabelled slices")
        return self.labeled.views[name], self.unlabeled.views[name]

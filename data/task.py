"""What is to be segmented."""

from dataclasses import dataclass

IGNORED = 255
"""The label of a voxel that nobody labelled, in masks of a partial task; no loss and no score counts it."""


@dataclass(frozen=True)
class Task:
    """A data set's segmentation task: class 0 is background, class k is ``structures[k - 1]``.

    channels: of an image. planar: whether cases are single slices, measured in two dimensions. partial: whether masks
    may hold IGNORED.
    """

    dataset: str
    structures: tuple[str, ...]
    channels: int = 1
    planar: bool = False
    partial: bool = False

    @property
    def classes(self) -> int:
        """Number of classes, background included."""
        return len(self.structures) + 1

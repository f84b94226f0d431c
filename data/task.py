"""What is to be segmented."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A data set's segmentation task: class 0 is background, class k is ``structures[k - 1]``."""

    dataset: str
    structures: tuple[str, ...]

    @property
    def classes(self) -> int:
        """Number of classes, background included."""
        return len(self.structures) + 1

"""What data sets that papers use have in common: nothing of how they are read is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Published:
    """A data set with a layout, a scaling and a split of its papers."""

    root: Path | None = None

    def reading(self, labeled: Sequence[str]) -> Mapping[str, Any] | None:
        """Return None."""
        return None

    def told(self) -> Mapping[str, str]:
        """Return nothing."""
        return {}

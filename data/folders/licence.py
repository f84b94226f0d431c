"""What a folder says of the licence of its data."""

from __future__ import annotations

import json
from pathlib import Path

NAMES = ("licence", "license")


def licence_of(folder: Path) -> str | None:
    """Return the licence that dataset.json tells, the Decathlon's and nnU-Net's; None where it tells none."""
    try:
        about = json.loads((folder / "dataset.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):  # listings say what is wrong with it
        return None
    said = next((about[name] for name in NAMES if name in about), None) if isinstance(about, dict) else None
    return said if isinstance(said, str) and said.strip() else None

"""Pictures of the best, median and worst test case of each line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.gallery import gallery
from reports.section import Scene, Section


def pictures(scene: Scene) -> Mapping[str, Any]:
    """Return the lines with their pictures, and the labels of those whose pictures were not kept."""
    pairs = [(line, gallery(line)) for line in scene.group.lines]
    return {
        "pictures": [(line, picture) for line, picture in pairs if picture is not None],
        "pictureless": [line.label for line, picture in pairs if picture is None],
        "left_out": any(not loaded.pictures for line in scene.group.lines for loaded in line.records),
    }


SECTION = Section("gallery", "Best, median and worst test case", pictures)

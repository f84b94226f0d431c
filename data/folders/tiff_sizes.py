"""The sizes of voxels that a TIFF file says, of a form that has a place for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

SLICES = "ZIQT"  # tifffile's letters of axes that are slices
MM: Mapping[str, float] = {
    **dict.fromkeys(("mm", "millimeter", "millimetre"), 1.0),
    **dict.fromkeys(("um", "\u00b5m", "\u03bcm", "micron", "microns", "micrometer", "\\u00b5m"), 1e-3),
    **dict.fromkeys(("nm", "nanometer"), 1e-6),
    **dict.fromkeys(("cm", "centimeter"), 10.0),
    **dict.fromkeys(("m", "meter"), 1000.0),
}


def spacing_of(file: Any, series: Any) -> tuple[float, ...] | None:
    """Return millimetres (slice, row, column), where all are said in a clear unit; of one slice 1 mm to the next."""
    steps = _of_ome(file.ome_metadata) if file.is_ome else _of_imagej(file, series.pages[0]) if file.is_imagej else None
    if steps is None:
        return None
    deep = any(axis in SLICES and side > 1 for axis, side in zip(series.axes, series.shape, strict=True))
    known = [step for step in (steps if deep else steps[1:]) if step is not None and np.isfinite(step) and step > 0]
    if len(known) < (3 if deep else 2):
        return None
    return tuple(known) if deep else (1.0, *known)


def _of_imagej(file: Any, page: Any) -> tuple[float | None, ...] | None:
    stated = file.imagej_metadata or {}
    factor = MM.get(str(stated.get("unit", "")).lower())
    resolutions = [page.tags.get(name) for name in ("YResolution", "XResolution")]
    if factor is None or None in resolutions:
        return None
    sizes = [tag.value[1] / tag.value[0] * factor if tag.value[0] else None for tag in resolutions]
    return (float(stated["spacing"]) * factor if "spacing" in stated else None, *sizes)


def _of_ome(text: str | None) -> tuple[float | None, ...]:
    pixels = re.search(r"<(?:\w+:)?Pixels\b[^>]*>", text or "")
    found = dict(re.findall(r'(PhysicalSize[XYZ](?:Unit)?)="([^"]*)"', pixels[0] if pixels else ""))
    factors = [MM.get(found.get(f"PhysicalSize{axis}Unit", "um").lower()) for axis in "ZYX"]
    return tuple(
        float(found[f"PhysicalSize{axis}"]) * factor if factor and f"PhysicalSize{axis}" in found else None
        for axis, factor in zip("ZYX", factors, strict=True)
    )

"""JSON that a page's scripts read, which knows no NaN and no infinity: one of them would end the script."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any


def embedded(value: object, **options: Any) -> str:
    """Return a value as JSON, with null for each number that is not finite."""
    try:
        return json.dumps(value, allow_nan=False, **options)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, **options)


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

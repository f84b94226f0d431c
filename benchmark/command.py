"""What the commands that train share: FIELD=VALUE options, and ``main``, by which every command runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from shell.errors import UsageError
from shell.main import main

__all__ = ["assignments", "main", "settings"]


def assignments(texts: Sequence[str], flag: str = "--set", example: str = "lr=0.02") -> dict[str, Any]:
    """Return FIELD=VALUE texts as a mapping; a value is read as JSON where it is that, else as text."""
    values: dict[str, Any] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise UsageError(f"{flag} {text}: expected FIELD=VALUE, for example {flag} {example}")
        if key in values:
            raise UsageError(f"{flag} {text}: {key} is given twice; give it once")
        try:
            values[key] = json.loads(value)
        except (ValueError, RecursionError):
            values[key] = value
    return values


def settings(texts: Sequence[str]) -> dict[str, Any]:
    """Return the FIELD=VALUE texts of --set, each of one value."""
    values = assignments(texts)
    for key, value in values.items():
        if isinstance(value, list | dict):
            kind = "list" if isinstance(value, list) else "mapping"
            raise UsageError(f"--set {key}: expected one value and no {kind}, for example --set lr=0.02")
    return values

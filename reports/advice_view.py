"""What the page's section of an advice shows, which the JSON beside it holds too."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.advice import Advice, Setting
from reports.advice_words import sentence, sentences
from results.statistics.gains import Gain
from results.writing import write_json


def view_of(advice: Advice, decided: Mapping[str, Any], command: str, seconds: float) -> dict[str, Any]:
    """Return what the page's first section shows, and the JSON beside it holds. seconds: of all runs, added up."""
    return {
        "title": decided["grid"]["title"],
        "sentences": sentences(advice),
        "settings": [_setting_view(one) for one in advice.settings],
        "plan": dict(decided["plan"]),
        "warnings": list(decided["warnings"]),
        "planned_minutes": decided["seconds"] / 60,
        "run_minutes": seconds / 60,
        "slots": decided["slots"],
        "command": command,
        "chosen": {"method": advice.chosen[0], "twin": advice.chosen[1]},
    }


def write_advice(view: Mapping[str, Any], out: Path) -> Path:
    """Write what the section shows as JSON beside the page, and return where."""
    path = out / "advice.json"
    write_json(path, view)
    return path


def _setting_view(setting: Setting) -> dict[str, Any]:
    rows = [
        {
            "method": one.title,
            "best": one is setting.best and len(setting.methods) > 1,
            "word": "not shown" if setting.brief else one.word,
            "dice": 100 * one.dice,
            "twin_dice": 100 * one.twin_dice,
            "over_twin": _gain_view(one.over_twin),
            "over_supervised": _gain_view(one.over_supervised),
            "over_strong": _gain_view(one.over_strong),
            "twin_over_supervised": _gain_view(one.twin_over_supervised),
            "detectable": _points(one.detectable),
        }
        for one in setting.methods
    ]
    return {
        "name": setting.name,
        "word": setting.word,
        "labeled": list(setting.labeled),
        "patients": setting.patients,
        "folds": setting.best.over_twin.folds,
        "unit": setting.unit,
        "supervised_dice": 100 * setting.supervised,
        "strong": {"dice": 100 * setting.strong, "over_supervised": _gain_view(setting.strong_over_supervised)},
        "sentence": sentence(setting),
        "methods": rows,
    }


def _gain_view(found: Gain) -> dict[str, Any]:
    """Return a gain in points of Dice; None where there is no interval."""
    ends = {name: getattr(found, name) for name in ("value", "low", "high", "detectable")}
    points = {name: _points(value) for name, value in ends.items()}
    return {**points, "patients": found.patients, "by": found.by}


def _points(value: float) -> float | None:
    return 100 * value if math.isfinite(value) else None

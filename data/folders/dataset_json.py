"""What a ``dataset.json`` names: channels, structures and their values, and, of the Decathlon, the files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.digits import whole_number
from data.errors import DataError
from data.files import first_line
from data.folders.endings import ENDINGS
from data.folders.listed import AVERAGE, FEWEST, MOST

FILE = "dataset.json"
IGNORE = "ignore"  # nnU-Net's name of the label of what nobody labelled


@dataclass(frozen=True)
class Named:
    """The names. ending: of its files, or None; entries: the whole file, for the lists of the Decathlon."""

    path: Path
    name: str
    labels: Mapping[str, int]
    ignored: int | None
    channels: tuple[str, ...]
    ending: str | None
    entries: Mapping[str, Any]

    @property
    def is_v2(self) -> bool:
        """Return whether it has what only nnU-Net's second version writes."""
        return "channel_names" in self.entries or "file_ending" in self.entries


def read_names(folder: Path) -> Named | None:
    """Return what a folder's ``dataset.json`` names; None where there is none, DataError where it makes no sense."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, RecursionError) as error:  # the last of brackets in brackets
        why = first_line(error) or type(error).__name__
        raise DataError(f"{path} is no JSON ({why}); write it as nnU-Net or the Decathlon does") from None
    if not isinstance(entries, dict):
        raise DataError(f"{path} holds no object of keys and values; write it as nnU-Net or the Decathlon does")
    labels, ignored = _labels(path, entries.get("labels"))
    stated = entries.get("name")
    name = stated.strip() if isinstance(stated, str) and stated.strip() else folder.resolve().name
    return Named(path, name, labels, ignored, _channels(path, entries), _ending(path, entries), entries)


def _labels(path: Path, stated: object) -> tuple[Mapping[str, int], int | None]:
    """Return structures by value, background left out, and the ignored value."""
    if not isinstance(stated, dict) or not stated:
        raise DataError(f'{path} names no labels; expected "labels": {{"background": 0, "NAME": 1, ...}}')
    numbers = [whole_number(str(key)) for key in stated]
    if None not in numbers and all(isinstance(value, str) for value in stated.values()):
        pairs = [(str(value), int(key)) for key, value in stated.items()]
    else:
        pairs = [(str(name), _value(path, str(name), value)) for name, value in stated.items()]
    values = {name: value for name, value in pairs if name.lower() != IGNORE}
    if len(values) < len({value for _, value in pairs if _.lower() != IGNORE}):
        raise DataError(f"{path} gives two labels one name; name each structure once")
    ignored = next((value for name, value in pairs if name.lower() == IGNORE), None)
    _check_values(path, values, ignored)
    return {name: value for name, value in sorted(values.items(), key=lambda pair: pair[1]) if value}, ignored


def _value(path: Path, name: str, value: object) -> int:
    if isinstance(value, list):
        raise DataError(f"{path}: label {name} is a region, of {value}; only labels of one value each can be learned")
    if isinstance(value, bool) or not isinstance(value, int):
        raise DataError(f"{path}: label {name} is {value!r}; expected a whole number")
    return value


def _check_values(path: Path, values: Mapping[str, int], ignored: int | None) -> None:
    found = sorted(values.values())
    given = ", ".join(f"{name} {value}" for name, value in values.items())
    if not found or found[0] != 0 or next((v for name, v in values.items() if name.lower() == "background"), 0):
        raise DataError(f"{path}: labels are {given or 'none'}; background must be 0")
    if found != list(range(len(found))):
        raise DataError(f"{path}: labels are {given}; expected each of 0 to {len(found) - 1} once")
    if not FEWEST <= len(found) <= MOST:
        raise DataError(f"{path} names {len(found)} classes, background included; expected {FEWEST} to {MOST}")
    if AVERAGE in values:
        raise DataError(f"{path} calls a label {AVERAGE}, as records call the average over all; name it otherwise")
    if ignored is not None and not found[-1] < ignored <= 255:
        raise DataError(f"{path}: ignore is {ignored}; expected a value from {found[-1] + 1} to 255")


def _channels(path: Path, entries: Mapping[str, Any]) -> tuple[str, ...]:
    key = "channel_names" if "channel_names" in entries else "modality"
    stated = entries.get(key)
    if stated is None:
        raise DataError(f"{path} names neither channel_names, as nnU-Net v2, nor modality, as v1 and the Decathlon")
    names = dict(enumerate(stated)) if isinstance(stated, list) else stated
    if not isinstance(names, dict) or sorted(map(str, names)) != sorted(map(str, range(len(names)))) or not names:
        raise DataError(f'{path}: {key} is {stated!r}; expected {{"0": "NAME", "1": ...}}, numbered without a gap')
    by_number = {int(number): str(name) for number, name in names.items()}
    return tuple(by_number[k] for k in range(len(by_number)))


def _ending(path: Path, entries: Mapping[str, Any]) -> str | None:
    stated = entries.get("file_ending")
    if stated is None:
        return None
    if not isinstance(stated, str) or stated.lower() not in ENDINGS:
        raise DataError(f"{path}: file_ending is {stated!r}; expected one of {', '.join(ENDINGS)}")
    return stated

"""Which codes trained a method alike: as the canary called them the same, to the last digit that it keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from results.errors import ResultError
from results.writing import write_json

SAME_CODE = Path(__file__).resolve().parent / "same_code.json"


class Alike(BaseModel):
    """Codes that left the same trace, each by its word (``Code.trained``); trace: a digest of that trace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trace: str
    codes: tuple[str, ...]


class _File(RootModel[dict[str, tuple[Alike, ...]]]):
    """What is written down, by method."""


class SameCode:
    """What the canary wrote down."""

    def __init__(self, alike: Mapping[str, Sequence[Alike]]) -> None:
        self._alike = {method: list(sets) for method, sets in alike.items()}

    @classmethod
    def read(cls, path: Path | None = None) -> SameCode:
        """Return what a file holds, nothing where there is none; ResultError where it is damaged."""
        path = path or SAME_CODE
        try:
            return cls(_File.model_validate_json(path.read_bytes()).root)
        except FileNotFoundError:
            return cls({})
        except (OSError, ValidationError):
            advice = "git checkout it, or remove it and run benchmark.canary"
            raise ResultError(f"{path} is damaged or changed by hand; {advice}") from None

    def calls_same(self, method: str, one: str | None, other: str | None) -> bool:
        """Return whether two codes train a method alike: one and the same, or joined by traces; None is no code."""
        if one is None or other is None:
            return False
        reached, before = {one}, set[str]()
        while reached != before:
            before = set(reached)
            for alike in self._alike.get(method, ()):
                reached |= set(alike.codes) if reached & set(alike.codes) else set()
        return other in reached

    def add(self, method: str, trace: str, codes: Collection[str]) -> bool:
        """Note that codes left a trace; return whether that is news. A new trace begins a new set."""
        sets = self._alike.setdefault(method, [])
        alike = next((one for one in sets if one.trace == trace), Alike(trace=trace, codes=()))
        if set(codes) <= set(alike.codes):
            return False
        joined = Alike(trace=trace, codes=(*alike.codes, *sorted(set(codes) - set(alike.codes))))
        self._alike[method] = [*(one for one in sets if one != alike), joined]
        return True

    def write(self, path: Path | None = None) -> None:
        """Write it all to a file; ResultError where that can't be written."""
        sets = {method: [one.model_dump(mode="json") for one in found] for method, found in self._alike.items()}
        write_json(path or SAME_CODE, sets)

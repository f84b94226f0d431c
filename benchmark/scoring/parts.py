"""The test cases of a run, a part of them scored after the other, so that a large set is never held whole."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from benchmark.scoring.evaluator import Evaluator, Mask
from data.case import Case
from data.held_out import HeldOut


class Evaluators:
    """An evaluator for each part of the test cases; where one part holds all of them it is made once."""

    def __init__(self, held_out: HeldOut, make: Callable[[Sequence[Case]], Evaluator]) -> None:
        self.held_out, self._make = held_out, make
        self._only: Evaluator | None = None

    def __iter__(self) -> Iterator[Evaluator]:
        """Yield them in the order of cases; one is let go before the next part is read."""
        if self._only is None:
            yield from map(self._made, self.held_out.parts())
        else:
            yield self._only

    def kept(self, masks: Mapping[str, Mask]) -> Mapping[str, Mask]:
        """Return masks as they are to be held until all parts are done."""
        return masks if self.held_out.is_whole else Packed(masks)

    def _made(self, part: Sequence[Case]) -> Evaluator:
        made = self._make(part)
        self._only = made if self.held_out.is_whole else None
        return made


class Packed(Mapping[str, Mask]):
    """Masks by case, compressed, each unpacked when it is asked for: of a liver a mask is a hundredth then."""

    def __init__(self, masks: Mapping[str, Mask]) -> None:
        self._packed = {name: (mask.shape, zlib.compress(mask.tobytes(), 1)) for name, mask in masks.items()}

    def __getitem__(self, name: str) -> Mask:
        shape, packed = self._packed[name]
        return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


class Together(Mapping[str, Mask]):
    """The masks of several parts, in their order."""

    def __init__(self, parts: Sequence[Mapping[str, Mask]]) -> None:
        self._of = {name: part for part in parts for name in part}

    def __getitem__(self, name: str) -> Mask:
        return self._of[name][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)

"""The shards of a grid as a run finds them: whole by their checksums, looked at once for each state of their files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch

from data.content import NO_MASK, Known
from data.digest_cache import Digest, cache_of, stamp_of
from data.errors import DataError
from data.grid import Grid
from data.pool import Fitted
from data.preparing.ledger import ledger_of
from data.preparing.place import folder_of
from data.preparing.shard import LARGEST_HEADER, Seal, Shard, checksum, read_seal, shard_of
from data.rows import Stored

AGAIN = "make it anew by the command that made it, python -m data.prepare, or remove it"
State = Literal["absent", "damaged", "whole"]


class Shards:
    """The prepared slices of a grid in a place. What was found whole is remembered as digests of cases are."""

    def __init__(self, place: Path, grid: Grid) -> None:
        self.grid, self.folder = grid, folder_of(place, grid)
        self._checked = cache_of(self.folder, "sums")

    def are_there(self) -> bool:
        """Return whether anything is prepared on the grid."""
        return self.folder.is_dir()

    def elsewhere(self, dataset: str) -> Path | None:
        """Return the place where it holds slices of a data set, by its ledger, on whatever grids; else None."""
        ledgers = self.folder.parent.glob(f"*/{ledger_of(dataset)}")
        return self.folder.parent if next(ledgers, None) is not None else None

    def found(self, cases: Sequence[Known], masks: bool) -> list[Fitted | None]:
        """Return the slices of cases, None where a case's are not prepared; without masks their files are not touched.

        DataError where a file is not what its seal says.
        """
        found = [self._fitted(known, masks) for known in cases]
        self._checked.write()
        return found

    def state(self, known: Known) -> State:
        """Return whether a case's slices and masks are there, as they were made."""
        shard = shard_of(self.folder, known, self.grid)
        seal = read_seal(shard)
        if seal is None:
            return "damaged" if shard.seal.exists() else "absent"
        try:
            return "whole" if all(map(self._is_whole, *zip(*_files(shard, seal), strict=True))) else "damaged"
        except OSError:
            return "damaged"

    def remember(self) -> None:
        """Write down what was found whole, where that is possible."""
        self._checked.write()

    def _fitted(self, known: Known, masks: bool) -> Fitted | None:
        shard = shard_of(self.folder, known, self.grid)
        seal = read_seal(shard)
        if seal is None:
            if shard.seal.exists():
                raise _damaged(shard.seal, known)
            return None
        count, channels, height, width = seal.shape
        grey = self._stored(shard.images, seal.images, (count, channels, height, width), torch.float32, known)
        if not masks or seal.masks is None:
            return Fitted(known.name, grey, None, seal.stretch, False)
        mask = self._stored(shard.masks, seal.masks, (count, height, width), torch.uint8, known)
        return Fitted(known.name, grey, mask, seal.stretch, seal.partial)

    def _stored(self, path: Path, wanted: str, shape: tuple[int, ...], dtype: torch.dtype, known: Known) -> Stored:
        stored = Stored(path, 0, shape[0], shape[1:], dtype)
        try:
            begins = path.stat().st_size - shape[0] * stored.row_bytes
            if not 0 < begins <= LARGEST_HEADER or not self._is_whole(path, wanted):
                raise _damaged(path, known)
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}); {AGAIN}") from None
        return Stored(path, begins, shape[0], shape[1:], dtype)

    def _is_whole(self, path: Path, wanted: str) -> bool:
        stamp, begun_ns = stamp_of([path]), time.time_ns()
        known = self._checked.get(path.name, stamp)
        if known is None:
            known = Digest(checksum(path), NO_MASK)
            if stamp is not None:
                self._checked.add(path.name, stamp, known, begun_ns)
        return known.image == wanted


def _files(shard: Shard, seal: Seal) -> list[tuple[Path, str]]:
    """Return the files that a seal tells of, with their checksums."""
    return [(shard.images, seal.images), *([] if seal.masks is None else [(shard.masks, seal.masks)])]


def _damaged(path: Path, known: Known) -> DataError:
    return DataError(f"{path}, of the prepared slices of {known.name}, is damaged (not what its seal says); {AGAIN}")

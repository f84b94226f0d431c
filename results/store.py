"""Where records are kept: one folder a cell, every file whole or absent, the record last."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from results import checksums
from results.checksums import (
    PREDICTIONS,
    SUMS,
    Take,
    all_of,
    arrays_of,
    check,
    first_line,
    listed,
    listing,
    present,
    read_whole,
    sums_of,
)
from results.code import CODE
from results.errors import ForeignError, ResultError
from results.images import Pictured, unpacked
from results.outside import FOLDER
from results.record import Record, parse_object, parse_record, read_record
from results.writing import Arrays, archive, as_json, parquet, put, write_atomic

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LoadedRecord:
    """A record and the folder it lies in; its tables are read when asked for."""

    record: Record
    folder: Path

    def named(self, variant: str) -> LoadedRecord:
        """Return the same record under a protocol's name for it."""
        cell = self.record.cell.model_copy(update={"variant": variant})
        return LoadedRecord(self.record.model_copy(update={"cell": cell}), self.folder)

    def values(self) -> Mapping[str, Any]:
        """Return the cell's resolved values, which its id is a hash of; {} where an older folder lacks them."""
        name = "cell.json"
        if not self._holds(name):
            return {}
        return parse_object(read_whole(self.folder, name), self.folder / name, "run the cell again with --force")

    def cases(self) -> pd.DataFrame:
        """Return the scores, a row a predictor, rule, case and structure."""
        return self._table("cases.parquet")

    def history(self) -> pd.DataFrame:
        """Return what was logged of training: stage, update, term, value."""
        return self._table("history.parquet")

    def diagnosis(self) -> pd.DataFrame | None:
        """Return what a look inside the method found: update, quantity, structure, other, value; None if nothing."""
        return self._table("diagnosis.parquet") if self._holds("diagnosis.parquet") else None

    def conventions(self) -> pd.DataFrame | None:
        """Return the headline's scores under every convention; None in records of older versions."""
        return self._table("conventions.parquet") if self._holds("conventions.parquet") else None

    def ledger(self) -> pd.DataFrame | None:
        """Return Dice at kept points of training: update, val_dice, test_dice; None in records of older versions."""
        return self._table("ledger.parquet") if self._holds("ledger.parquet") else None

    def embedding(self) -> pd.DataFrame | None:
        """Return sampled pixels' representations in the plane: x, y, structure; None where the method has none."""
        return self._table("embedding.parquet") if self._holds("embedding.parquet") else None

    def gallery(self) -> dict[str, npt.NDArray[Any]] | None:
        """Return the pictures of the best, median and worst case, or None where they are not kept."""
        return self._predicted("gallery")

    def volumes(self) -> pd.DataFrame | None:
        """Return how large structures are in masks and reference; None in records of older versions."""
        return self._table("volumes.parquet") if self._holds("volumes.parquet") else None

    def images(self) -> dict[str, Pictured] | None:
        """Return slices of the test cases with their reference by case, or None where they are not kept."""
        arrays = self._predicted("images")
        return None if arrays is None else unpacked(arrays)

    def masks(self, cases: Mapping[str, Pictured]) -> dict[str, npt.NDArray[np.uint8]] | None:
        """Return the headline's masks (n, H, W) on slices of cases, by case, or None where they are not kept.

        A case is left out whose mask is missing or of another shape.
        """
        return self._predicted("masks", lambda name, mask: cases[name].slices_of(mask) if name in cases else None)

    def _predicted(self, name: str, take: Take = all_of) -> dict[str, npt.NDArray[Any]] | None:
        """Return arrays of ``predictions/``, None where they are not kept, as published folders don't."""
        file = f"{PREDICTIONS}/{name}.npz"
        published = not (self.folder / PREDICTIONS).exists()
        return None if published or not self._holds(file) else arrays_of(self.folder, file, take)

    def _holds(self, name: str) -> bool:
        """Return whether a file is there or should be."""
        return (self.folder / name).exists() or name in sums_of(self.folder)

    def _table(self, name: str) -> pd.DataFrame:
        from pyarrow import ArrowException, BufferReader
        from pyarrow.parquet import ParquetFile

        content = read_whole(self.folder, name)
        try:
            table: pd.DataFrame = (
                ParquetFile(BufferReader(content)).read(use_threads=False).to_pandas(use_threads=False)
            )
            return table
        except (OSError, ValueError, KeyError, NotImplementedError, ArrowException) as error:
            words = f"{self.folder / name} cannot be read ({first_line(error)})"
            raise ResultError(f"{words}; run the cell again with --force") from None


class Store:
    """A folder of run folders."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, cell_id: str) -> Path:
        """Return the folder of a cell, which need not exist."""
        return self.root / cell_id

    def has(self, cell_id: str) -> bool:
        """Return whether a cell has a record of a run that was done, with all files that the run left whole."""
        path = self.folder(cell_id) / "record.json"
        return path.exists() and not self.damage(cell_id) and read_record(path).status == "done"

    def damage(self, cell_id: str) -> dict[str, str]:
        """Return what of a finished run is damaged: a file, and why in a sentence; {} where there is no record."""
        folder = self.folder(cell_id)
        if not (folder / "record.json").exists():
            return {}
        found = checksums.damage(folder)
        try:
            self.load(cell_id)
        except ResultError as error:
            found = {"record.json": str(error), **found}
        return found

    def save(
        self,
        cell_id: str,
        record: Record,
        tables: Mapping[str, pd.DataFrame],
        predictions: Mapping[str, Arrays],
        force: bool = False,
    ) -> None:
        """Write a run's tables and predictions, checksums, then its record; a second record is refused unless forced.

        A run killed in between has no record, or with ``force`` one that its checksum no longer fits.
        """
        if not force and self.has(cell_id):
            raise ResultError(f"{cell_id} has a record already; --force replaces it")
        contents = {f"{name}.parquet": parquet(frame) for name, frame in tables.items()}
        contents |= {f"predictions/{name}.npz": archive(arrays) for name, arrays in predictions.items()}
        for name, needed in {"cell.json": record.sealed, CODE: record.sealed and record.code is not None}.items():
            path = self.folder(cell_id) / name
            if path.exists():
                contents[name] = path.read_bytes()
            elif needed:
                raise ResultError(f"{path} is missing; a sealed record needs it")
        outside = (path for path in (self.folder(cell_id) / FOLDER).rglob("*") if path.is_file())
        contents |= {path.relative_to(self.folder(cell_id)).as_posix(): path.read_bytes() for path in outside}
        contents["record.json"] = as_json(record.model_dump(mode="json"))
        self._write({**contents, SUMS: listing(contents)}, cell_id)

    def receive(self, cell_id: str, files: Mapping[str, bytes]) -> None:
        """Write the files of a run that was done elsewhere, its record last; ResultError where they came damaged."""
        sums, came = listed(files.get(SUMS, b"")), f"of {cell_id}, as it came,"
        for name in sorted({"record.json", "cell.json", *sums, *filter(checksums.must_be_listed, files)}):
            if name not in files:
                raise ResultError(f"{name} {came} is missing; run the cell again")
            check(files[name], sums.get(name, "no checksum at all"), f"{name} {came}")
        record = parse_record(files["record.json"], f"record.json {came}")
        if record.cell.id != cell_id:
            raise ResultError(f"record.json {came} is of {record.cell.id}; run the cell again")
        self._write(files, cell_id)

    def adopt(self, run: Path, predictions: bool = True) -> Path:
        """Copy a run of another store that was found whole there, its record last, and return where.

        predictions: whether masks and pictures of patients come with it; left out as a whole they are no damage.
        ResultError where it would be its own copy, of which what is left out would be removed.
        """
        if self.folder(run.name).resolve() == run.resolve():
            raise ResultError(f"{run} lies in the store that it is to be copied to; name another one")
        names = {name for name in present(run) if predictions or not name.startswith(f"{PREDICTIONS}/")}
        names |= {SUMS} if (run / SUMS).exists() else set()
        self._write({name: (run / name).read_bytes() for name in names}, run.name)
        return self.folder(run.name)

    def _write(self, files: Mapping[str, bytes], cell_id: str) -> None:
        """Write files, then their checksums, remove what they replace, and write the record last."""
        folder = self.folder(cell_id)
        last = {name: place for place, name in enumerate((SUMS, "record.json"), 1)}
        for name in sorted(files, key=lambda name: last.get(name, 0)):
            if name == "record.json":
                for old in present(folder) - set(files) - {name}:
                    (folder / old).unlink()
            write_atomic(folder / name, partial(put, files[name]))

    def load(self, cell_id: str) -> LoadedRecord:
        """Return a cell's record; ResultError where there is none, or one of another cell."""
        return _loaded(self.folder(cell_id))

    def records(self) -> list[LoadedRecord]:
        """Return all records, by folder name; ResultError names the first that is damaged."""
        return [_loaded(folder) for folder in self._folders()]

    def whole_records(self) -> list[LoadedRecord]:
        """Return the records that can be read, by folder name: for estimates, which a damaged one may not stop."""
        found = []
        for folder in self._folders():
            with suppress(ResultError):
                found.append(_loaded(folder))
        return found

    def _folders(self) -> list[Path]:
        return sorted(path.parent for path in self.root.glob("*/record.json")) if self.root.exists() else []


def _loaded(folder: Path) -> LoadedRecord:
    record = read_record(folder / "record.json")
    if record.cell.id != folder.resolve().name:
        raise ForeignError(f"{folder} holds the run {record.cell.id}; a run's folder has its name")
    return LoadedRecord(record, folder)

"""Where records are kept: one folder a cell, every file whole or absent, the record last."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.checksums import SUMS, check, listed, listing, read_whole
from results.errors import ResultError
from results.record import Record, read_record

Arrays = Mapping[str, npt.NDArray[Any]]


def write_atomic(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file whole or not at all: temporary file beside it, fsync, rename, fsync of the folder.

    ResultError where the disk is full or the folder can't be written; what was there before is still there.
    """
    try:
        _write_atomic(path, write)
    except OSError as error:
        reason = error.strerror or error
        raise ResultError(f"{path} cannot be written ({reason}); mend that and start the same command again") from None


def _write_atomic(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON with sorted keys."""
    write_atomic(path, lambda file: file.write(_json(value)))


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def parquet(frame: pd.DataFrame) -> bytes:
    """Return a table as a file's content; equal tables give equal bytes."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, engine="pyarrow", index=False, compression="zstd")
    return buffer.getvalue()


def archive(arrays: Arrays) -> bytes:
    """Return named arrays, compressed, as a file's content; equal arrays give equal bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{name: np.asarray(value) for name, value in arrays.items()})
    return buffer.getvalue()


def _write(content: bytes, file: IO[bytes]) -> None:
    file.write(content)


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
        """Return the cell's resolved values, which its id is a hash of; {} where the folder lacks them."""
        path = self.folder / "cell.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return found

    def cases(self) -> pd.DataFrame:
        """Return the scores, a row a predictor, rule, case and structure."""
        return self._table("cases.parquet")

    def history(self) -> pd.DataFrame:
        """Return what was logged of training: stage, update, term, value."""
        return self._table("history.parquet")

    def diagnosis(self) -> pd.DataFrame | None:
        """Return what a look inside the method found: update, quantity, structure, other, value; None if nothing."""
        return self._table("diagnosis.parquet") if (self.folder / "diagnosis.parquet").exists() else None

    def conventions(self) -> pd.DataFrame | None:
        """Return the headline's scores under every convention; None in records of older versions."""
        return self._table("conventions.parquet") if (self.folder / "conventions.parquet").exists() else None

    def ledger(self) -> pd.DataFrame | None:
        """Return Dice at kept points of training: update, val_dice, test_dice; None in records of older versions."""
        return self._table("ledger.parquet") if (self.folder / "ledger.parquet").exists() else None

    def embedding(self) -> pd.DataFrame | None:
        """Return sampled pixels' representations in the plane: x, y, structure; None where the method has none."""
        return self._table("embedding.parquet") if (self.folder / "embedding.parquet").exists() else None

    def gallery(self) -> dict[str, npt.NDArray[Any]] | None:
        """Return the pictures of the best, median and worst case, or None where they are not kept."""
        name = "predictions/gallery.npz"
        if not (self.folder / name).exists():
            return None
        with np.load(io.BytesIO(read_whole(self.folder, name)), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def _table(self, name: str) -> pd.DataFrame:
        path = self.folder / name
        try:
            return pd.read_parquet(io.BytesIO(read_whole(self.folder, name)))
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ResultError(f"{path} cannot be read ({reason}); run the cell again with --force") from None


class Store:
    """A folder of run folders."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, cell_id: str) -> Path:
        """Return the folder of a cell, which need not exist."""
        return self.root / cell_id

    def has(self, cell_id: str) -> bool:
        """Return whether a cell has a record of a run that was done."""
        path = self.folder(cell_id) / "record.json"
        return path.exists() and read_record(path).status == "done"

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
        last = {"record.json": _json(record.model_dump(mode="json"))}
        for name, content in {**contents, SUMS: listing({**contents, **last}), **last}.items():
            write_atomic(self.folder(cell_id) / name, partial(_write, content))
        for table in self.folder(cell_id).glob("*.parquet"):  # of a record that this one replaces
            if table.name not in contents:
                table.unlink()

    def receive(self, cell_id: str, files: Mapping[str, bytes]) -> None:
        """Write the files of a run that was done elsewhere, its record last; ResultError where a file came damaged."""
        sums = listed(files[SUMS])
        for name, content in files.items():
            check(content, sums.get(name), f"{name} of {cell_id}, as it came,")
        for name in sorted(files, key=lambda name: name == "record.json"):
            write_atomic(self.folder(cell_id) / name, partial(_write, files[name]))

    def load(self, cell_id: str) -> LoadedRecord:
        """Return a cell's record; ResultError where there is none."""
        folder = self.folder(cell_id)
        return LoadedRecord(read_record(folder / "record.json"), folder)

    def records(self) -> list[LoadedRecord]:
        """Return all records, by folder name."""
        paths = sorted(self.root.glob("*/record.json")) if self.root.exists() else []
        return [LoadedRecord(read_record(path), path.parent) for path in paths]

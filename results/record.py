"""What is kept of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from results.audit import Audit
from results.checksums import read_whole
from results.code import Code
from results.content import Content
from results.errors import ForeignError, ResultError
from results.migrations import FORMER, MIGRATIONS, RENAMED
from results.outside import METHOD, Outside
from results.summary import SummaryRow
from results.weights import may_be_released, right_count

SCHEMA = 4

Scalar = bool | int | float | str | None


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CellInfo(_Frozen):
    """Which cell a record is of, in words a page can print.

    backbone: by its name of today, which an old id and cell.json may give otherwise (results/migrations.py). variant:
    what a protocol calls it, given by its listing. twin: whether its unlabelled terms weigh nothing. label_seed,
    init_seed, data_seed: seeds of the label draw, the initial weights and the batches where not ``seed``. outside: code
    from outside this repository, by its role: the method, or a backbone by its name. family: the method's, empty in
    older records and where it states none.
    """

    id: str
    dataset: str
    labeled: int
    label_draw: str
    method: str
    title: str
    paper: str
    backbone: str
    preset: str
    fidelity: str
    seed: int
    overrides: Mapping[str, Scalar]
    variant: str = ""
    twin: bool = False
    label_seed: int | None = None
    init_seed: int | None = None
    data_seed: int | None = None
    outside: Mapping[str, Outside] = {}
    family: str = ""

    @property
    def has_named_seeds(self) -> bool:
        """Whether a dimension of randomness has a seed of its own."""
        return any(one is not None for one in (self.label_seed, self.init_seed, self.data_seed))

    @property
    def is_renamed(self) -> bool:
        """Whether its id, and its cell.json, give its backbone the name that is another network's today."""
        return self.backbone == FORMER and f"-{RENAMED}-" in self.id and f"-{FORMER}-" not in self.id


class Headline(_Frozen):
    """Whose weights are reported, and by which rule they were chosen."""

    predictor: str
    rule: str


class Patients(_Frozen):
    """Size of each part of the split. unmasked: how many of ``train`` have no masks, and are never labelled."""

    train: int
    val: int
    test: int
    unmasked: int = 0


class StageInfo(_Frozen):
    """A stage of training.

    chosen_from: of how many scores on validation patients the best said which of its weights the next stage starts
    from; 0: its last weights, None: an older record, which does not say. seconds_an_update: wall time with validations,
    of what the run's last process made; None where that made next to nothing of the stage, and in older records.
    """

    name: str
    updates: int
    chosen_from: int | None = None
    seconds_an_update: float | None = None


class Seconds(_Frozen):
    """Wall time; evaluate: all that comes after training, in records of older versions without ledger and diagnosis."""

    train: float
    evaluate: float


class Opening(_Frozen):
    """A reading of the test patients: what for, and after how many updates."""

    purpose: str
    updates: int


class Record(_Frozen):
    """Everything a reader needs to know of a run.

    sealed: SHA256SUMS lists all files of its folder; older records have none, or all but cell.json. data_fingerprint:
    over content; where that is None over names and sizes of files, or over parameters of generated data. code: digests
    of what computed it, whose files code.json names; None in older records, which tell a commit alone. audit: of its
    data; None where none was known.
    """

    schema_version: int = SCHEMA
    sealed: bool = False
    status: Literal["done", "failed"]
    reason: str | None = None
    cell: CellInfo
    structures: tuple[str, ...]
    unit: Literal["mm", "voxel"]
    convention: Mapping[str, Any]
    headline: Headline
    labeled_patients: tuple[str, ...]
    patients: Patients
    origin: str
    split_fingerprint: str
    data_fingerprint: str
    content: Content | None = None
    audit: Audit | None = None
    environment: Mapping[str, Scalar]
    commit: str | None
    dirty: bool
    code: Code | None = None
    updates: int
    stages: tuple[StageInfo, ...]
    seconds: Seconds
    peak_memory_mib: float
    parameters: int
    test_openings: tuple[Opening, ...] = ()
    summary: tuple[SummaryRow, ...]


class Limited(BaseModel):
    """The part of a protocol that a sweep was limited to: the first cells of each block, so many."""

    model_config = ConfigDict(frozen=True)

    each: int
    cells: tuple[str, ...]


class Listing(BaseModel):
    """What a sweep wrote of its protocol: its cells in order, and the names it gives to variants.

    apart: what sets a cell apart where its id does not tell it. limited: the part of these cells that the sweep was to
    run; None where it was to run all.
    """

    model_config = ConfigDict(frozen=True)

    title: str
    cells: tuple[str, ...]
    variants: Mapping[str, str] = {}
    apart: Mapping[str, str] = {}
    limited: Limited | None = None

    def heading(self, done: int, title: str | None = None) -> str:
        """Return the title of a page with so many cells done, which says where it is of a part."""
        part = 0 if self.limited is None else max(done, len(self.limited.cells))
        words = f" (a part: {part} of {len(self.cells)} cells)" if 0 < part < len(self.cells) else ""
        return f"{title or self.title}{words}"


def read_record(path: Path) -> Record:
    """Return the record in a file, of this schema version or an older one; ResultError for anything else."""
    if not path.exists():
        raise ResultError(f"{path.parent} has no record.json; the run is not done")
    return parse_record(read_whole(path.parent, path.name), path)


def parse_record(content: bytes, what: object) -> Record:
    """Return the record of a file's content; ResultError names it as ``what``."""
    values = parse_object(content, what, "run the cell again with --force")
    version = values.get("schema_version")
    if not isinstance(version, int) or not 1 <= version <= SCHEMA:
        raise ForeignError(f"{what} has schema version {version}; this code reads 1 to {SCHEMA}, update it")
    for older in range(version, SCHEMA):
        values = MIGRATIONS[older](values)
    try:
        record = Record.model_validate(values)
    except ValidationError as error:
        words = right_count(values.get("structures")) if error.errors()[0]["loc"] == ("parameters",) else ""
        raise ForeignError("; ".join(filter(None, [f"{what}: {first_of(error)}", words]))) from None
    ours = record.cell.backbone == RENAMED and METHOD not in record.cell.outside  # another's may have a layer more
    if ours and not may_be_released(record.parameters, len(record.structures)):
        raise ForeignError(f"{what}: parameters: {record.parameters:,}, but {right_count(record.structures)}")
    return record


def read_listing(path: Path) -> Listing:
    """Return what a sweep wrote of its protocol; ResultError where the file is damaged."""
    advice = "start benchmark.sweep on the protocol again, which writes it"
    try:
        return Listing.model_validate(parse_object(path.read_bytes(), path, advice))
    except OSError as error:
        raise ResultError(f"{path} cannot be read ({error.strerror}); {advice}") from None
    except ValidationError as error:
        raise ResultError(f"{path} is damaged ({first_of(error)}); {advice}") from None


def parse_object(content: bytes, what: object, advice: str) -> dict[str, Any]:
    """Return the JSON object in a file's content; ResultError with the advice for anything else."""
    try:
        values = json.loads(content)
    except (ValueError, RecursionError):  # of JSON and of UTF-8
        raise ResultError(f"{what} is damaged (not JSON); {advice}") from None
    if not isinstance(values, dict):
        raise ResultError(f"{what} is damaged (no JSON object); {advice}")
    return values


def first_of(error: ValidationError) -> str:
    """Return what the first of the found errors says, after its place."""
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"

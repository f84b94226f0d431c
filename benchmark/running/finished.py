"""The weights of a finished run, and what of its folder must be whole for them to be used."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ValidationError
from torch import nn

from benchmark.cells.cell import Cell
from benchmark.errors import UsageError
from benchmark.outside.carried import bring_from
from benchmark.running.assembly import method_of
from benchmark.training.resume import Place
from benchmark.training.selection import RULES
from data.task import Task
from results.record import first_of, read_record
from results.store import LoadedRecord


@dataclass(frozen=True)
class Choice:
    """Which weights of a run are meant; None where the record's headline says."""

    predictor: str | None = None
    rule: str | None = None


@dataclass(frozen=True, eq=False)
class Finished:
    """A finished run with the network of the weights that are meant, in evaluation mode.

    task: with the structures of the record, whether the data are at hand or not.
    """

    loaded: LoadedRecord
    cell: Cell
    task: Task
    predictor: str
    rule: str
    network: nn.Module


def cell_of(folder: Path, device: torch.device) -> Cell:
    """Return the cell of a finished run whose weights are there; UsageError where its folder is not as it was left."""
    return _cell(_read(folder), device)


def _read(folder: Path) -> LoadedRecord:
    return LoadedRecord(read_record(folder / "record.json"), folder)


def _cell(loaded: LoadedRecord, device: torch.device) -> Cell:
    folder = loaded.folder
    try:
        cell = Cell.model_validate(loaded.values())
    except ValidationError as error:
        raise UsageError(f"{folder / 'cell.json'} is damaged ({first_of(error)}); run the cell again") from None
    name = folder.resolve().name
    bring_from(folder, cell.outside)
    if not cell.id == loaded.record.cell.id == name:
        raise UsageError(f"{folder} holds the run {cell.id}; a run's folder has its name")
    network, said = loaded.record.cell.backbone, cell.built_backbone
    if said != network:
        raise UsageError(f"{folder} has the weights of {network}, and its cell.json says {said}; run the cell again")
    Place(folder, {"cell": cell.id}).require_weights(device)
    return cell


def finished_run(folder: Path, choice: Choice, device: torch.device) -> Finished:
    """Return a run's network with the weights that are meant; UsageError for weights that it doesn't hold."""
    loaded = _read(folder)
    cell = _cell(loaded, device)
    form, record = (cell.reading or {}).get("form", {}), loaded.record
    channels = len(form.get("channels", ("image",)))
    task = Task(cell.dataset, record.structures, channels, bool(form.get("planar")))
    state = Place(folder, {"cell": cell.id}).checkpoint.load(device)
    assert state is not None
    predictor = choice.predictor or record.headline.predictor
    rule = choice.rule or record.headline.rule
    weights = _weights(state, predictor, rule, folder)
    own = cell.model_copy(update={"weights": None})  # training replaced pretrained ones, which need not be fetched
    network = copy.deepcopy(method_of(own, task, device).predictors()[predictor])
    network.load_state_dict(weights)
    return Finished(loaded, cell, task, predictor, rule, network.eval().requires_grad_(False))


def _weights(
    state: Mapping[str, Mapping[str, Mapping[str, torch.Tensor]]], predictor: str, rule: str, folder: Path
) -> Mapping[str, torch.Tensor]:
    """Return the weights of a predictor by a rule, of which all are kept for the first predictor alone."""
    last, chosen = state["last"], state["chosen"]
    if predictor not in last:
        raise UsageError(f"--predictor {predictor}: {folder.name} has {', '.join(last)}")
    if rule not in RULES:
        raise UsageError(f"--rule {rule}: known are {', '.join(RULES)}")
    if predictor == next(iter(last)):
        if rule not in chosen:
            raise UsageError(f"--rule {rule}: {folder.name} had no validation patients; it has {', '.join(chosen)}")
        return chosen[rule]
    if rule != "last":
        raise UsageError(f"--rule {rule}: of {predictor} the last weights alone are kept; say --rule last")
    return last[predictor]

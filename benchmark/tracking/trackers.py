"""What a finished run logged, handed to TensorBoard or MLflow: the same numbers, made from its record alone."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmark.errors import RunError, UsageError
from results.store import LoadedRecord
from results.summary import METRICS

EXPERIMENT = "action-bench"
BATCH = 1000  # metrics MLflow takes at once, mlflow.utils.validation.MAX_METRICS_PER_BATCH
Point = tuple[str, int, float]


def require(option: str, package: str) -> None:
    """Raise UsageError where a tracker's package is not installed; imports nothing."""
    if importlib.util.find_spec(package) is None:
        raise UsageError(f"{option} needs {package}, which is not installed here; type pip install -e '.[tracking]'")


def points(loaded: LoadedRecord) -> Iterator[Point]:
    """Give name, update and value: the history as STAGE/TERM, then the test scores at the last update."""
    for stage, update, term, value in loaded.history().itertuples(index=False):
        yield f"{stage}/{term}", int(update), float(value)
    for row in loaded.record.summary:
        for metric in METRICS:
            value = getattr(row, metric)
            if value is not None:
                yield f"test/{row.predictor}/{row.rule}/{row.structure}/{metric}", loaded.record.updates, value


def to_tensorboard(loaded: LoadedRecord, folder: Path) -> Path:
    """Write a run's event file in a folder of its own, in place of an earlier one, and return that folder."""
    require("--tensorboard", "tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    mine = folder / loaded.record.cell.id
    before = list(mine.glob("events.out.tfevents.*"))
    try:
        writer: Any = SummaryWriter(str(mine), filename_suffix=f".{_digest(loaded)[:8]}")
    except OSError as error:
        raise RunError(f"--tensorboard {folder}: {error.strerror}; name a folder that can be written") from None
    with writer:
        writer.add_text("cell", loaded.record.cell.model_dump_json(indent=1).replace("\n", "  \n"), walltime=0)
        for name, update, value in points(loaded):
            # The plain form of a scalar is 32 bits wide.
            writer.add_scalar(name, value, update, walltime=0, new_style=True, double_precision=True)
    for file in before:
        file.unlink()
    return mine


def to_mlflow(loaded: LoadedRecord, uri: str) -> str:
    """Log a run to an MLflow store and return its id there; the same record is not logged twice."""
    require("--mlflow", "mlflow")
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        return _logged(MlflowClient(uri), loaded)
    except MlflowException as error:
        raise RunError(f"--mlflow {uri}: {str(error).splitlines()[0]}") from None


def _logged(client: Any, loaded: LoadedRecord) -> str:
    from mlflow.entities import Metric, Param

    found = client.get_experiment_by_name(EXPERIMENT)
    experiment = client.create_experiment(EXPERIMENT) if found is None else found.experiment_id
    cell, digest = loaded.record.cell, _digest(loaded)
    known = client.search_runs([experiment], f"tags.record = '{digest}' and attributes.status = 'FINISHED'")
    if known:
        return str(known[0].info.run_id)
    tags = {"cell": cell.id, "record": digest}
    run = client.create_run(experiment, run_name=cell.id, tags=tags).info.run_id
    params = [Param(name, str(value)) for name, value in cell.model_dump(mode="json").items()]
    metrics = [Metric(name, value, 0, update) for name, update, value in points(loaded)]
    client.log_batch(run, params=params)
    for first in range(0, len(metrics), BATCH):
        client.log_batch(run, metrics=metrics[first : first + BATCH])
    client.set_terminated(run)
    return str(run)


def _digest(loaded: LoadedRecord) -> str:
    content = [(loaded.folder / name).read_bytes() for name in ("record.json", "history.parquet")]
    return hashlib.sha256(b"".join(content)).hexdigest()

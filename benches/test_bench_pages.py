"""What a page of many records costs: 250, 500, 1,000 and 2,000 of 40 cases and three structures.

Tables of fifty runs, ten methods of five seeds each, which is what one protocol makes for a number of labels; more
records are more tables. Seconds are the process's own on the CPU. A page that grows as its records do costs as much a
record at 2,000 as at 250.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports.page import build_page
from results.store import LoadedRecord, Store
from results.writing import write_json
from tests.results.made import STRUCTURES, record

METHODS, SEEDS, PATIENTS = 10, 5, 20
CASES = 2 * PATIENTS
COUNTS = (250, 500, 1_000, 2_000)
PROMISED_SECONDS, PROMISED_MIB = 60, 2_048
STEEPER = 1.3
"""How many times as much a record may cost at the last count as at the first."""
METRICS = ("dice", "jaccard", "hd95", "asd", "asd_pred")
TERMS = ("total", "supervised", "consistency", "val_dice", "effective_rank", "encoder_gradient")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Sequence[LoadedRecord]:
    """Return the made-up runs, written as those of a sweep are, in the order of their tables."""
    root = tmp_path_factory.mktemp("runs")
    return list(made(Store(root)))


def made(store: Store) -> Iterator[LoadedRecord]:
    rng, history = np.random.default_rng(0), training()
    for number in range(max(COUNTS)):
        table, place = divmod(number, METHODS * SEEDS)
        method, seed = divmod(place, SEEDS)
        name = f"acdc-{table + 1}-m{method}-s{seed}"
        cell = {"id": name, "labeled": table + 1, "method": f"m{method}", "title": f"Method {method}", "seed": seed}
        cases = scores(rng, 0.5 + 0.03 * method + 0.01 * rng.standard_normal())
        one = record(cases, 1_000, **cell)
        store.save(name, one, {"cases": cases, "history": history}, {})
        write_json(store.folder(name) / "cell.json", {"schedule": {"size": 128, "updates": 1_000}, "config": {}})
        yield store.load(name)


def scores(rng: np.random.Generator, level: float) -> pd.DataFrame:
    """Return a run's table of scores under two rules."""
    names = [f"patient{number // 2:03}_frame{number % 2}" for number in range(CASES)]
    places = [(rule, case, structure) for rule in ("last", "val_best") for case in names for structure in STRUCTURES]
    table = pd.DataFrame(places, columns=["rule", "case", "structure"])
    values = np.clip(level + 0.15 * rng.standard_normal((len(table), len(METRICS))), 0.01, 0.99)
    return table.assign(
        predictor="network",
        patient=table["case"].str[:10],
        **{name: values[:, column] for column, name in enumerate(METRICS)},
        unit="voxel", counted=True, missed=False, false_alarm=False,
    )  # fmt: skip


def training() -> pd.DataFrame:
    """Return a run's history: a line of six terms every twenty updates."""
    rows = [("train", update, term, 1 / update) for update in range(20, 1_001, 20) for term in TERMS]
    return pd.DataFrame(rows, columns=["stage", "update", "term", "value"])


def test_a_page_grows_as_its_records_do(benchmark, records: Sequence[LoadedRecord], tmp_path: Path) -> None:
    def seconds_of(count: int) -> float:
        begin = time.process_time()
        build_page(records[:count], tmp_path / str(count), f"{count} records")
        return time.process_time() - begin

    seconds_of(METHODS * SEEDS)  # imports, and templates that are compiled
    found = benchmark.pedantic(lambda: {count: seconds_of(count) for count in COUNTS}, rounds=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = [1000 * found[count] / count for count in COUNTS]
    benchmark.extra_info.update({str(count): seconds for count, seconds in found.items()}, peak_mib=peak)
    for count, one in zip(COUNTS, each, strict=True):
        print(f"{count:5} records: {found[count]:5.1f} s of the CPU, {one:.1f} ms a record")
    print(f"memory at most {peak:.0f} MiB")
    assert each[-1] < STEEPER * each[0]
    assert found[COUNTS[-1]] < PROMISED_SECONDS and peak < PROMISED_MIB

"""What a Ray node brings is kept whole or is that cell's failure alone; nodes run the sweep's very code."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmark.environment import checkout
from benchmark.launchers import ray
from benchmark.launchers.job import Job
from results.store import Store
from tests.benchmark.running.damage.short_runs import the_cell


class Done:
    """Stands for Ray: what a task brought is what it returned."""

    class exceptions:  # noqa: N801  Ray's name
        class RayError(Exception):
            """Of a node that died."""

    @staticmethod
    def get(done: Any) -> Any:
        return done


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(the_cell(), None, tmp_path / "store", "cpu", 1)


def received(job: Job, files: dict[str, bytes]) -> str | None:
    return ray._received(Done, ray.Outcome(None, files), job)


def test_a_whole_run_is_kept(job: Job, finished: Path) -> None:
    assert received(job, dict(ray.files_of(finished))) is None
    assert Store(job.out).has(job.cell.id)


@pytest.mark.parametrize(
    "name", ["checkpoint.pt", "cell.json", "code.json", "record.json", "cases.parquet", "SHA256SUMS"]
)
def test_a_damaged_file_is_the_reason_of_its_cell_alone(job: Job, finished: Path, name: str) -> None:
    files = dict(ray.files_of(finished))
    reason = received(job, {**files, name: files[name][:-3] + b"xyz"})
    assert reason is not None and "as it came, is" in reason
    assert not (job.folder / "record.json").exists()


@pytest.mark.parametrize("name", ["cell.json", "code.json", "record.json", "cases.parquet", "SHA256SUMS"])
def test_a_file_that_did_not_come_is_the_reason_too(job: Job, finished: Path, name: str) -> None:
    files = dict(ray.files_of(finished))
    del files[name]
    reason = received(job, files)
    assert reason is not None and "as it came, is" in reason
    assert not job.folder.exists()


def test_a_store_that_cannot_be_written_is_the_reason_too(job: Job, finished: Path) -> None:
    job.out.mkdir()
    job.folder.write_text("in the way")
    reason = received(job, dict(ray.files_of(finished)))
    assert reason is not None and "cannot be written" in reason


def git(root: Path, *words: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(["git", *names, *words], cwd=root, check=True, capture_output=True)


def test_two_nodes_with_other_uncommitted_changes_are_not_the_same_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    git(tmp_path, "init")
    (tmp_path / "code.py").write_text("a = 1\n")
    git(tmp_path, "add", "code.py")
    git(tmp_path, "commit", "-m", "one")
    seen = []
    for text in ("a = 1\n", "a = 2\n", "a = 3\n", "a = 2\n"):
        (tmp_path / "code.py").write_text(text)
        checkout.commit.cache_clear()
        ray.code.cache_clear()
        seen.append(ray.code())
    checkout.commit.cache_clear()
    ray.code.cache_clear()
    assert len({head for head, _ in seen}) == 1
    assert seen[0][1] == ""
    assert seen[1] == seen[3] and len(set(seen)) == 3
    assert "with uncommitted changes (checksum " in ray._words(seen[1])

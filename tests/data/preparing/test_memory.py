"""How many processes prepare cases, and what a volume of 1,000 slices takes."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
import tifffile

from data.grid import Grid
from data.preparing import jobs
from data.preparing.jobs import MEMORY, PROCESS, Task, Workshop, done
from tests.data.folders.toy import save

CT, MRI = Grid(32, "minmax", windows=((0.0, 1.0),)), Grid(32, "minmax")
MEASURED = """
import re, resource, sys
from pathlib import Path
from data.prepare import command
if __name__ == "__main__":
    code = command([sys.argv[1], "--preset", "paper", "--jobs", sys.argv[2]])
    mine = re.search("VmHWM:\\s*([0-9]+) kB", Path("/proc/self/status").read_text())[1]  # rusage has its parent's too
    print(code, mine, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_a_tasks_memory_is_told_by_its_header(tmp_path: Path) -> None:
    path = save(tmp_path / "a.nii.gz", np.zeros((20, 10, 5), np.int16))
    assert [Task("a", "a", grid, [path]).memory for grid in (CT, None, MRI)] == [4_000, 4_000, 8_000]


@pytest.mark.parametrize(
    ("largest", "asked", "processes"),
    [(0, 8, 2), (10**8, 8, 2), (3 * 10**8, 8, 0), (10**9, 8, 0), (0, 1, 0), (0, 2, 2)],
)
def test_there_are_as_many_processes_as_memory_holds_beside_the_largest_case(
    monkeypatch: pytest.MonkeyPatch, largest: int, asked: int, processes: int
) -> None:
    started: list[int] = []

    class Pool:
        def __init__(self, count: int, *_: object) -> None:
            started.append(count)
            raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(Workshop, "do", lambda *_: started.append(0))
    monkeypatch.setattr(jobs, "_voxels", lambda path: largest // jobs.STREAMED)
    tasks = [Task(str(number), "a", CT, [Path("a")]) for number in range(5)]
    with suppress(KeyboardInterrupt):
        list(done(Workshop(None, Path(), asked), tasks))
    assert started == ([processes] if processes else [0] * 5)
    assert (max(started) + 1) * PROCESS + (largest if processes else 0) <= MEMORY


def measured(root: Path, told: list[str], asked: str) -> int:
    """Return the bytes that all processes take which plan and prepare a folder."""
    from data.plan import command

    assert command([str(root), *told]) == 0
    (plan,) = (root.parent / "plans").glob("*.json")
    (root.parent / "measured.py").write_text(MEASURED)
    words = [sys.executable, str(root.parent / "measured.py"), str(plan), asked]
    said = subprocess.run(words, capture_output=True, text=True, check=True, timeout=600).stdout.splitlines()[-1]
    code, mine, theirs = map(int, said.split())
    assert code == 0
    return 1024 * (mine + (theirs if asked == "4" else 0))


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["1", "4"])
@pytest.mark.parametrize("told", [["--window", "-200", "250"], ["--intensity", "ct"], ["--intensity", "mri"]])
def test_a_volume_of_1000_slices_is_prepared_in_less_than_two_gigabytes(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch, told: list[str], asked: str
) -> None:
    monkeypatch.setattr(nibabel.openers.Opener, "default_compresslevel", 1)
    image = np.full((512, 512, 1000), -1000, np.int16)
    image[100:300, 150:350, 200:700] = 60
    root = tmp_path / "livers"
    for number, part in enumerate([image, *[image[:64, :64, :8]] * 5]):
        save(root / "images" / f"v{number}.nii.gz", part, np.diag([0.7, 0.7, 1.0, 1.0]))
        labels = (part > 0).astype(np.uint8)
        labels[20:30, 20:30, 2:4] = 1
        save(root / "labels" / f"v{number}.nii.gz", labels, np.diag([0.7, 0.7, 1.0, 1.0]))
    del image, part, labels
    assert measured(root, told, asked) < 2_000_000_000


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".nrrd", ".mha", ".tif", ".nii.gz"])
def test_so_is_one_whose_file_gives_it_whole_only_though_it_is_of_float32(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(nibabel.openers.Opener, "default_compresslevel", 1)
    image = np.full((1000, 512, 512), -1000, np.float32)
    image[200:700, 100:300, 150:350] = np.arange(200, dtype=np.float32) / 7
    root = tmp_path / "livers"
    for number, part in enumerate([image, *[image[200:208, 100:164, 150:214]] * 5]):
        for folder, values in (("images", part), ("labels", (part >= 0).astype(np.uint8))):
            saved(root / folder / f"v{number}{ending}", values)
    del image, part, values
    assert measured(root, ["--intensity", "mri"], "1") < 2_000_000_000


def saved(path: Path, values: np.ndarray) -> None:
    """Write a volume whose slices lie 5 mm apart; of NIfTI as the file's columns, so that it is cut across these."""
    if path.name.endswith(".nii.gz"):
        save(path, values, np.diag([5.0, 0.7, 0.7, 1.0]))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".tif":
        tifffile.imwrite(path, values, compression="zlib", photometric="minisblack")
        return
    image = SimpleITK.GetImageFromArray(values)
    image.SetSpacing((0.7, 0.7, 5.0))
    SimpleITK.WriteImage(image, str(path), True)

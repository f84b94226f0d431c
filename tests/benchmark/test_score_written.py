"""The table of scores is written whole or not at all."""

from pathlib import Path
from typing import IO

import pytest

from benchmark import score
from benchmark.command import main
from tests.benchmark.scoring.mask_folders import HALF, REFERENCE, nifti, scores


def test_a_full_disk_leaves_the_table_of_before_and_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, truth, out = tmp_path / "mine", tmp_path / "truth", tmp_path / "out.csv"
    nifti(mine / "a.nii.gz", HALF)
    nifti(truth / "a.nii.gz", REFERENCE)
    scores((mine, truth))
    before = out.read_bytes()
    capsys.readouterr()

    def full(content: bytes, file: IO[bytes]) -> None:
        file.write(content[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("results.writing.put", full)
    words = map(str, (mine, "--reference", truth, "--out", out))
    with pytest.raises(SystemExit) as ended:
        main("benchmark.score", lambda: score.command([*words]))
    assert ended.value.code == 1
    assert f"{out} cannot be written (No space left on device)" in capsys.readouterr().err
    assert out.read_bytes() == before and list(tmp_path.glob(".*")) == []

"""Many cases: one that is bad costs no other, what is there is left, and nothing is mixed or half-written."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from benchmark.command import main
from tests.benchmark.predicting import folders

Blocks = tuple[Path, list[Path]]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refusal(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main("benchmark.predict", lambda: folders.predicted(*words))
    (line,) = capsys.readouterr().err.splitlines()
    assert isinstance(ended.value.code, int)
    return ended.value.code, line


def test_one_bad_case_is_listed_with_its_reason_and_the_rest_is_written(
    blocks: Blocks, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, (run, _) = blocks
    images = folders.test_images(plan, tmp_path / "images")
    good = sorted({path.name[:-12] for path in images.iterdir()})
    (images / "bad_0000.nii.gz").write_bytes(b"no image")
    (images / "bad_0001.nii.gz").write_bytes(b"no image")
    folders.save(images / "half_0000.nii.gz", np.zeros((7, 30, 22), np.float32))
    folders.save(images / "odd_0000.nii.gz", np.zeros((7, 30, 22), np.float32))
    folders.save(images / "odd_0001.nii.gz", np.zeros((7, 30, 21), np.float32))
    assert folders.predicted(run, images, "--out", tmp_path / "out") == 1
    assert sorted(path.name for path in (tmp_path / "out").glob("*.nii.gz")) == [f"{name}.nii.gz" for name in good]
    said = capsys.readouterr()
    assert f"2 of 5 cases predicted; in {tmp_path / 'out'}" in said.out
    reasons = [line for line in said.err.splitlines() if line.startswith("not predicted: ")]
    assert [line.split(": ")[1] for line in reasons] == ["bad", "half", "odd"]
    assert "bad_0000.nii.gz cannot be read as .nii.gz" in reasons[0]
    assert "expected half_0000.nii.gz (T1), half_0001.nii.gz (T2)" in reasons[1]
    assert "the image of channel 1 has shape (21, 30, 7), the one of channel 0 (22, 30, 7)" in reasons[2]


def test_what_is_there_is_left_until_it_is_forced(
    blocks: Blocks, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmark.predicting import cases

    plan, (run, _) = blocks
    images, out = folders.test_images(plan, tmp_path / "images"), tmp_path / "out"
    asked: list[str] = []
    answer = cases.answer
    monkeypatch.setattr(cases, "answer", lambda found, *more: (asked.append(found.name), answer(found, *more))[1])
    assert folders.predicted(run, images, "--out", out) == 0
    before, first = files(out), asked.copy()
    (out / f"{first[1]}.nii.gz").unlink()
    capsys.readouterr()
    assert folders.predicted(run, images, "--out", out) == 0
    assert asked == [*first, first[1]]
    said = "1 of 2 cases predicted, 1 were there already and are left as they are; --force makes them anew"
    assert said in capsys.readouterr().out
    assert files(out) == before
    assert folders.predicted(run, images, "--out", out, "--uncertainty") == 0
    assert len(asked) == 5 and {name: files(out)[name] for name in before} == before
    (out / f"{first[0]}.nii.gz").write_bytes(b"mine")
    assert folders.predicted(run, images, "--out", out, "--force") == 0
    assert len(asked) == 7 and {name: files(out)[name] for name in before} == before


def test_answers_of_others_and_images_are_not_touched(
    blocks: Blocks, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, (run, other) = blocks
    images, out = folders.test_images(plan, tmp_path / "images"), tmp_path / "out"
    case = min(path.name for path in images.iterdir()).removesuffix("_0000.nii.gz")
    out.mkdir()
    (out / f"{case}.nii.gz").write_bytes(b"by hand")
    code, line = refusal(capsys, run, images, "--out", out)
    assert (code, files(out)) == (2, {f"{case}.nii.gz": b"by hand"})
    assert line.endswith(
        f"{case}.nii.gz is there and no answer of a run; replace it with --force, or name another --out"
    )
    assert folders.predicted(run, images, "--out", out, "--force") == 0
    before = files(out)
    code, line = refusal(capsys, other, images, "--out", out)
    assert (code, files(out)) == (2, before)
    assert f"holds answers of {run.name}; name another --out, or replace them with --force" in line
    code, line = refusal(capsys, other, images / f"{case}_0000.nii.gz", "--out", out, "--force")
    assert code == 2 and "which would stay; name another --out" in line


def test_an_image_is_never_its_own_answer(
    slides: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, run = slides
    images = folders.test_images(plan, tmp_path / "images")
    before = files(images)
    code, line = refusal(capsys, run, images, "--out", images, "--force")
    assert (code, files(images)) == (2, before)
    assert "is an image there; name another folder" in line


def test_no_answer_is_left_among_images_where_the_next_command_would_take_it_for_one(
    blocks: Blocks, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, (run, _) = blocks
    images = folders.test_images(plan, tmp_path / "images")
    before = files(images)
    one = min(images.iterdir())
    for words in ((images, "--out", images), (one, "--out", images), (images, "--out", images, "--force")):
        code, line = refusal(capsys, run, *words)
        assert (code, files(images)) == (2, before)
        assert line.endswith(f"--out {images}: images lie in {images}; name another folder")
    other = folders.test_images(plan, tmp_path / "out/uncertainty")
    code, line = refusal(capsys, run, other, "--out", tmp_path / "out", "--uncertainty")
    assert code == 2 and f"images lie in {other}" in line


def test_runs_of_other_questions_are_refused(
    blocks: Blocks, slides: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (_, (run, _)), (plan, other) = blocks, slides
    images, out = folders.test_images(plan, tmp_path / "images"), tmp_path / "out"
    code, line = refusal(capsys, run, other, images, "--out", out)
    assert code == 2 and "are not of one question: their data sets are blocks and slides" in line
    code, line = refusal(capsys, run, run, images, "--out", out)
    assert code == 2 and "is given twice; a run counts once" in line
    for words, said in (
        (("--rule", "best"), "--rule best: known are last, val_best, ema_last"),
        (("--predictor", "teacher"), f"--predictor teacher: {run.name} has network"),
    ):
        code, line = refusal(capsys, run, images, "--out", out, *words)
        assert code == 2 and said in line
    assert not out.exists()


def test_a_folder_beside_the_runs_is_left_aside_and_alone_is_no_run(
    blocks: Blocks, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, (run, _) = blocks
    images, locks = folders.test_images(plan, tmp_path / "images"), tmp_path / "locks"
    locks.mkdir()
    assert folders.predicted(locks, run, images, "--out", tmp_path / "out") == 0
    assert f"no runs, and left aside: {locks}" in capsys.readouterr().err
    code, line = refusal(capsys, locks, images, "--out", tmp_path / "other")
    assert code == 1 and "has no record.json; the run is not done" in line


def test_a_run_without_weights_and_a_folder_without_images_are_one_sentence(
    blocks: Blocks, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, (run, _) = blocks
    code, line = refusal(capsys, run, tmp_path, "--out", tmp_path / "out")
    assert code == 1 and "is empty, and no image; expected images in it" in line
    code, line = refusal(capsys, run, Path(read_folder(plan)), "--out", tmp_path / "out")
    assert code == 1 and "such as" in line and line.endswith("imagesTr")
    bare = tmp_path / run.name
    bare.mkdir()
    for name in ("record.json", "cell.json", "SHA256SUMS"):
        (bare / name).write_bytes((run / name).read_bytes())
    code, line = refusal(capsys, bare, tmp_path, "--out", tmp_path / "out")
    assert code == 2 and "has no checkpoint.pt, which holds the weights" in line


def read_folder(plan: Path) -> str:
    return str(json.loads(plan.read_text())["folder"])


def test_a_full_disk_is_one_sentence_and_leaves_what_was_whole(
    blocks: Blocks, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, (run, _) = blocks
    images, out = folders.test_images(plan, tmp_path / "images"), tmp_path / "out"
    save, seen = nibabel.save, list[Path]()

    def full(made: nibabel.Nifti1Image, path: Path) -> None:
        seen.append(path)
        if len(seen) == 2:
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")
        save(made, path)

    monkeypatch.setattr(nibabel, "save", full)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main("benchmark.predict", lambda: folders.predicted(run, images, "--out", out))
    assert ended.value.code == 1
    assert (
        "cannot be written (No space left on device); mend that and start the same command again"
        in (capsys.readouterr().err.splitlines()[-1])
    )
    assert len(list(out.glob("*.nii.gz"))) == 1
    assert list(out.rglob(".*")) == []

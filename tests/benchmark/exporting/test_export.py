"""An export gives what the network gives, or is not left; a card lies beside it."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from benchmark import export
from benchmark.command import main
from benchmark.exporting import formats
from tests.benchmark.predicting import folders

Slides = tuple[Path, Path]


def exported(*words: str | Path) -> int:
    return export.command([str(word) for word in words])


def refusal(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main("benchmark.export", lambda: exported(*words))
    (line,) = capsys.readouterr().err.splitlines()
    assert isinstance(ended.value.code, int)
    return ended.value.code, line


@pytest.mark.parametrize("form", ["torchscript", "safetensors", "onnx"])
def test_what_is_written_gives_what_the_network_gives(
    form: str,
    slides: Slides,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if form == "onnx":
        for name in formats.FORMATS["onnx"].packages:
            pytest.importorskip(name, reason=f"{name} is not installed; the extra export has it")
    plan, run = slides
    images = folders.test_images(plan, tmp_path / "images")
    out = tmp_path / "out" / "network.file"
    assert exported(run, "--to", form, "--out", out, "--images", images) == 0
    said = capsys.readouterr().out
    difference = float(said.split("largest difference ")[1].split()[0])
    allowed = float(said.split("allowed ")[1].split()[0])
    assert difference <= allowed <= 1e-2
    assert "on 1 slice, of logits up to" in said
    assert sorted(path.name for path in out.parent.iterdir()) == ["model-card.md", "network.file"]
    assert f"`{run.name}`" in (out.parent / "model-card.md").read_text()


def test_weights_come_with_what_must_be_known_of_them(slides: Slides, tmp_path: Path) -> None:
    plan, run = slides
    out = tmp_path / "weights.safetensors"
    assert (
        exported(run, "--to", "safetensors", "--out", out, "--images", folders.test_images(plan, tmp_path / "i")) == 0
    )
    with safe_open(str(out), "pt") as file:
        words = file.metadata()
        count = sum(file.get_tensor(name).numel() for name in file.keys() if "running" not in name)  # noqa: SIM118
    assert (words["run"], words["rule"], words["size"]) == (run.name, "last", "32")
    assert json.loads(words["labels"]) == {"background": 0, "label 200": 200}
    assert json.loads(words["windows"]) == [[0.0, 255.0]]
    assert words["use"] == "research only; not a medical device"
    assert 1_813_474 <= count < 1_813_474 + 100  # batch norms count their batches


def test_an_export_that_answers_otherwise_is_not_left(
    slides: Slides,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan, run = slides
    images, out = folders.test_images(plan, tmp_path / "images"), tmp_path / "out" / "network.pt"
    right = formats.FORMATS["torchscript"]
    for wrong in (lambda logits: logits + 0.5, lambda logits: logits * torch.nan, lambda logits: logits[:, :1]):

        def read(path: Path, network: torch.nn.Module, wrong: formats.Run = wrong) -> formats.Run:
            run = right.read(path, network)
            return lambda images: wrong(run(images))

        monkeypatch.setitem(formats.FORMATS, "torchscript", formats.Format(right.write, read, right.share))  # type: ignore[arg-type]
        code, line = refusal(capsys, run, "--to", "torchscript", "--out", out, "--images", images)
        assert code == 1 and "is not left: what was written as torchscript answers otherwise; largest diff" in line
        assert list(out.parent.iterdir()) == []


def test_packages_that_lack_are_named(
    slides: Slides,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(formats.importlib.util, "find_spec", lambda name: None)
    code, line = refusal(capsys, slides[1], "--to", "onnx", "--out", tmp_path / "a.onnx")
    assert code == 2
    assert "--to onnx needs onnx, onnxscript, onnxruntime, which this Python lacks" in line
    assert "pip install -e '.[export]'" in line


def test_what_is_there_is_not_replaced_unless_forced(
    slides: Slides,
    blocks,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan, run = slides
    images, out = folders.test_images(plan, tmp_path / "images"), tmp_path / "out" / "a.pt"
    out.parent.mkdir()
    out.write_bytes(b"mine")
    code, line = refusal(capsys, run, "--to", "torchscript", "--out", out, "--images", images)
    assert (code, out.read_bytes()) == (2, b"mine")
    assert "a.pt is there already; replace it with --force" in line
    assert exported(run, "--to", "torchscript", "--out", out, "--images", images, "--force") == 0
    other = (blocks[1][0], "--to", "safetensors", "--out", out.parent / "b", "--images", images)
    code, line = refusal(capsys, *other)
    assert code == 2 and "model-card.md is another run's; export into another folder" in line
    code, line = refusal(capsys, run, "--to", "safetensors", "--out", tmp_path / "c")
    assert code == 2 and "there are no slices to check by: " in line and "name images with --images" in line

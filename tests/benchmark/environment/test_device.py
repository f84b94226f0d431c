"""The device a run has, and its precision: bf16 where the device computes it itself, else fp32."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
import timm
import torch

from benchmark.environment import device
from benchmark.environment.device import describe, device_of, precision_on, processor, say_precision
from benchmark.errors import UsageError

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(("capability", "precision"), [((7, 0), "fp32"), ((7, 5), "fp32"), ((8, 0), "bf16")])
def test_a_gpu_has_bf16_from_ampere_on(
    capability: tuple[int, int], precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert precision_on(CUDA, "bf16") == precision


def test_a_gpu_that_is_not_here_is_taken_to_have_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert precision_on(CUDA, "bf16") == "bf16"


@pytest.mark.parametrize(("native", "precision"), [(True, "bf16"), (False, "fp32")])
def test_a_processor_has_bf16_where_its_convolutions_do(
    native: bool, precision: str, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: native)
    assert precision_on(CPU, "bf16") == precision
    say_precision(CPU, ["bf16"])
    assert ("fp32" in capsys.readouterr().out) == (not native)


def test_fp32_stays_wherever_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for native in (True, False):
        monkeypatch.setattr(device, "_computes_bf16", lambda device, native=native: native)
        assert precision_on(CPU, "fp32") == "fp32"


def test_a_gpu_by_number_is_refused_with_how_to_choose_one() -> None:
    with pytest.raises(UsageError, match=r"--device cuda:1: .* CUDA_VISIBLE_DEVICES=1 and --device cuda"):
        device_of("cuda:1")
    with pytest.raises(UsageError, match="--device cudax: known are auto, cpu, cuda"):
        device_of("cudax")


@pytest.mark.parametrize(
    ("cpuinfo", "taken", "told"),
    [
        ("processor\t: 0\nmodel name\t: Some Processor 9\nmodel name\t: other\n", "AVX2", "Some Processor 9, AVX2"),
        ("processor\t: 0\nmodel name\t: Some Processor 9\n", "DEFAULT", "Some Processor 9"),
        ("processor\t: 0\nCPU implementer\t: 0x41\n", "DEFAULT", "arm"),
        (None, "NEON", "arm, NEON"),
    ],
)
def test_a_processor_tells_its_name_and_what_torch_takes_of_it(
    cpuinfo: str | None, taken: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cpuinfo"
    if cpuinfo is not None:
        path.write_text(cpuinfo, encoding="utf-8")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: taken)
    monkeypatch.setattr(device.platform, "processor", lambda: "")
    monkeypatch.setattr(device.platform, "machine", lambda: "arm")
    assert processor(path) == told


def test_a_record_tells_the_versions_of_what_computes() -> None:
    found = describe(CPU)
    assert found["numpy"] == numpy.__version__
    assert found["timm"] == timm.__version__
    assert found["hardware"] in (device.platform.processor(), device.platform.machine())
    assert found["processor"] == processor()
    assert {"python", "torch", "scipy", "segmentation-models-pytorch", "hardware", "threads"} <= set(found)

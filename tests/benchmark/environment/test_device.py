"""The device a run has, and its precision: bf16 where the device computes it itself, else fp32."""

from __future__ import annotations

import pytest
import torch

from benchmark.environment import device
from benchmark.environment.device import device_of, precision_on, say_precision
from benchmark.errors import UsageError

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(("capability", "precision"), [((7, 0), "fp32"), ((7, 5), "fp32"), ((8, 0), "bf16")])
def test_a_gpu_has_bf16_from_ampere_on(
    capability: tuple[int, int], precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert precision_on(CUDA, "bf16") == precision


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

"""The device a run has, its precision there, and what a record tells of it."""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from benchmark.duration import CPUINFO
from benchmark.errors import UsageError

LIBRARIES = ("numpy", "scipy", "segmentation-models-pytorch", "timm")
"""What a run's numbers come from beside torch: slices, metrics, and networks that are not ours."""


def device_of(name: str) -> torch.device:
    """Return the device of ``auto``, ``cpu`` or ``cuda``."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name.startswith("cuda:"):
        raise UsageError(
            f"--device {name}: a run sees one GPU, its first; say which with CUDA_VISIBLE_DEVICES={name[5:]} and"
            " --device cuda"
        )
    if name not in ("cpu", "cuda"):
        raise UsageError(f"--device {name}: known are auto, cpu, cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: this torch sees no CUDA device; use --device cpu")
    return torch.device(name)


def device_named(device: torch.device) -> str:
    """Return the card's name of a GPU, else the kind of device: on another one the same numbers are not to be had."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def precision_on(device: torch.device, wished: str) -> str:
    """Return the precision that a run on a device has: ``bf16`` where the device computes it itself, else ``fp32``.

    A processor or GPU without it (AVX2, V100, T4) gets the same by emulation, nine times slower than in 32 bits. A GPU
    of another machine, for which a sweep is planned on one that has none, is taken to compute it.
    """
    return wished if wished != "bf16" or _computes_bf16(device) else "fp32"


def say_precision(device: torch.device, wished: Collection[str]) -> None:
    """Print that this device runs in another precision than presets ask for; nothing where it doesn't."""
    if any(precision_on(device, one) != one for one in wished):
        print(f"precision: fp32, since this {device.type} computes bf16 by emulation only")


def _computes_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        known = torch.version.hip is None and torch.cuda.is_available()
        return not known or torch.cuda.get_device_capability(device)[0] >= 8
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):  # a torch without oneDNN, whose other kernels have no fast bf16
        return False


def describe(device: torch.device) -> dict[str, str | int]:
    """Return what a reader needs to judge a number's origin: machine, Python, and the versions of what computes."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "torch": torch.__version__,
        **dict(_versions()),
        "device": device.type,
        **({"hardware": device_named(device)} if device.type == "cuda" else _of_processor()),
        "threads": torch.get_num_threads(),
    }


def _versions() -> Iterator[tuple[str, str]]:
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):  # another distribution may bring the same module
            yield name, version(name)


def _of_processor() -> dict[str, str]:
    """Return the kind of processor, by which prices and bands know a machine, and which one it is."""
    return {"hardware": platform.processor() or platform.machine(), "processor": processor()}


def processor(cpuinfo: Path = CPUINFO) -> str:
    """Return the processor's name and which of its instructions torch takes, such as AVX512, which decide its pace."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux
        text = ""
    named = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), "")
    taken = torch.backends.cpu.get_cpu_capability()
    kind = named or platform.processor() or platform.machine()
    return kind if taken in ("DEFAULT", "") else f"{kind}, {taken}"

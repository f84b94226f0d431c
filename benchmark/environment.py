"""What a run was made with: versions, device, commit, memory."""

from __future__ import annotations

import gc
import platform
import resource
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from functools import cache
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
PROC = Path("/proc/self")
GIT_SECONDS = 60  # a large checkout on a slow disk


def device_of(name: str) -> torch.device:
    """Return the device of ``auto``, ``cpu`` or ``cuda``."""
    from benchmark.errors import UsageError

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


def precision_on(device: torch.device, wished: str) -> str:
    """Return the precision that a run on a device has: ``bf16`` where the device computes it itself, else ``fp32``.

    A processor or GPU without it (AVX2, V100, T4) gets the same by emulation, nine times slower than in 32 bits.
    """
    return wished if wished != "bf16" or _computes_bf16(device) else "fp32"


def say_precision(device: torch.device, wished: Collection[str]) -> None:
    """Print that this device runs in another precision than presets ask for; nothing where it doesn't."""
    if any(precision_on(device, one) != one for one in wished):
        print(f"precision: fp32, since this {device.type} computes bf16 by emulation only")


def _computes_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.version.hip is not None or torch.cuda.get_device_capability(device)[0] >= 8
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):  # a torch without oneDNN, whose other kernels have no fast bf16
        return False


def describe(device: torch.device) -> dict[str, str | int]:
    """Return what a reader needs to judge a number's origin."""
    hardware = (
        torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    )
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "torch": torch.__version__,
        "device": device.type,
        "hardware": hardware,
        "threads": torch.get_num_threads(),
    }


@cache
def commit() -> tuple[str | None, bool]:
    """Return the checkout's commit, when this process first asked, and whether tracked files differed from it.

    (None, False) outside git. RunError where git does not answer, which is not remembered: the next call asks again.
    """
    try:
        head = git("rev-parse", "HEAD")
    except OSError:  # no git on this machine
        return None, False
    if not head:
        return None, False
    return head.decode().strip(), bool(git("status", "--porcelain", "--untracked-files=no"))


def reset_peak_memory(device: torch.device) -> None:
    """Forget earlier peaks, so that a process's second cell doesn't report its first one's.

    On a GPU the blocks that the first one's tensors left are given back too. Where the system can't (no /proc), the
    peak stays that of the whole process.
    """
    if device.type == "cuda":
        torch.cuda.init()  # type: ignore[no-untyped-call]  # before it there is no allocator whose peak could be reset
        give_back_memory()
        torch.cuda.reset_peak_memory_stats(device)
        return
    with suppress(OSError):
        (PROC / "clear_refs").write_text("5")  # Linux, proc_pid_clear_refs(5): 5 resets the peak resident size


def give_back_memory() -> None:
    """Give a GPU back what this process's last cell left in the allocator, for cells of other processes.

    Nothing where the process has not used a GPU.
    """
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        gc.collect()
        torch.cuda.empty_cache()


def peak_memory_mib(device: torch.device) -> float:
    """Return peak memory in MiB since the last reset: the device's where it has its own, else resident memory.

    A device's is what torch's allocator held of it (reserved), which other processes can't have, whether tensors
    filled it or not; the process's CUDA context comes beside it.
    Older records of a GPU tell of the tensors alone.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device) / 2**20
    if (PROC / "status").exists():
        lines = (PROC / "status").read_text().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2**10
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kib / (2**20 if sys.platform == "darwin" else 2**10)


def git(*words: str) -> bytes:
    """Return what git says of the checkout, nothing where it refuses (as outside a repository).

    RunError where it is stopped or takes a minute: taken for a refusal, a run would deny its commit or its changes.
    OSError where there is no git.
    """
    from benchmark.errors import RunError

    asked = f"git {words[0]} in {ROOT}"
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False, timeout=GIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise RunError(f"{asked} took longer than {GIT_SECONDS} s; a run must say of which code it is") from None
    if done.returncode < 0:
        raise RunError(f"{asked} was stopped by signal {-done.returncode}; a run must say of which code it is")
    return done.stdout if done.returncode == 0 else b""

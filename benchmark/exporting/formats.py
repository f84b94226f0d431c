"""The formats of an export: how a network is written, and how the file is run again to be compared."""

from __future__ import annotations

import copy
import importlib.util
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmark.errors import UsageError

Run = Callable[[Tensor], Tensor]
Words = Mapping[str, str]


@dataclass(frozen=True)
class Format:
    """One format. write: a network, slices that it takes, what to keep beside the weights, and the file.

    read: the file and a network of the same kind, for a format that holds weights alone. share: of the largest logit,
    by which outputs may differ. packages: what it needs beyond the usual ones.
    """

    write: Callable[[nn.Module, Tensor, Words, Path], None]
    read: Callable[[Path, nn.Module], Run]
    share: float
    packages: tuple[str, ...] = ()


def require(name: str) -> None:
    """Raise UsageError where a format's packages are not installed."""
    lacking = [one for one in FORMATS[name].packages if importlib.util.find_spec(one) is None]
    if lacking:
        raise UsageError(
            f"--to {name} needs {', '.join(lacking)}, which this Python lacks; .venv/bin/python -m pip install -e "
            "'.[export]' installs them"
        )


def plain(network: nn.Module) -> nn.Module:
    """Return a copy of a network on the CPU, in 32 bits, its weights one behind the other."""
    return copy.deepcopy(network).cpu().float().to(memory_format=torch.contiguous_format).eval().requires_grad_(False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what torch says of its own formats' future."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _to_torchscript(network: nn.Module, images: Tensor, words: Words, path: Path) -> None:
    with _quiet():
        traced = torch.jit.trace(network, images, check_trace=False)  # type: ignore[no-untyped-call]
        torch.jit.save(traced, str(path), _extra_files=dict(words))


def _of_torchscript(path: Path, network: nn.Module) -> Run:
    with _quiet():
        run: Run = torch.jit.load(str(path))  # type: ignore[no-untyped-call]
    return run


def _to_onnx(network: nn.Module, images: Tensor, words: Words, path: Path) -> None:
    import onnx

    with _quiet():
        torch.onnx.export(
            network,
            (images,),
            str(path),
            input_names=["images"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("slices")},),
            external_data=False,
            dynamo=True,
            verbose=False,
        )
        model = onnx.load(str(path))
        onnx.helper.set_model_props(model, dict(words))
        onnx.save(model, str(path))


def _of_onnx(path: Path, network: nn.Module) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda images: torch.from_numpy(session.run(None, {"images": images.numpy()})[0])


def _to_safetensors(network: nn.Module, images: Tensor, words: Words, path: Path) -> None:
    from safetensors.torch import save_file

    weights = {name: value.clone().contiguous() for name, value in network.state_dict().items()}
    save_file(weights, str(path), metadata=dict(words))


def _of_safetensors(path: Path, network: nn.Module) -> Run:
    from safetensors.torch import load_file

    fresh = copy.deepcopy(network)
    with torch.no_grad():
        for value in fresh.state_dict().values():
            value.zero_()  # so that what the file lacks is seen
    fresh.load_state_dict(load_file(str(path)))
    return fresh


FORMATS: Mapping[str, Format] = {
    "torchscript": Format(_to_torchscript, _of_torchscript, 1e-5),
    "onnx": Format(_to_onnx, _of_onnx, 1e-4, ("onnx", "onnxscript", "onnxruntime")),
    "safetensors": Format(_to_safetensors, _of_safetensors, 0.0),
}

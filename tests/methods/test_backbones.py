"""Backbones are tried before data are read: names, sizes, batches of one and weights, each in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch

from benchmark.cells.choice import choose
from benchmark.cells.wish import Wish
from benchmark.errors import UsageError
from methods.errors import MethodError, MethodUsageError
from methods.networks import trial
from methods.networks.factory import Networks, check_trainable
from methods.networks.smp import SmpSegmenter


def refusal(backbone: str, weights: str | None = None, side: int = 64, slices: int = 2) -> str:
    with pytest.raises(MethodUsageError) as raised:
        check_trainable(backbone, weights, side, slices)
    (line,) = str(raised.value).splitlines()
    return line


@pytest.mark.parametrize(
    ("backbone", "line"),
    [
        ("tu-resnet81", "--backbone: no encoder 'tu-resnet81' in timm; did you mean tu-resnet18?"),
        ("tu-resnet18.nosuch", "cannot be built (Invalid pretrained tag (nosuch) for resnet18); name another encoder"),
        ("tu-test_vit", "--backbone unet:tu-test_vit cannot be built (Unsupported model downsampling pattern)"),
        ("unetplusplus:mit_b0", "--backbone unetplusplus:mit_b0 cannot be built"),
        ("deeplabv3:vgg11", "--backbone deeplabv3:vgg11 cannot be built"),
        ("", "--backbone: no encoder ''"),
    ],
)
def test_what_cannot_be_built_is_named(backbone: str, line: str) -> None:
    assert line in refusal(backbone)


@pytest.mark.parametrize(
    ("backbone", "weights", "line"),
    [
        ("resnet18", "imagenett", "encoder resnet18 has no weights 'imagenett'; did you mean imagenet?"),
        ("tu-resnet18", "a1_in1k", "encoder tu-resnet18 has no weights 'a1_in1k'; a timm encoder's are named with it"),
        ("tu-test_resnet.nosuch", "imagenet", "encoder tu-test_resnet.nosuch has no pretrained weights"),
        ("unet", "imagenet", "--backbone unet has no pretrained weights; drop --set weights, or name an encoder"),
    ],
)
def test_weights_that_nobody_has_are_named(backbone: str, weights: str, line: str) -> None:
    assert line in refusal(backbone, weights)


def test_weights_that_cannot_be_fetched_are_one_sentence_and_no_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    import segmentation_models_pytorch as smp

    create = smp.create_model

    def offline(*words: Any, encoder_weights: str | None, **values: Any) -> Any:
        if encoder_weights is not None:
            raise ConnectionError("the network is unreachable\nsecond line")
        return create(*words, encoder_weights=None, **values)

    monkeypatch.setattr(smp, "create_model", offline)
    monkeypatch.setattr(trial, "reach", lambda *_: None)
    with pytest.raises(MethodError) as raised:
        check_trainable("resnet18", "imagenet", 64, 4)
    assert str(raised.value) == (
        "weights imagenet of encoder resnet18 cannot be fetched (the network is unreachable); drop --set weights, or "
        "fetch them once where there is a network"
    )
    assert raised.value.exits_with == 1


class Hub:
    """A session of a client of the hub that counts its questions; silent: whether nobody answers."""

    def __init__(self, silent: bool) -> None:
        self.asked, self.silent = list[tuple[str, float]](), silent

    def head(self, address: str, timeout: float) -> None:
        self.asked.append((address, timeout))
        if self.silent:
            raise ConnectionError("nobody answers")


@pytest.mark.parametrize(
    ("encoder", "address"),
    [
        ("resnet18", "https://hub.test/smp-hub/resnet18.imagenet"),
        ("tu-resnet18.a1_in1k", "https://hub.test/timm/resnet18.a1_in1k"),
    ],
)
@pytest.mark.parametrize("silent", [True, False])
def test_weights_that_are_not_here_are_named_and_their_hub_asked_once(
    monkeypatch: pytest.MonkeyPatch, capsys, tmp_path: Path, encoder: str, address: str, silent: bool
) -> None:
    hub, built = Hub(silent), list[str]()
    monkeypatch.setattr(huggingface_hub, "get_session", lambda: hub)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "https://hub.test")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(trial, "built", lambda architecture, encoder, classes, weights: built.append(encoder))
    if silent:
        with pytest.raises(MethodError, match=r"weights imagenet of encoder .* cannot be fetched \(nobody answers\)"):
            trial.try_weights("unet", encoder, "imagenet")
    else:
        trial.try_weights("unet", encoder, "imagenet")
    assert hub.asked == [(address, 5.0)] and len(built) == (0 if silent else 1)
    assert f"weights imagenet of encoder {encoder}: fetching {address}" in capsys.readouterr().err
    kept = tmp_path / f"models--{address.removeprefix('https://hub.test/').replace('/', '--')}" / "snapshots" / "0"
    kept.mkdir(parents=True)
    (kept / "model.safetensors").touch()
    trial.try_weights("unet", encoder, "imagenet")
    assert len(hub.asked) == 1 and not capsys.readouterr().err


def test_an_architecture_that_needs_larger_slices_is_refused_small_ones_and_takes_others() -> None:
    assert "takes no slices of 64 x 64" in refusal("pan:resnet18")
    assert "such as --set size=128" in refusal("pan:resnet18")
    check_trainable("pan:resnet18", None, 128, 2)
    network = Networks("pan:resnet18", 4, weights=None, seed=0).initialize(Networks.segmenter)
    assert network(torch.zeros(2, 1, 128, 128)).shape == (2, 4, 128, 128)


def test_an_encoder_of_a_fixed_size_is_refused_another_and_takes_its_own() -> None:
    assert refusal("tu-maxvit_tiny_tf_224").endswith("it was made for --set size=224")
    check_trainable("tu-maxvit_tiny_tf_224", None, 224, 2)


def test_an_encoder_of_three_channels_by_paper_takes_one() -> None:
    check_trainable("mit_b0", None, 64, 1)


@pytest.mark.parametrize("backbone", ["deeplabv3:resnet18", "deeplabv3plus:resnet18", "upernet:resnet18"])
def test_a_pooled_branch_is_refused_a_pass_of_one_slice(backbone: str) -> None:
    assert "--set labeled_batch=2" in refusal(backbone, slices=1)
    check_trainable(backbone, None, 64, 2)


def test_a_pass_of_one_slice_that_nobody_foresaw_is_the_same_sentence() -> None:
    network = SmpSegmenter("deeplabv3plus", "resnet18", 4, None).train()
    with pytest.raises(MethodUsageError, match="in a pass of one slice; give each pass two"):
        network(torch.zeros(1, 1, 64, 64))
    assert network(torch.zeros(2, 1, 64, 64)).shape == (2, 4, 64, 64)
    assert network.eval()(torch.zeros(1, 1, 64, 64)).shape == (1, 4, 64, 64)


def test_a_trial_draws_nothing_that_a_run_draws_later() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    check_trainable.__wrapped__("resnet18", None, 64, 2)
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize(
    ("wish", "line"),
    [
        ({"backbone": "deeplabv3plus:resnet18", "set": {"labeled_batch": 1}}, "--backbone deeplabv3plus:resnet18 aver"),
        ({"method": "ctct", "set": {"transformer": "unet:mit_b9"}}, "--set transformer: no encoder 'mit_b9'; did you"),
        ({"method": "ctct", "set": {"transformer": 3}}, "--set transformer=3: Input should be a valid string"),
    ],
)
def test_a_wish_for_it_names_the_option(wish: dict[str, Any], line: str) -> None:
    with pytest.raises((UsageError, MethodUsageError)) as raised:
        choose(Wish(**{"method": "supervised", "preset": "smoke", **wish}), "cpu")
    assert str(raised.value).startswith(line)


def test_methods_that_pass_both_batches_together_take_a_labelled_slice() -> None:
    wish = {"backbone": "deeplabv3plus:resnet18", "set": {"labeled_batch": 1, "unlabeled_batch": 2}}
    assert choose(Wish(method="mean_teacher", preset="smoke", **wish), "cpu").schedule.labeled_batch == 1

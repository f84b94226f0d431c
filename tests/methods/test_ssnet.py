"""SS-Net: what a perturbation is kept to, which pixels become prototypes, and where the terms' gradients go."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from methods import registry
from methods.base import Stage
from methods.errors import MethodUsageError
from methods.parts.adversarial import draw_direction, soft_dice_loss
from methods.parts.ssnet_config import SsNetConfig
from methods.parts.supervised import dice_loss, segmentation_loss
from methods.ssnet import SmoothnessAndSeparation
from tests.contract.toy import SIZE, TASK, batch_for
from tests.methods.toy_runs import clock, made, moved, weights_after
from tests.thin_network import thin_network


@pytest.fixture(autouse=True)
def thin() -> Iterator[None]:
    """Let every test here train thin networks."""
    with thin_network():
        yield


def method(fidelity: str = "fixed", **overrides: object) -> tuple[SmoothnessAndSeparation, Stage]:
    built, stage = made("ssnet", fidelity, **overrides)
    assert isinstance(built, SmoothnessAndSeparation)
    return built, stage


def still(built: SmoothnessAndSeparation) -> SmoothnessAndSeparation:
    """Return the method without dropout, so that passes can be made again."""
    for part in built.network.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    return built


class Passes:
    """The images of each pass of a network, and whether batch norm follows them."""

    def __init__(self, built: SmoothnessAndSeparation) -> None:
        self.images, self.followed = list[Tensor](), list[bool]()
        maps, norms = built.network.maps, [part for part in built.network.modules() if isinstance(part, nn.BatchNorm2d)]

        def watched(images: Tensor) -> object:
            self.images.append(images.detach())
            self.followed.append(all(norm.track_running_stats for norm in norms))
            return maps(images)

        built.network.maps = watched  # the network's forward goes through it


@pytest.mark.parametrize(("fidelity", "passes"), [("fixed", 3), ("official", 4)])
def test_an_update_passes_the_slices_then_probes_then_the_perturbed_ones(fidelity: str, passes: int) -> None:
    built, stage = method(fidelity)
    seen, batch = Passes(built), batch_for(stage)
    built.step(batch, clock())
    whole = torch.cat(batch.view("weak"))
    clean = passes - 2
    assert len(seen.images) == passes
    assert all(torch.equal(images, whole) for images in seen.images[:clean])
    assert seen.followed == [True] * clean + [False] * 2
    lengths = [(images - whole).flatten(1).norm(dim=1).tolist() for images in seen.images[clean:]]
    assert lengths[0] == pytest.approx([10 * SIZE / 256] * 4, rel=1e-4)
    assert lengths[1] == pytest.approx([6 * SIZE / 256] * 4, rel=1e-4)
    random = draw_direction(whole, torch.Generator().manual_seed(0))
    torch.testing.assert_close((seen.images[clean] - whole) / lengths[0][0], random, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("side", "channels"), [(256, 1), (128, 1), (64, 2)])
def test_a_perturbation_is_the_same_a_pixel_at_every_size(side: int, channels: int) -> None:
    # 6 over 256 x 256 pixels is 6 / 256 a pixel
    length = 6 * math.sqrt(channels * side * side) / 256
    assert length / math.sqrt(channels * side * side) == pytest.approx(6 / 256)
    config = SsNetConfig()
    images = torch.rand(1, channels, side, side)

    class Flat(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.seen = list[Tensor]()

        def forward(self, given: Tensor) -> Tensor:
            self.seen.append(given.detach())
            return torch.cat([given[:, :1], 1 - given[:, :1].square()], 1)

    built, network = SmoothnessAndSeparation.__new__(SmoothnessAndSeparation), Flat()
    nn.Module.__init__(built)
    built.config, built.network = config, network
    built.smoothness(images, network(images).softmax(1), clock())
    assert (network.seen[-1] - images).norm().item() == pytest.approx(length, rel=1e-4)


def test_the_smoothness_term_is_the_gap_to_the_updates_own_prediction() -> None:
    built, stage = method()
    still(built)
    seen, batch = Passes(built), batch_for(stage)
    before = {name: value.clone() for name, value in built.state_dict().items()}
    values = built.step(batch, clock())
    built.load_state_dict(before)
    clean, moved = (built.network(images).softmax(1) for images in (seen.images[0], seen.images[2]))
    assert float(values["smoothness"]) == pytest.approx(soft_dice_loss(moved, clean).item(), rel=1e-4)
    assert float(values["smoothness"]) > 0


def slow_separation(built: SmoothnessAndSeparation, features: Tensor, guessed: Tensor, masks: Tensor) -> float:
    """Return the released computation, a class and a pixel at a time, of a method that remembers nothing yet."""
    classes, config = TASK.classes, built.config
    flat = features.permute(0, 2, 3, 1).reshape(-1, features.shape[1])
    known = masks.flatten()
    right = (guessed[: len(masks)].flatten() == known) & (known > 0)

    def scores(part: object, vectors: Tensor, kind: int) -> Tensor:
        norm = nn.BatchNorm1d(config.embedding)
        norm.weight, norm.bias = nn.Parameter(part.scale[kind].detach()), nn.Parameter(part.shift[kind].detach())
        hidden = functional.leaky_relu(norm(part.first[kind](vectors)), 0.2)
        return hidden @ part.last.weight[kind] + part.last.bias[kind]

    kept: list[Tensor | None] = []
    built.project.eval()
    for kind in range(classes):
        mine = built.project(flat[: len(known)][right & (known == kind)])
        if len(mine) > config.prototypes:
            order = scores(built.selectors, mine, kind).argsort(descending=config.kept == "highest")
            mine = mine[order[: config.prototypes]]
        kept.append(functional.normalize(mine, dim=1) if len(mine) > 1 else None)
    built.project.train()
    total = 0.0
    for part, labels in ((flat[: len(known)], known), (flat[len(known) :], guessed[len(masks) :].flatten())):
        vectors = built.predict(built.project(part))
        for kind in range(classes):
            mine, memory = vectors[labels == kind], kept[kind]
            if len(mine) < 2 or memory is None:
                continue
            far = 1 - functional.normalize(mine, dim=1) @ memory.T
            weight = scores(built.selectors, mine, kind).sigmoid()
            far = far * (weight * len(weight) / weight.sum()).unsqueeze(1)
            if config.prototype_weights == "learned":
                share = scores(built.prototype_selectors, memory, kind).sigmoid()
                far = far * (share * len(share) / share.sum())
            total += far.mean().item() / classes
    return total


@pytest.mark.parametrize("fidelity", ["fixed", "official"])
def test_the_separation_equals_the_loop(fidelity: str) -> None:
    built, _ = method(fidelity)
    rng = torch.Generator().manual_seed(0)
    features = torch.randn(3, built.network.decoder_channels[-1], 16, 16, generator=rng)
    guessed = torch.randint(0, TASK.classes, (3, 16, 16), generator=rng)
    masks = torch.where(torch.rand(2, 16, 16, generator=rng) < 0.7, guessed[:2], 0)
    wanted = slow_separation(copy.deepcopy(built), features, guessed, masks)
    found = built.separation(features, guessed, masks)
    assert built.memory.filled.sum(1).tolist() == [0, 32, 32, 32]
    assert found.item() == pytest.approx(wanted, rel=1e-5)
    assert found.item() > 0.1


def test_prototypes_are_pixels_of_structures_that_were_predicted_right() -> None:
    built, _ = method(prototypes=4)
    features = torch.randn(2, built.network.decoder_channels[-1], 8, 8)
    masks, guessed = torch.zeros(1, 8, 8, dtype=torch.long), torch.zeros(2, 8, 8, dtype=torch.long)
    masks[0, :3], guessed[0, :3] = 1, 1  # right
    masks[0, 3], guessed[0, 3] = 2, 3  # wrong
    masks[0, 4, :3], guessed[0, 4, :3] = 3, 3  # right, fewer than are kept
    pixels = copy.deepcopy(built.project).eval()(features[0, :, 4, :3].T)
    built.separation(features, guessed, masks)
    assert built.memory.filled.sum(1).tolist() == [0, 4, 0, 3]
    found = built.memory.vectors[3, :3]
    assert torch.cdist(found, pixels).amin(1).tolist() == pytest.approx([0] * 3, abs=1e-6)


def test_a_coarser_map_takes_labels_at_its_own_size() -> None:
    built, _ = method()
    masks = torch.zeros(1, 8, 8, dtype=torch.long)
    masks[0, :4] = 1
    guessed = masks.repeat(2, 1, 1)
    features = torch.randn(2, built.network.decoder_channels[-1], 4, 4)
    built.separation(features, guessed, masks)
    assert built.memory.filled.sum(1).tolist() == [0, 8, 0, 0]


def test_the_terms_of_a_step_have_the_papers_proportions() -> None:
    built, stage = method(weight=2.0, ramp=0.0, separation=0.25)
    values = {name: float(value) for name, value in built.step(batch_for(stage), clock()).items()}
    wanted = values["supervised"] + 2 * (values["smoothness"] + 0.25 * values["separation"])
    assert values["total"] == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("fidelity", ["fixed", "official"])
def test_the_supervised_term_is_that_of_the_fidelity(fidelity: str) -> None:
    built, stage = method(fidelity)
    still(built)
    batch = batch_for(stage)
    before = {name: value.clone() for name, value in built.state_dict().items()}
    values = built.step(batch, clock())
    built.load_state_dict(before)
    logits = built.network(torch.cat(batch.view("weak")))[:2]
    wanted = {"fixed": segmentation_loss(logits, batch.masks), "official": dice_loss(logits, batch.masks, 1e-10)}
    assert float(values["supervised"]) == pytest.approx(wanted[fidelity].item(), rel=1e-4)


def test_each_term_moves_the_network_and_separation_its_heads_and_selectors() -> None:
    plain = weights_after("ssnet", weight=0.0, weight_decay=0.0)
    before = {key: value.detach() for key, value in method()[0].named_parameters()}
    assert not any(not key.startswith("network") for key in moved(before, plain))
    smooth = moved(plain, weights_after("ssnet", weight=10.0, separation=0.0, ramp=0.0, weight_decay=0.0))
    assert smooth and all(key.startswith("network") for key in smooth)
    parts = {key.split(".")[0] for key in moved(plain, weights_after("ssnet", weight=10.0, ramp=0.0, weight_decay=0.0))}
    assert parts == {"network", "project", "predict", "selectors", "prototype_selectors"}


def test_under_official_prototypes_count_alike() -> None:
    built, stage = method("official", ramp=0.0, weight_decay=0.0)
    before = {key: value.clone() for key, value in built.prototype_selectors.named_parameters()}
    built.step(batch_for(stage), clock())
    assert all(torch.equal(value, before[key]) for key, value in built.prototype_selectors.named_parameters())


def test_the_codes_values() -> None:
    official, fixed = (registry.configure("ssnet", name, {}) for name in ("official", "fixed"))
    assert isinstance(official, SsNetConfig) and isinstance(fixed, SsNetConfig)
    choices = [(one.clean, one.kept, one.prototype_weights, one.supervised, one.lr_power) for one in (official, fixed)]
    assert choices == [
        ("own", "lowest", "alike", "dice", 0.0),
        ("shared", "highest", "learned", "cross_entropy_dice", 0.9),
    ]
    values = [(one.weight, one.separation, one.magnitude, one.probe, one.rounds) for one in (official, fixed)]
    assert values == [(0.1, 0.1, 6.0, 10.0, 1)] * 2
    assert [(one.embedding, one.prototypes) for one in (official, fixed)] == [(32, 32)] * 2


@pytest.mark.parametrize(("field", "value"), [("prototypes", 1), ("magnitude", 0.0), ("kept", "all")])
def test_a_value_out_of_bounds_is_named(field: str, value: object) -> None:
    with pytest.raises(MethodUsageError, match=f"--set {field}={value}"):
        registry.configure("ssnet", "fixed", {field: value})

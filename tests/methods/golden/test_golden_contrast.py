"""The anatomical contrast alone, its head and the loss on pseudo-labels are the released ones."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from methods.networks.unet import CHANNELS
from methods.parts.action_config import ActionConfig
from methods.parts.anatomical import anatomical_contrast
from methods.parts.convolved import ConvolvedHead
from methods.parts.fidelity import fidelities
from methods.parts.labels import one_hot
from methods.parts.pseudo import PSEUDO_LOSSES, share_above
from tests.methods.golden.conftest import Compare
from tests.methods.golden.pixel_draws import Contrasted
from tests.methods.golden.released import blocks, drawn, fill, sorted_weights, update_of

CASES = ("all_classes", "class_absent", "class_without_hard_pixels", "one_class_only")
SIZE = 32


class Stored:
    """Vectors that are there already: a representation head that does nothing."""

    def at(self, maps: Sequence[Tensor], pixels: Tensor, size: tuple[int, int]) -> Tensor:
        return self.everywhere(maps, size)[pixels]

    def everywhere(self, maps: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
        return maps[0].movedim(1, -1).flatten(0, 2)

    def mean(self, maps: Sequence[Tensor], membership: Tensor) -> Tensor:
        total = torch.einsum("nkhw,nchw->kc", membership.to(maps[0].dtype), maps[0])
        return total / membership.sum((0, 2, 3)).clamp_min(1).unsqueeze(1)


def scene(number: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return vectors (4, 16, 32, 32), probabilities and membership (4, 4, 32, 32) of a case."""
    masks = blocks(4, SIZE, 90 + number, 0)
    masks = np.minimum(masks, {"class_absent": 2, "one_class_only": 0}.get(CASES[number], 3))
    rows = drawn(90 + number, 5).standard_normal((4, 16))
    vectors = drawn(90 + number, 1).standard_normal((4, 16, SIZE, SIZE)) + rows[masks].transpose(0, 3, 1, 2)
    logits = 2 * drawn(90 + number, 2).standard_normal((4, 4, SIZE, SIZE)) + 3 * np.eye(4)[masks].transpose(0, 3, 1, 2)
    probabilities = torch.from_numpy(logits).softmax(1)
    if CASES[number] == "class_without_hard_pixels":
        probabilities[:, 1] = 0.999
    valid = torch.from_numpy(drawn(90 + number, 3).random((4, SIZE, SIZE)) >= 0.7)
    valid[:2] = True
    return torch.from_numpy(vectors), probabilities, one_hot(torch.from_numpy(masks), 4, valid)


@pytest.mark.parametrize("number", range(len(CASES)), ids=CASES)
def test_the_contrast_and_its_gradient_are_the_released_ones(compare: Compare, number: int) -> None:
    there = update_of("contrast", CASES[number])
    vectors, probabilities, membership = scene(number)
    official = ActionConfig(**{**fidelities(ActionConfig)["official"], "queries": 12, "negatives": 24})
    pixels, levels = Contrasted(there), [vectors.requires_grad_()]
    loss = anatomical_contrast(Stored(), levels, probabilities, membership, official.sampling(4), pixels.draw)
    compare("action", "contrast", loss.detach(), there["value"])
    pixels.matches(compare, "action", "")
    loss.backward()
    gradient = vectors.grad
    assert gradient is not None
    if "gradient_norm_per_slice" not in there:
        assert torch.equal(gradient, torch.zeros_like(gradient))
        return
    compare("action", "gradient of the contrast", gradient.flatten(1).norm(dim=1), there["gradient_norm_per_slice"])
    of_channels = gradient.movedim(1, 0).flatten(1).norm(dim=1)
    compare("action", "gradient of the contrast", of_channels, there["gradient_norm_per_channel"])


def test_vectors_of_the_representation_head_are_the_released_ones(compare: Compare) -> None:
    there = update_of("contrast", "head")
    head = ConvolvedHead(CHANNELS[::-1], 32, "corners").double()
    fill(sorted_weights(head, "representation_32"), 3)
    maps = [
        torch.from_numpy(drawn(95, level).standard_normal((2, channels, 2 * 2**level, 2 * 2**level)))
        for level, channels in enumerate(CHANNELS[::-1])
    ]
    image, row, column = torch.from_numpy(there["positions"].astype(np.int64)).T
    vectors = head.at(maps, (image * SIZE + row) * SIZE + column, (SIZE, SIZE)).detach()
    compare("action", "representation", vectors, there["vectors"])
    every = head.at(maps, torch.arange(2 * SIZE * SIZE), (SIZE, SIZE)).detach()
    compare("action", "representation", every.norm(dim=0), there["norm_per_channel"])


@pytest.mark.parametrize(("number", "case"), enumerate(("all_classes", "no_class3", "only_background")))
def test_the_loss_on_pseudo_labels_and_its_gradient_are_the_released_ones(
    compare: Compare, number: int, case: str
) -> None:
    there = update_of("losses", case)
    masks = np.minimum(blocks(3, SIZE, 60 + number, 0), 3 - number if number < 2 else 0)
    hot = np.eye(4)[masks].transpose(0, 3, 1, 2)
    logits = torch.from_numpy(2 * drawn(60 + number, 1).standard_normal((3, 4, SIZE, SIZE)) + 1.5 * hot)
    confidence = torch.from_numpy(drawn(60 + number, 5).random((3, SIZE, SIZE)))
    loss_of = PSEUDO_LOSSES[fidelities(ActionConfig)["official"]["unsupervised_over"]]
    loss = loss_of(logits.requires_grad_(), torch.from_numpy(masks), share_above(confidence, 0.5))
    compare("action", "loss", loss.detach(), there["action_unsupervised"])
    loss.backward()
    assert logits.grad is not None
    norms = logits.grad.movedim(1, 0).flatten(1).norm(dim=1)
    compare("action", "gradient", norms, there["action_unsupervised_gradient_norm_per_class"])


def test_pixels_without_a_loss_stay_out_of_the_mean_as_in_the_released_code(compare: Compare) -> None:
    there = update_of("losses", "action_unsupervised_zeros")
    masks = blocks(3, SIZE, 60, 0)
    sure = (drawn(70, 0).random((3, SIZE, SIZE)) < 0.6)[:, None]
    hot = np.eye(4)[masks].transpose(0, 3, 1, 2)
    logits = torch.from_numpy(np.where(sure, 200 * hot, drawn(70, 1).standard_normal((3, 4, SIZE, SIZE))))
    shares = share_above(torch.from_numpy(drawn(70, 2).random((3, SIZE, SIZE))), 0.5)
    compare("action", "loss", shares, there["confident_share_per_slice"])
    released, ours = (PSEUDO_LOSSES[over](logits, torch.from_numpy(masks), shares) for over in ("positive", "all"))
    compare("action", "loss", released, there["value"])
    compare("action", "loss", ours, there["mean_over_all_pixels_instead"])

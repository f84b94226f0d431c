"""Grey-value changes one after the other, each of some slices: what nnU-Net does to its patches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from data.intensity import Chance, blurred

SMALL = 1e-7
"""The least spread that is divided by: channels of one grey value stay as they are."""
Range = tuple[float, float, float]
"""A probability, and the least and the most of what is drawn then."""


@dataclass(frozen=True)
class Drawn:
    """What each channel of each slice (N, C, 1, 1) gets; what it does not get changes nothing.

    noise: standard deviation, in those of the slice's channel. sigma_px: pixels of a 256-pixel image, 0 for no blur.
    brightness, contrast: factors. zoom: side of the coarse grid over the slice's. inverted, gamma: exponents of the
    channel upside down, and of the channel.
    """

    noise: Tensor
    sigma_px: Tensor
    brightness: Tensor
    contrast: Tensor
    zoom: Tensor
    inverted: Tensor
    gamma: Tensor


@dataclass(frozen=True)
class InTurn:
    """Noise, blur, brightness, contrast, a coarse grid and two gammas, in this order, each with a probability.

    noisy, blurred, brightened, contrasted, coarsened, inverted, curved: probabilities of a slice. noise: greatest
    standard deviation, in those of the channel. least_blur_px, blur_px: sigma, pixels of a 256-pixel image. brightness,
    contrast: factors are 1 +- this, about the channel's mean; what contrast changes is cut at its least and most.
    least_zoom: smallest side of a coarse grid over the slice's. least_gamma, most_gamma: exponents, of the channel
    upside down where inverted; mean and spread stay. per_channel: of a slice that is blurred or coarsened, the share of
    its channels that are.
    """

    noisy: float
    noise: float
    blurred: float
    least_blur_px: float
    blur_px: float
    brightened: float
    brightness: float
    contrasted: float
    contrast: float
    coarsened: float
    least_zoom: float
    inverted: float
    curved: float
    least_gamma: float
    most_gamma: float
    per_channel: float = 0.5

    def sharp(self) -> InTurn:
        """Return the same without blur; all else draws the same numbers."""
        return replace(self, blurred=0.0)

    def shaded(self, images: Tensor, chance: Chance) -> Tensor:
        """Return images (N, C, S, S), each channel changed in its own way; those that get nothing are the stored ones.

        As nnU-Net has it of images with mean 0 and spread 1, here of each channel of each slice.
        """
        if not len(images):
            return images
        drawn = self.draw(len(images), images.shape[1], chance)
        grain = torch.randn(images.shape, generator=chance.slices, device=images.device)
        mean, spread = images.mean((2, 3), keepdim=True), images.std((2, 3), correction=0, keepdim=True)
        shaded = blurred(images + grain * drawn.noise * spread, drawn.sigma_px, self.blur_px)
        shaded = torch.where(drawn.brightness == 1, shaded, (shaded - mean) * drawn.brightness + mean)
        shaded = coarse(stretched(shaded, drawn.contrast), drawn.zoom)
        return curved(-curved(-shaded, drawn.inverted), drawn.gamma)

    def draw(self, count: int, channels: int, chance: Chance) -> Drawn:
        """Return what the channels of ``count`` slices get."""
        rng, ranges = chance.slices, self.ranges()
        slices = torch.rand(len(ranges), count, 1, 1, 1, generator=rng, device=rng.device)
        numbers = torch.rand(3, len(ranges), count, channels, 1, 1, generator=rng, device=rng.device)
        values = []
        for number, (name, (probability, least, most)) in enumerate(ranges.items()):
            channel, side, place = numbers[:, number]
            on = (slices[number] < probability).expand_as(channel)
            on = on & (channel < self.per_channel) if name in SOME_CHANNELS else on
            place = place[:, :1].expand_as(channel) if name in SAME else place
            values.append(torch.where(on, HOW.get(name, uniform)(side, place, least, most), NOTHING.get(name, 1.0)))
        return Drawn(*values)

    def ranges(self) -> Mapping[str, Range]:
        """Return the probability, the least and the most of each field of ``Drawn``, in their order."""
        return {
            "noise": (self.noisy, 0.0, self.noise),
            "sigma_px": (self.blurred, self.least_blur_px, self.blur_px),
            "brightness": (self.brightened, 1 - self.brightness, 1 + self.brightness),
            "contrast": (self.contrasted, 1 - self.contrast, 1 + self.contrast),
            "zoom": (self.coarsened, self.least_zoom, 1.0),
            "inverted": (self.inverted, self.least_gamma, self.most_gamma),
            "gamma": (self.curved, self.least_gamma, self.most_gamma),
        }


def uniform(side: Tensor, place: Tensor, least: float, most: float) -> Tensor:
    """Return numbers in [least, most], from ones in [0, 1)."""
    return least + (most - least) * place


def about_one(side: Tensor, place: Tensor, least: float, most: float) -> Tensor:
    """Return numbers of which half are uniform in [least, 1] and half in [1, most], from ones in [0, 1)."""
    return torch.where(side < 0.5, uniform(side, place, least, 1.0), uniform(side, place, 1.0, most))


SOME_CHANNELS = frozenset({"sigma_px", "zoom"})
"""What not all channels of a slice get."""
SAME = frozenset({"noise"})
"""What is as large in all channels of a slice."""
HOW = {"contrast": about_one, "inverted": about_one, "gamma": about_one}
NOTHING = {"noise": 0.0, "sigma_px": 0.0}
"""What changes nothing, where that is not 1."""


def stretched(images: Tensor, factor: Tensor) -> Tensor:
    """Return images (N, C, H, W) scaled about each channel's mean, cut at its least and most."""
    mean, least, most = images.mean((2, 3), keepdim=True), images.amin((2, 3), True), images.amax((2, 3), True)
    scaled = torch.minimum(torch.maximum((images - mean) * factor + mean, least), most)
    return torch.where(factor == 1, images, scaled)


def curved(images: Tensor, exponent: Tensor) -> Tensor:
    """Return images (N, C, H, W) with each channel's range raised to a power, its mean and spread as before."""
    least, mean = images.amin((2, 3), True), images.mean((2, 3), keepdim=True)
    width = images.amax((2, 3), True) - least
    raised = ((images - least) / width.clamp_min(SMALL)).pow(exponent) * width
    before, after = (one.std((2, 3), correction=0, keepdim=True) for one in (images, raised))
    level = (raised - raised.mean((2, 3), keepdim=True)) * (before / after.clamp_min(SMALL)) + mean
    return torch.where(exponent == 1, images, level)


def coarse(images: Tensor, zoom: Tensor) -> Tensor:
    """Return images (N, C, S, S) as a grid of round(zoom x S) cells a side shows them, between cells linearly.

    A cell takes the pixel at its middle. Both steps are one matrix an axis, so that slices of all zooms go together.
    """
    seen = _through_cells(images.shape[-1], zoom)
    return torch.where(zoom == 1, images, seen @ images @ seen.transpose(-1, -2))


def _through_cells(side: int, zoom: Tensor) -> Tensor:
    """Return (N, C, S, S), how much of each stored pixel each pixel of an axis shows."""
    pixel = torch.arange(side, device=zoom.device, dtype=zoom.dtype)
    cells = (zoom * side).round().clamp(1, side)
    place = ((pixel.view(-1, 1) + 0.5) * (cells / side) - 0.5).clamp_min(0)
    first = torch.minimum(place.floor(), cells - 1)
    parts = ((first, 1 - (place - first)), (torch.minimum(first + 1, cells - 1), place - first))
    shown = ((((cell + 0.5) * (side / cells)).floor() == pixel) * weight for cell, weight in parts)
    return torch.stack(list(shown)).sum(0)

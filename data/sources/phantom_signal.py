"""What a scanner makes of the phantom: tissues, neighbours, coil, noise, and a contrast of the patient's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from data.sources.phantom_anatomy import LV, MYO, RV, Array, Heart, Scene

Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Scan:
    """What both frames of a patient have in common: grey values, all that lies around the heart, coil and scanner.

    around: the image without a heart. strands: where muscle crosses the right ventricle. coil: factors of the image.
    """

    muscle: float
    grey: tuple[tuple[int, float], ...]
    around: Array
    fat_px: int
    fat: float
    strands: npt.NDArray[np.bool_]
    mottle: float
    blur_px: float
    coil: Array
    gamma: float
    noise: float
    gain: float

    @classmethod
    def of(cls, heart: Heart, rng: np.random.Generator) -> Scan:
        """Draw it, of either frame's heart."""
        blood = rng.uniform(0.5, 1.0)
        muscle = blood * rng.uniform(0.2, 0.6)
        around = _surroundings(heart, rng, blood, muscle)
        fat_px, fat = int(rng.integers(0, 6)), rng.uniform(0.1, 1.1)
        right = blood * rng.uniform(0.6, 1.1)
        return cls(
            muscle=muscle,
            grey=((RV, right), (MYO, muscle), (LV, blood)),
            around=around,
            fat_px=fat_px,
            fat=fat,
            strands=_smooth(rng, heart.shape, 4) > rng.uniform(0.5, 0.9),
            mottle=rng.uniform(0.04, 0.12),
            blur_px=rng.uniform(0.5, 1.1),
            coil=np.exp(rng.uniform(0.2, 0.6) * _smooth(rng, heart.shape, 40)),
            gamma=rng.uniform(0.65, 1.5),
            noise=rng.uniform(0.02, 0.08),
            gain=rng.uniform(200, 900),
        )


def acquire(
    heart: Heart, scene: Scene, labels: Labels, scan: Scan, frame: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return the image (slices, H, W) of a frame in scanner units."""
    image = scan.around.copy()
    _add_fat(image, labels, scan)
    for label, value in scan.grey:
        image[labels == label] = value
    image[scan.strands & (labels == RV)] = scan.muscle * 1.1
    image[_papillary(heart, scene, labels)] = scan.muscle * 1.15
    image *= 1 + scan.mottle * _smooth(frame, heart.shape, 3)
    image = ndimage.gaussian_filter(image, (0.35, scan.blur_px, scan.blur_px))
    image *= scan.coil
    image = np.clip(image, 0, None) ** scan.gamma
    real, imaginary = frame.normal(0, scan.noise, (2, *heart.shape))
    signal: Array = scan.gain * np.hypot(image + real, imaginary)
    return signal.astype(np.float32)


def _add_fat(image: Array, labels: Labels, scan: Scan) -> None:
    """Lay the patient's own thickness and grey of fat around the heart."""
    if scan.fat_px:
        heart = labels > 0
        around = ndimage.binary_dilation(heart, np.ones((1, 3, 3), bool), iterations=scan.fat_px)
        image[around & ~heart] = scan.fat


def _surroundings(heart: Heart, rng: np.random.Generator, blood: float, muscle: float) -> Array:
    """Return lung, chest wall, liver and a few organs as grey as blood or muscle, some of them ring-shaped."""
    slices, height, width = heart.shape
    y, x = np.mgrid[:height, :width]
    body = np.hypot((y - height / 2) / (height * 0.54), (x - width / 2) / (width * 0.56))
    flat = np.where(body < 0.86, rng.uniform(0.03, 0.3), np.where(body < 1, rng.uniform(0.3, 1.2), 0.02))
    level = height * rng.uniform(0.6, 0.85) + rng.uniform(-0.5, 0.5) * (x - width / 2)
    flat[(y > level) & (body < 0.86)] = rng.uniform(0.7, 1.8) * muscle
    wall = np.abs(x - width * rng.uniform(0.12, 0.25) - 4 * np.sin(y / 17)) < rng.uniform(4, 9)
    flat[wall & (body < 0.9)] = rng.uniform(0.9, 1.3) * muscle
    image = np.repeat(flat[None], slices, 0)
    for _ in range(int(rng.integers(6, 14))):
        _add_organ(image, rng, float(rng.choice([blood, muscle])), blood, muscle)
    return image


def _add_organ(image: Array, rng: np.random.Generator, value: float, blood: float, muscle: float) -> None:
    """Draw an ellipse over a run of slices, in half of the cases with a wall of the other grey."""
    slices, height, width = image.shape
    y, x = np.mgrid[:height, :width]
    turn, first = rng.uniform(0, np.pi), int(rng.integers(0, slices))
    last = first + int(rng.integers(2, slices + 1))
    dy, dx = y - rng.uniform(0, height), x - rng.uniform(0, width)
    along, across = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
    distance = np.hypot(along / rng.uniform(6, 18), across / rng.uniform(5, 14))
    ringed = rng.random() < 0.5
    for number in range(first, min(last, slices)):
        image[number][distance < 1] = value * rng.uniform(0.9, 1.1)
        if ringed:
            image[number][(distance < 1) & (distance > 0.7)] = blood + muscle - value


def _papillary(heart: Heart, scene: Scene, labels: Labels) -> npt.NDArray[np.bool_]:
    """Return two dark columns inside the pool, which belong to the pool."""
    angle, size = heart.papillary
    found: npt.NDArray[np.bool_] = labels == LV
    radius, turned, z = (np.broadcast_to(part, heart.shape)[found] for part in (scene.radius, scene.angle, scene.z))
    taper = np.sqrt(np.clip(1 - np.clip(z, 0, 1) ** 2.2, 0, 1))
    down, right = radius * np.sin(turned), radius * np.cos(turned)
    columns = np.zeros(len(z), bool)
    for turn in (angle, angle + 2.2):
        y = down - 0.65 * heart.pool * taper * np.sin(turn)
        x = right - 0.65 * heart.pool * taper * np.cos(turn)
        columns |= (np.hypot(y, x) < size * heart.pool) & (z > 0.2) & (z < 0.8)
    found[found] = columns
    return found


def _smooth(rng: np.random.Generator, shape: tuple[int, int, int], grain: float) -> Array:
    """Return a smooth random field in about [-1, 1] whose bumps are about ``grain`` pixels wide."""
    coarse = [max(2, round(size / (1 if axis == 0 else grain))) for axis, size in enumerate(shape)]
    if grain > 10:
        coarse[0] = 2
    factors = [s / c for s, c in zip(shape, coarse, strict=True)]
    values = rng.uniform(-1, 1, coarse)
    if coarse[0] != shape[0]:
        field: Array = ndimage.zoom(values, factors, order=1)
        return field
    # slice by slice, as the whole would: half the work, and the same to the last bit
    return np.stack([ndimage.zoom(plane, factors[1:], order=1) for plane in values])

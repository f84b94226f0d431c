"""What a scanner makes of the phantom: tissues, neighbours, coil, noise, and a contrast of the patient's own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from data.sources.phantom_anatomy import LV, MYO, RV, Array, Heart, Scene

Labels = npt.NDArray[np.uint8]


def acquire(
    heart: Heart, scene: Scene, labels: Labels, patient: np.random.Generator, frame: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return the image (slices, H, W) in scanner units: the patient's tissues and coil, the frame's noise."""
    blood = patient.uniform(0.5, 1.0)
    muscle = blood * patient.uniform(0.2, 0.6)
    image = _surroundings(heart, patient, blood, muscle)
    _add_fat(image, labels, patient)
    for label, value in ((RV, blood * patient.uniform(0.6, 1.1)), (MYO, muscle), (LV, blood)):
        image[labels == label] = value
    _add_trabeculae(image, labels, patient, muscle)
    image[_papillary(heart, scene) & (labels == LV)] = muscle * 1.15
    image *= 1 + patient.uniform(0.04, 0.12) * _smooth(frame, heart.shape, 3)
    image = ndimage.gaussian_filter(image, (0.35, *[patient.uniform(0.5, 1.1)] * 2))
    image *= np.exp(patient.uniform(0.2, 0.6) * _smooth(patient, heart.shape, 40))
    image = np.clip(image, 0, None) ** patient.uniform(0.65, 1.5)
    noise = patient.uniform(0.02, 0.08)
    real, imaginary = frame.normal(0, noise, (2, *heart.shape))
    signal: Array = patient.uniform(200, 900) * np.hypot(image + real, imaginary)
    return signal.astype(np.float32)


def _add_fat(image: Array, labels: Labels, rng: np.random.Generator) -> None:
    """Lay the patient's own thickness and grey of fat around the heart."""
    thickness, value = int(rng.integers(0, 6)), rng.uniform(0.1, 1.1)
    if thickness:
        heart = labels > 0
        around = ndimage.binary_dilation(heart, np.ones((1, 3, 3), bool), iterations=thickness)
        image[around & ~heart] = value


def _add_trabeculae(image: Array, labels: Labels, rng: np.random.Generator, muscle: float) -> None:
    """Darken muscle strands inside the right ventricle, which belong to it."""
    strands = _smooth(rng, (image.shape[0], *image.shape[1:]), 4) > rng.uniform(0.5, 0.9)
    image[strands & (labels == RV)] = muscle * 1.1


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


def _papillary(heart: Heart, scene: Scene) -> npt.NDArray[np.bool_]:
    """Return two dark columns inside the pool, which belong to the pool."""
    angle, size = heart.papillary
    taper = np.sqrt(np.clip(1 - np.clip(scene.z, 0, 1) ** 2.2, 0, 1))
    found = np.zeros(heart.shape, bool)
    for turn in (angle, angle + 2.2):
        y = scene.radius * np.sin(scene.angle) - 0.65 * heart.pool * taper * np.sin(turn)
        x = scene.radius * np.cos(scene.angle) - 0.65 * heart.pool * taper * np.cos(turn)
        found |= (np.hypot(y, x) < size * heart.pool) & (scene.z > 0.2) & (scene.z < 0.8)
    return found


def _smooth(rng: np.random.Generator, shape: tuple[int, int, int], grain: float) -> Array:
    """Return a smooth random field in about [-1, 1] whose bumps are about ``grain`` pixels wide."""
    coarse = [max(2, round(size / (1 if axis == 0 else grain))) for axis, size in enumerate(shape)]
    if grain > 10:
        coarse[0] = 2
    field: Array = ndimage.zoom(
        rng.uniform(-1, 1, coarse), [s / c for s, c in zip(shape, coarse, strict=True)], order=1
    )
    return field

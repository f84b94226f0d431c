"""The phantom's heart: a ring around a pool, a crescent beside it, tapering from base to apex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
RV, MYO, LV = 1, 2, 3
THINNEST = 1.5  # pixels of wall that the worst infarct leaves, so that the pool stays inside the ring


@dataclass(frozen=True)
class Heart:
    """One patient in one frame; lengths in pixels, angles in radians, z from base 0 to apex 1.

    scar: the angle of a thin sector of the wall, and the fraction of the wall that is lost there.
    """

    shape: tuple[int, int, int]
    pixel_mm: float
    thickness_mm: float
    centre: tuple[float, float]
    tilt: tuple[float, float]
    pool: float
    wall: float
    rv_angle: float
    rv_length: float
    rv_width: float
    rv_end: float
    z_range: tuple[float, float]
    waves: tuple[tuple[float, float], ...]
    papillary: tuple[float, float]
    scar: tuple[float, float]


@dataclass(frozen=True)
class Disease:
    """What a disease does to a heart: factors on its lengths, and the fraction of the wall that an infarct takes."""

    pool: float = 1.0
    wall: float = 1.0
    right: float = 1.0
    scar: float = 0.0


# ACDC's five groups (Bernard et al., IEEE TMI 2018): normal, dilated, hypertrophic, infarcted, abnormal RV.
DISEASES = (Disease(), Disease(1.35, 0.8), Disease(0.85, 1.7), Disease(1.2, 1.0, scar=0.7), Disease(right=1.45))


@dataclass(frozen=True, eq=False)
class Scene:
    """Coordinates of every voxel, which systole leaves as they are.

    radius, angle: (slices, H, W) around the heart's axis. z: (slices, 1, 1). ripple: the outline's factor at an angle.
    along, across: from the axis towards the right ventricle, and across it.
    """

    radius: Array
    angle: Array
    z: Array
    ripple: Array
    along: Array
    across: Array

    @classmethod
    def of(cls, heart: Heart) -> Scene:
        """Lay the coordinates: the axis is oblique, so its place moves from slice to slice."""
        slices, height, width = heart.shape
        z = np.linspace(*heart.z_range, slices).reshape(-1, 1, 1)
        y = np.arange(height).reshape(1, -1, 1) - heart.centre[0] - heart.tilt[0] * (z - 0.5)
        x = np.arange(width).reshape(1, 1, -1) - heart.centre[1] - heart.tilt[1] * (z - 0.5)
        radius, angle = np.hypot(y, x), np.arctan2(y, x)
        waves = (a * np.cos((k + 2) * angle + p) for k, (a, p) in enumerate(heart.waves))
        ripple = 1 + sum(waves, start=np.zeros(1))
        along = radius * np.cos(angle - heart.rv_angle)
        return cls(radius, angle, z, ripple, along, radius * np.sin(angle - heart.rv_angle))


def draw_heart(rng: np.random.Generator, *, systole: bool) -> Heart:
    """Draw a patient; the same numbers with another frame give the same patient, contracted."""
    height, width = (int(value) for value in rng.integers(112, 145, 2))
    size = rng.uniform(0.75, 1.3)
    shrink, thicken = rng.uniform(0.5, 0.8), rng.uniform(1.2, 1.6)
    disease = DISEASES[int(rng.integers(len(DISEASES)))]
    pool, wall = rng.uniform(11, 16) * size * disease.pool, rng.uniform(4.0, 7.0) * size * disease.wall
    length, breadth = rng.uniform(1.2, 1.7), rng.uniform(0.65, 1.15) * disease.right
    waves = tuple(
        (float(a), float(p)) for a, p in zip(rng.uniform(0, 0.07, 3), rng.uniform(0, 2 * np.pi, 3), strict=True)
    )
    heart = Heart(
        shape=(int(rng.integers(8, 11)), height, width),
        pixel_mm=float(rng.uniform(1.25, 1.6)),
        thickness_mm=float(rng.choice([8.0, 10.0])),
        centre=(height * rng.uniform(0.4, 0.6), width * rng.uniform(0.42, 0.62)),
        tilt=(float(rng.uniform(-14, 14)), float(rng.uniform(-14, 14))),
        pool=pool,
        wall=wall,
        rv_angle=float(np.pi + rng.normal(0, 0.5)),
        rv_length=length * (pool + wall),
        rv_width=breadth * (pool + wall),
        rv_end=float(rng.uniform(0.65, 0.9)),
        z_range=(float(rng.uniform(-0.2, 0.02)), float(rng.uniform(0.95, 1.12))),
        waves=waves,
        papillary=(float(rng.uniform(0, np.pi)), float(rng.uniform(0.08, 0.2))),
        scar=(float(rng.uniform(-np.pi, np.pi)), disease.scar),
    )
    return _contracted(heart, float(shrink), float(thicken)) if systole else heart


def label_map(heart: Heart, scene: Scene) -> npt.NDArray[np.uint8]:
    """Return the mask (slices, H, W): RV beside a ring of Myo around the LV, none beyond base and apex."""
    inside = (scene.z >= 0) & (scene.z <= 1)
    taper = np.sqrt(np.clip(1 - np.clip(scene.z, 0, 1) ** 2.2, 0, 1))
    pool = heart.pool * taper * scene.ripple
    thin = 1 - heart.scar[1] * np.exp(-((1 - np.cos(scene.angle - heart.scar[0])) / 0.3))
    ring = (heart.pool * taper + heart.wall * thin * (0.6 + 0.4 * taper)) * (1 + (scene.ripple - 1) / 2)
    ring = np.maximum(ring, pool + THINNEST)
    labels = np.zeros(heart.shape, np.uint8)
    labels[_crescent(heart, scene, taper) & (scene.z >= -0.08) & (scene.z <= heart.rv_end)] = RV
    labels[(scene.radius <= ring) & inside] = MYO
    labels[(scene.radius <= pool) & inside & (pool > 2)] = LV
    return labels


def _crescent(heart: Heart, scene: Scene, taper: Array) -> npt.NDArray[np.bool_]:
    """Return an ellipse beside the ring, which the ring later covers in part."""
    scale = np.clip(1 - (np.clip(scene.z, 0, 1) / heart.rv_end) ** 2, 0.02, 1) ** 0.5
    middle = (heart.pool * taper + heart.wall) * 0.85
    along, across = (scene.along - middle) / (heart.rv_width * scale), scene.across / (heart.rv_length * scale)
    return along**2 + across**2 <= 1


def _contracted(heart: Heart, shrink: float, thicken: float) -> Heart:
    values = {**heart.__dict__}
    values.update(pool=heart.pool * shrink, wall=heart.wall * thicken, rv_width=heart.rv_width * (0.3 + 0.7 * shrink))
    return Heart(**values)

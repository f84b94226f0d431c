"""The plain way of this field to train and to score, which the harness's own way is timed beside.

Written for that comparison, after the habits that the scripts around SSL4MIS share: a slice is read from its file,
moved and resized by scipy one at a time; tensors are channels first and in 32 bits; labelled and unlabelled slices pass
one after the other; every loss is brought to the host in every update; a teacher's weights are averaged one by one; a
volume is predicted slice by slice, and MedPy is asked for one number at a time. It runs in a process of its own
(``elsewhere``), whose memory is as the system has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import h5py
import numpy as np
import torch
from medpy.metric import binary
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from benches.spent import cpu_seconds
from data.case import Case
from methods.networks.unet import UNet

CLASSES = 4
DECAY, WEIGHT, NOISE, NOISE_LIMIT = 0.99, 0.1, 0.1, 0.2  # methods/mean_teacher.py has their sources
RATE, MOMENTUM, WEIGHT_DECAY = 0.01, 0.9, 1e-4


def write_slices(cases: Sequence[Case], folder: Path) -> list[Path]:
    """Write each slice of cases into an HDF5 file of its own, ``image`` in [0, 1] and ``label``."""
    files = []
    for case in cases:
        assert case.mask is not None
        low, high = float(case.image.min()), float(case.image.max())
        for number, (grey, mask) in enumerate(zip(case.image, case.mask, strict=True)):
            files.append(folder / f"{case.name}_slice_{number}.h5")
            with h5py.File(files[-1], "w") as file:
                file.create_dataset("image", data=(grey - low) / (high - low), compression="gzip")
                file.create_dataset("label", data=mask, compression="gzip")
    return files


def elsewhere() -> ProcessPoolExecutor:
    """Return one other process of one thread, which keeps what it was given to do."""
    return ProcessPoolExecutor(1, get_context("spawn"), torch.set_num_threads, (1,))


_RUNNING: list[MeanTeacher] = []


def begin_mean_teacher(labeled: Sequence[Path], unlabeled: Sequence[Path], size: int, batch: int) -> None:
    """Take up mean teacher on slice files, ``batch`` of either kind an update."""
    streams = (endless(files, size, batch) for files in (labeled, unlabeled))
    _RUNNING[:] = [MeanTeacher(UNet(CLASSES), UNet(CLASSES), *streams)]


def update_mean_teacher() -> float:
    """Make the next update, and return its CPU seconds."""
    return cpu_seconds(_RUNNING[0].update)


def score_cases(weights: dict[str, Tensor], cases: Sequence[Case], size: int) -> float:
    """Score cases by a network of these weights, and return the CPU seconds."""
    network = UNet(CLASSES)
    network.load_state_dict(weights)
    return cpu_seconds(lambda: scores(network, cases, size))


class Slices(Dataset[tuple[Tensor, Tensor]]):
    """Slice files, each read and augmented when asked for: a quarter turn with a flip, or a rotation, or neither."""

    def __init__(self, files: Sequence[Path], size: int) -> None:
        self.files, self.size, self.rng = files, size, np.random.default_rng(0)

    def __len__(self) -> int:
        """Return how many slices there are."""
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Return an image (1, size, size) and its mask (size, size)."""
        with h5py.File(self.files[index], "r") as file:
            image, label = file["image"][:], file["label"][:]
        if self.rng.random() > 0.5:
            quarter, axis = self.rng.integers(4), self.rng.integers(2)
            image, label = (np.flip(np.rot90(one, quarter), axis).copy() for one in (image, label))
        elif self.rng.random() > 0.5:
            angle = int(self.rng.integers(-20, 20))
            image, label = (ndimage.rotate(one, angle, order=0, reshape=False) for one in (image, label))
        factors = self.size / image.shape[0], self.size / image.shape[1]
        image, label = (ndimage.zoom(one, factors, order=0) for one in (image, label))
        return torch.from_numpy(image.astype(np.float32)).unsqueeze(0), torch.from_numpy(label.astype(np.int64))


def endless(files: Sequence[Path], size: int, batch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield shuffled batches for ever."""
    loader = DataLoader(Slices(files, size), batch_size=batch, shuffle=True, drop_last=True)
    while True:
        yield from loader


class MeanTeacher:
    """Mean teacher, an update a call, data included."""

    def __init__(self, student: nn.Module, teacher: nn.Module, labeled: Iterator, unlabeled: Iterator) -> None:
        self.student, self.teacher, self.labeled, self.unlabeled = student, teacher, labeled, unlabeled
        self.optimizer = torch.optim.SGD(student.parameters(), RATE, MOMENTUM, weight_decay=WEIGHT_DECAY)
        self.log: list[tuple[float, float, float]] = []

    def update(self) -> None:
        """Read a batch of either kind, descend and let the teacher follow."""
        (images, masks), (others, _) = next(self.labeled), next(self.unlabeled)
        noise = torch.clamp(torch.randn_like(others) * NOISE, -NOISE_LIMIT, NOISE_LIMIT)
        logits, free = self.student(images), self.student(others)
        with torch.no_grad():
            target = torch.softmax(self.teacher(others + noise), dim=1)
        entropy, overlap = functional.cross_entropy(logits, masks), dice_loss(torch.softmax(logits, dim=1), masks)
        gap = torch.mean((torch.softmax(free, dim=1) - target) ** 2)
        loss = 0.5 * (entropy + overlap) + WEIGHT * gap
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        for mine, theirs in zip(self.teacher.parameters(), self.student.parameters(), strict=True):
            mine.data.mul_(DECAY).add_(theirs.data, alpha=1 - DECAY)
        self.log.append((loss.item(), entropy.item(), gap.item()))


def dice_loss(probabilities: Tensor, masks: Tensor) -> Tensor:
    """Return the mean over classes of the soft Dice loss, a class at a time."""
    losses = []
    for label in range(CLASSES):
        true, mine = (masks == label).float(), probabilities[:, label]
        losses.append(1 - (2 * (mine * true).sum() + 1e-5) / ((mine * mine).sum() + (true * true).sum() + 1e-5))
    return torch.stack(losses).mean()


@torch.no_grad()
def scores(network: nn.Module, cases: Sequence[Case], size: int) -> list[list[tuple[float, ...]]]:
    """Return Dice, Jaccard, HD95 and ASD of each case and structure; zeros where the prediction is empty."""
    network.eval()
    return [_scores_of(network, case, size) for case in cases]


def _scores_of(network: nn.Module, case: Case, size: int) -> list[tuple[float, ...]]:
    assert case.mask is not None
    image, predicted = (case.image - case.image.min()) / np.ptp(case.image), np.zeros_like(case.mask)
    for number, grey in enumerate(image):
        height, width = grey.shape
        small = ndimage.zoom(grey, (size / height, size / width), order=0)
        logits = network(torch.from_numpy(small).float().unsqueeze(0).unsqueeze(0))
        labels = torch.argmax(torch.softmax(logits, dim=1), dim=1).squeeze(0).numpy()
        predicted[number] = ndimage.zoom(labels, (height / size, width / size), order=0)
    return [_measured(predicted == label, case.mask == label, case.spacing) for label in range(1, CLASSES)]


def _measured(mine: np.ndarray, true: np.ndarray, spacing: Sequence[float] | None) -> tuple[float, ...]:
    if not mine.any() or not true.any():
        return 0.0, 0.0, 0.0, 0.0
    distances = binary.hd95(mine, true, spacing), binary.asd(mine, true, spacing)
    return binary.dc(mine, true), binary.jc(mine, true), *distances

"""Files of strangers: a method that trains in a moment, what is beside it, and packages that register such."""

from __future__ import annotations

from pathlib import Path

import pytest

METHOD = '''"""A method of a stranger."""

from __future__ import annotations

import torch
{imports}
from methods.base import cited
from methods.parts.certainty import probabilities, squared_gap
from methods.parts.descend import descend
from methods.parts.one_stage import Ramped, RampedConfig
from methods.parts.supervised import segmentation_loss
from methods.registry import method


class MineConfig(RampedConfig):
    """Constants."""

    agreement: float = cited({strength}, "a choice", ge=0)


@method("{name}", title="{title}", paper="Me, 2026")
class Mine(Ramped):
    """Agree with oneself."""

    Config = MineConfig
    twin = {{"agreement": 0.0}}

    def __init__(self, task, networks, config):
        super().__init__(task, networks, config)
        self.network = networks.segmenter()

    def step(self, batch, clock):
        """Descend."""
        labeled, unlabeled = batch.view(self.config.view)
        logits = self.network(torch.cat([labeled, unlabeled]))
        count = len(labeled)
        gap = squared_gap(probabilities(logits[count:]), probabilities(logits[count:].flip(0)).detach())
        supervised = segmentation_loss(logits[:count], batch.masks)
        weight = self.config.agreement * self.weight(clock)
        return descend(self.optimizer, supervised=supervised, agreement=(weight, gap))
'''
SHORT = ("--set=updates=2", "--set=validations=1")
WORDS = ["--dataset", "phantom", "--preset", "smoke", "--labeled", "2", "--device", "cpu", *SHORT]


def written(
    file: Path, name: str = "mine", title: str = "Mine", strength: str = "0.1", imports: str = "", more: str = ""
) -> Path:
    """Write a method's file and return it. strength: of its unlabelled term, an expression; more: at the file's end."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(METHOD.format(name=name, title=title, strength=strength, imports=imports) + more)
    return file


def installed(folder: Path, patch: pytest.MonkeyPatch, package: str, points: str, version: str = "1.0") -> Path:
    """Let a folder be one of installed packages, and a package in it register entry points; return its folder."""
    info = folder / f"{package}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.replace('_', '-')}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(points)
    (folder / package).mkdir()
    (folder / package / "__init__.py").write_text("")
    patch.syspath_prepend(str(folder))
    return folder / package


def protocol(file: Path, methods: str, more: str = "") -> Path:
    """Write a protocol of short cells and return its file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        'title = "Strangers"\ndataset = "phantom"\nset = { updates = 2, validations = 1 }\n'
        f'[[cells]]\nmethods = [{methods}]\nlabeled = [2]\npresets = ["smoke"]\n{more}\n'
    )
    return file

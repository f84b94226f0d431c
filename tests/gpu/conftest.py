"""Tests that need CUDA: skipped without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # which torch reads once a process, at its first product
HERE = Path(__file__).parent
CUDA = torch.device("cuda")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    without = pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA finds no GPU here")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.gpu)
            item.add_marker(without)

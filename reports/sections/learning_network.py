"""Rank of the bottleneck and gradient of the encoder over a training."""

from __future__ import annotations

from reports.section import Section

SECTION = Section(
    "learning_network", "The network that learns", lambda scene: scene.followed, plots=lambda shown: shown.plots
)

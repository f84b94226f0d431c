"""ARCO (You et al., NeurIPS 2023, arXiv 2302.01735): MONA whose contrast draws pixels evenly over the image.

Each image is cut in a grid, and each of its cells gives the contrast as many pixels of a class as its share of them:
stratified groups, or in pairs opposite each other (``pixels=opposites``, ARCO-SAG). Code: charlesyou999648/ARCO
@5d436ff, read, not run; what it does otherwise is in docs/MONA.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from methods.mona import Mona
from methods.parts.fidelity import fidelities
from methods.parts.mona_config import ArcoConfig
from methods.registry import method


@method("arco", title="ARCO-SG", paper="You et al., NeurIPS 2023, arXiv 2302.01735", family="contrastive")
class Arco(Mona):
    """MONA without equivariance, whose contrast draws as many pixels of each cell of a grid as lie there."""

    Config: ClassVar[type[ArcoConfig]] = ArcoConfig
    fidelities: ClassVar[Mapping[str, Mapping[str, Any]]] = fidelities(ArcoConfig, ("paper", "fixed"))
    config: ArcoConfig

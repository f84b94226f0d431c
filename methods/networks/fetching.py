"""Pretrained weights that are not here yet: where they come from is said at once, and one question tells if they do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from methods.networks.smp import TIMM

PATIENCE_SECONDS = 5.0  # for an answer of any kind: the hub's own client asks six times, with pauses, without a word


def reach(encoder: str, weights: str) -> None:
    """Return where an encoder's weights lie here already, or their hub answers; raises what the one question meets.

    What is to be fetched is said on stderr before it is asked.
    """
    repository = _repository(encoder, weights)
    if repository is None or _is_here(repository):
        return
    from huggingface_hub import constants, get_session

    address = f"{constants.ENDPOINT}/{repository}"
    print(f"weights {weights} of encoder {encoder}: fetching {address} (once; they are kept)", file=sys.stderr)
    get_session().head(address, timeout=PATIENCE_SECONDS)


def _repository(encoder: str, weights: str) -> str | None:
    """Return the hub's name for an encoder's weights; None where they come from elsewhere."""
    import segmentation_models_pytorch as smp
    import timm

    if encoder.startswith(TIMM):
        config = timm.get_pretrained_cfg(encoder.removeprefix(TIMM))
        return None if config is None or not config.hf_hub_id else str(config.hf_hub_id)
    settings: Any = smp.encoders.encoders[encoder]["pretrained_settings"].get(weights, {})
    found: str | None = settings.get("repo_id")
    return found


def _is_here(repository: str) -> bool:
    """Return whether the hub's cache holds any file of a repository."""
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE) / f"models--{repository.replace('/', '--')}"
    return any(folder.glob("snapshots/*/*"))

"""How a cell is run."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from benchmark.training.trainer import LOG_EVERY, SAVE_SECONDS

THREADS = 1  # a cell's CPU threads, whatever the machine and the number of jobs: sums depend on how they are split


@dataclass(frozen=True)
class Options:
    """How a cell is run, none of which may change its numbers.

    force: train again and replace the record. rescore: score the weights of a finished run again, and nothing else.
    eager: on a card each kernel of an update is launched by itself. recompute: networks keep their blocks' inputs alone
    for the backward pass, which computes the rest anew.
    """

    device: torch.device
    force: bool = False
    threads: int = THREADS
    log_every: int = LOG_EVERY
    save_seconds: float = SAVE_SECONDS
    rescore: bool = False
    eager: bool = False
    recompute: bool = False

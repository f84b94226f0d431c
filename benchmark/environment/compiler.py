"""Torch's compiler, which nothing here uses: its optimisers import it, a second and a half of each process."""

from __future__ import annotations

from torch.optim import Optimizer

KEPT = "__dynamo_disable"  # torch/_compile.py: what a function becomes under a compiler; None imports it to ask


def leave_out() -> None:
    """Let optimisers be made, asked for their state and cleared without the compiler.

    It is told of each such function what it would answer itself: the function, as it is without compilation. A torch
    that asks otherwise imports the compiler, as it would without this.
    """
    for function in vars(Optimizer).values():
        plain = getattr(function, "__wrapped__", None)
        if plain is not None and getattr(plain, KEPT, None) is None:
            setattr(plain, KEPT, plain)

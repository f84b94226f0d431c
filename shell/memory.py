"""Memory that did not hold what was asked for, told by what is raised, without torch."""

MEMORY = (
    "out of memory; train with --recompute where it was without (the same numbers), lower --set size, labeled_batch or"
    " unlabeled_batch, or take a machine or GPU with more memory"
)
FULL = ("out of memory", "alloc_cpu", "alloc_failed", "not enough memory", "can't allocate memory", "cannot allocate")
"""How torch, its allocators, cuBLAS and cuDNN say it, in small letters."""


def is_full(error: BaseException) -> bool:
    """Return whether an error says that the memory of the machine or of a GPU is full; torch raises RuntimeError."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and any(word in said for word in FULL))

"""Seeds from named dimensions, so that changing one never moves another."""

import hashlib


def seed(*names: str | int) -> int:
    """Return a seed in [0, 2^63) that depends on all names and their order, the same on every machine."""
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1

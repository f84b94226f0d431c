"""What may be expected of a run, by how long it trains alone."""

FEWEST = 100
"""Updates from where on a network here tells structures from background: docs/decisions/072."""


def warning(updates: int) -> str:
    """Return that so few updates teach nothing, as a sentence; empty where they may teach something."""
    if updates >= FEWEST:
        return ""
    said = "1 update is" if updates == 1 else f"{updates} updates are"
    return f"{said} too few to learn from: such a run shows that everything works, and a Dice of 0 is no fault"

"""What the metrics refuse."""

from typing import ClassVar


class MetricError(Exception):
    """Two masks that cannot be compared; the message says in one sentence what would be right."""

    exits_with: ClassVar[int] = 1

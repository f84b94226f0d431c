"""What the metrics refuse."""


class MetricError(Exception):
    """Two masks that cannot be compared; the message says in one sentence what would be right."""

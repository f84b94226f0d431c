"""The error that records raise."""


class ResultError(Exception):
    """A record or a file of a run is not what it must be; the message is one sentence."""

"""The errors that methods raise."""


class MethodError(Exception):
    """A method, its config or its training terms are not what they must be; the message is one sentence."""

"""The one error that data raises for a user's mistake."""


class DataError(Exception):
    """A data set, file or split is not what it should be; the message is one sentence for the user."""

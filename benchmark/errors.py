"""The errors a command turns into one sentence."""

from benchmark.metrics.errors import MetricError
from data.errors import DataError
from methods.errors import MethodError
from results.errors import ResultError


class UsageError(Exception):
    """A command, protocol or override that cannot be meant; the message says in one sentence what would be right."""


class RunError(Exception):
    """A run that could not end as it should; the message is one sentence."""


REPORTED = (UsageError, DataError, MethodError, MetricError, ResultError, RunError)

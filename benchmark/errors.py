"""The errors a command turns into one sentence."""

from typing import ClassVar

from benchmark.metrics.errors import MetricError
from data.errors import DataError
from methods.errors import MethodError, MethodUsageError
from results.errors import ResultError
from shell.errors import UsageError, WriteError

__all__ = ["REPORTED", "MethodUsageError", "RunError", "UsageError"]


class RunError(Exception):
    """A run that could not end as it should; the message is one sentence."""

    exits_with: ClassVar[int] = 1


REPORTED = (UsageError, WriteError, DataError, MethodError, MetricError, ResultError, RunError)

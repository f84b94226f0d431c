"""The errors a command turns into one sentence."""

from typing import ClassVar

from benchmark.metrics.errors import MetricError
from data.errors import DataError
from methods.errors import FetchError, MethodError, MethodUsageError
from results.errors import ResultError
from shell.errors import UsageError, WriteError

__all__ = ["REPORTED", "MethodError", "MethodUsageError", "PassingError", "RunError", "UsageError", "lasts"]


class RunError(Exception):
    """A run that could not end as it should; the message is one sentence."""

    exits_with: ClassVar[int] = 1


class PassingError(RunError):
    """A RunError that the same run need not meet the next time: what was full, slow or lost may be so no more."""


REPORTED = (UsageError, WriteError, DataError, MethodError, MetricError, ResultError, RunError)


def lasts(error: BaseException) -> bool:
    """Return whether a run that ended by an error ends by it again until somebody changes something.

    So it is of what a method computes and of what a run refuses. Files and folders may be there the next time, and what
    no sentence of ours tells (a driver's error, a bug) may pass too. Wrong words tell themselves, by ``exits_with``.
    """
    return isinstance(error, (MethodError, MetricError, RunError)) and not isinstance(error, (PassingError, FetchError))

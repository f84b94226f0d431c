"""The toy task of the rules that every method keeps (``methods/contract``), for tests of a method's own."""

from methods.contract.toy import BUDGET, SIZE, TASK, batch_for, batch_of, clock, images

__all__ = ["BUDGET", "SIZE", "TASK", "batch_for", "batch_of", "clock", "images"]

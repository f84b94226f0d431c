"""An audit on the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from data.auditing.finding import SEVERITIES, Report

WIDTH = 100
CLEAN = "nothing was found"


def table(report: Report) -> str:
    """Return the findings as lines, the worst first, and how many of each severity there are."""
    return "\n".join(_lines(report)) + "\n"


def summary(report: Report) -> str:
    """Return how many findings there are of each severity, in words."""
    counts = [(severity, len(report.of(severity))) for severity in SEVERITIES]
    words = [f"{count} {severity}{'s' * (count > 1)}" for severity, count in counts if count]
    return ", ".join(words) or CLEAN


def _lines(report: Report) -> Iterator[str]:
    for one in report.findings:
        yield from _wrapped(f"{one.severity.upper():8}", f"{one.kind}: {one.what}")
        yield from _wrapped("", f"why: {one.why}")
        if one.cure != "nothing":
            yield from _wrapped("", f"do: {one.cure}")
    yield f"{report.dataset}: {summary(report)}"


def _wrapped(head: str, words: str) -> list[str]:
    lines = textwrap.wrap(words, WIDTH - 9, break_long_words=False, break_on_hyphens=False)
    return [f"{head if not number else '':8} {line}" for number, line in enumerate(lines)]

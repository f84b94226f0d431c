"""What an audit found, and how that is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["leak", "error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("leak", "error", "warning", "note")
Scope = Literal["all", "names"]
FORM = 1
"""Of the audit: another one where its checks change, so that an older one is no longer taken for today's."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found: how bad it is, its kind, what it is, of which cases, why it matters, what to do."""

    severity: Severity
    kind: str
    what: str
    cases: tuple[str, ...]
    why: str
    cure: str


@dataclass(frozen=True)
class Report:
    """All findings of a data set, the worst first.

    content, split: fingerprints of what was looked at; content is None where it can't be taken, and the report is then
    of no run. scope: ``names`` where no image was read.
    """

    dataset: str
    content: str | None
    split: str | None
    scope: Scope
    findings: tuple[Finding, ...]
    form: int = FORM

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change with the data, the split, and anything that was found."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    @property
    def fails(self) -> bool:
        """Whether there is a leak or an error."""
        return any(one.severity in ("leak", "error") for one in self.findings)

    def of(self, severity: Severity) -> list[Finding]:
        """Return the findings of a severity."""
        return [one for one in self.findings if one.severity == severity]

    def values(self) -> dict[str, Any]:
        """Return what a file keeps of it."""
        return {**asdict(self), "fingerprint": self.fingerprint}


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, the worst first, else as they come."""
    return tuple(sorted(findings, key=lambda one: SEVERITIES.index(one.severity)))


def report_of(values: dict[str, Any]) -> Report:
    """Return the report that a file keeps; KeyError, TypeError or ValueError where it is none."""
    found = {key: value for key, value in values.items() if key != "fingerprint"}
    findings = tuple(_finding(one) for one in found.pop("findings"))
    report = Report(**found, findings=findings)
    if report.fingerprint != values["fingerprint"] or report.form != FORM:
        raise ValueError("changed by hand, or of another version")
    return report


def _finding(values: dict[str, Any]) -> Finding:
    cases: Sequence[str] = values["cases"]
    return Finding(**{**values, "cases": tuple(cases)})

"""What audits found of the data that a group's numbers are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.summary import Group
from results.audit import Audit


@dataclass(frozen=True)
class Audited:
    """The audits that a group's records name, each once. silent: how many of its records name none."""

    audits: tuple[Audit, ...]
    silent: int

    @property
    def findings(self) -> Sequence[tuple[str, str]]:
        """All findings, each once, the worst first: how bad it is, and what was found."""
        kinds = (("Leak", "leaks"), ("Error", "errors"), ("Warning", "warnings"))
        found = ((word, what) for word, name in kinds for one in self.audits for what in getattr(one, name))
        return tuple(dict.fromkeys(found))

    @property
    def words(self) -> str:
        """Which audits these are, and what they did not look at."""
        whole = [one.fingerprint for one in self.audits if one.scope == "all"]
        words = [f"audit {' and '.join(whole)}"] if whole else []
        if len(whole) < len(self.audits):
            words.append("names and split alone were looked at; python -m data.audit looks at the images")
        if self.silent:
            words.append(f"{self.silent} record{'s' if self.silent > 1 else ''} without one")
        return "; ".join(words)


def audited(group: Group) -> Audited | None:
    """Return what is known of a group's data; None where no record names an audit."""
    found = [one.audit for one in group.records if one.audit is not None]
    if not found:
        return None
    return Audited(tuple(dict.fromkeys(found)), len(group.records) - len(found))

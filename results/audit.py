"""What was known of a run's data when it ran."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Audit(BaseModel):
    """An audit of the data that a run is of, by ``python -m data.audit``; told only.

    scope: ``names`` where the split alone was looked at and no image, as a run does by itself. The findings are
    sentences, by how bad they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    scope: Literal["all", "names"]
    leaks: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

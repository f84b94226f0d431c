"""Which data a record is of, by what they hold."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Content(BaseModel):
    """Fingerprints of what training read and of what scoring read.

    training: None in a record from before these were kept whose weights were scored again since.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    training: str | None
    scoring: str

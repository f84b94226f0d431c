"""Config fields that paper and released code fill differently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from methods.base import Config

FIDELITIES = ("paper", "official", "fixed")


def choice(
    number: int | None,
    source: str,
    *,
    paper: Any,
    official: Any,
    fixed: Any = None,
    added: bool = False,
    **bounds: Any,
) -> Any:
    """Declare a field that paper and released code fill differently; number: its row in docs/ACTION.md's table.

    fixed: the default, the paper's intent; the paper's value where it is not given. added: the field came after
    records of the method, and is no part of a cell's identity at its default.
    """
    values = {"paper": paper, "official": official, "fixed": paper if fixed is None else fixed}
    extra: dict[str, Any] = {"difference": number, "values": values, **({"added": True} if added else {})}
    return Field(values["fixed"], description=source, json_schema_extra=extra, **bounds)


def same(value: Any, source: str, **bounds: Any) -> Any:
    """Declare a field on which paper and released code agree, or of which only one speaks."""
    return Field(value, description=source, **bounds)


def fidelities(config: type[Config], names: Sequence[str] = FIDELITIES) -> Mapping[str, Mapping[str, Any]]:
    """Return, for each of these fidelities, the fields whose value is not the default."""
    found: dict[str, dict[str, Any]] = {name: {} for name in names}
    for field, info in config.model_fields.items():
        extra = info.json_schema_extra
        values: Any = extra.get("values", {}) if isinstance(extra, dict) else {}
        for name, value in values.items():
            if name in found and value != info.default:
                found[name][field] = value
    return found

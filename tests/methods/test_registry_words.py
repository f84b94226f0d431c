"""What is wrong with a registration is one sentence that names what would be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import field_validator

from methods.base import Config, Method, cited
from methods.errors import MethodError, MethodUsageError
from methods.origin import Origin
from methods.registry import Entry, collecting, method


class Sized(Config):
    """One constant without a default."""

    sizes: int


class Odd(Config):
    """One constant whose validator has a fault."""

    size: int = cited(1, "a choice")

    @field_validator("size")
    @classmethod
    def _look(cls, value: int) -> int:
        raise KeyError("nowhere")


class Even(Odd):
    """One constant."""

    @field_validator("size")
    @classmethod
    def _look(cls, value: int) -> int:
        return value


def entry(config: type[Config], given: Any) -> Entry:
    made = type("Made", (Method,), {"Config": config, "fidelities": given})
    return Entry("made", "Made", "Me", "Line.", made, needs_unlabeled=True)


@pytest.mark.parametrize(
    ("config", "fidelities", "overrides", "said"),
    [
        (Even, {}, {}, "made: fidelities of Made has no 'fixed'; expected 'fixed': {}"),
        (Even, {"paper": {}}, {}, "made: fidelities of Made has no 'fixed'; expected 'fixed': {}"),
        (Sized, {"fixed": {}}, {}, "Config field sizes has no default; give it one by cited(default, source); see "
         "benchmark.methods made"),
        (Odd, {"fixed": {}}, {"size": 2}, "made: Odd ends by KeyError: 'nowhere'; a validator refuses a value by "
         "ValueError"),
    ],
)  # fmt: skip
def test_a_config_that_can_t_be_made_is_told(
    config: type[Config], fidelities: Mapping[str, Any], overrides: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(MethodUsageError, match=f"^{re.escape(said)}$"):
        entry(config, fidelities).configure("fixed", overrides)


@pytest.mark.parametrize("family", [None, ["consistency"], 3])
def test_a_family_that_is_no_word_is_refused_of_this_repository_and_of_others(family: Any, tmp_path: Path) -> None:
    with pytest.raises(MethodError, match=f"family {re.escape(repr(family))}; expected one of supervised, "):
        method("x", title="X", paper="X", family=family)(type("X", (Method,), {}))
    origin = Origin.__new__(Origin)  # any
    with collecting(origin), pytest.raises(MethodUsageError, match="expected a family of at most 30 printable"):
        method("x", title="X", paper="X", family=family)(type("X", (Method,), {}))

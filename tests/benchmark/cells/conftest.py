"""The phantom, of which most cells here are."""

import pytest

from data.catalog import find
from data.source import Source


@pytest.fixture(scope="module")
def source() -> Source:
    return find("phantom")

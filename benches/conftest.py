"""What benches share with the tests."""

from tests.conftest import acdc_root

__all__ = ["acdc_root"]

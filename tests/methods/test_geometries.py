"""Which stages of methods with several move their views alike: all with dense targets."""

import pytest

from methods import registry
from methods.base import Stage
from tests.contract.toy import BUDGET, TASK


def stages(name: str, fidelity: str = "fixed") -> list[Stage]:
    config = registry.configure(name, fidelity, {})
    return list(registry.build(name, TASK, "unet", config, weights=None, seed=0).stages(BUDGET))


@pytest.mark.parametrize(("name", "own"), [("action", "global"), ("gcl", "slices"), ("scs", "slices"), ("bcp", None)])
def test_a_view_has_its_own_geometry_where_whole_slices_are_compared_and_nowhere_else(
    name: str, own: str | None
) -> None:
    found = {stage.name: stage.draw.geometry for stage in stages(name)}
    assert len(found) > 1
    assert found == {stage: "own" if stage == own else "common" for stage in found}


def test_action_as_released_moves_nothing() -> None:
    assert all("plain" in stage.draw.views for stage in stages("action", "official"))

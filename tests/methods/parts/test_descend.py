"""The one caller of backward."""

import pytest
import torch

from methods.errors import MethodError
from methods.parts.descend import descend


@pytest.fixture
def weight() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.tensor(2.0))


def test_one_step_of_gradient_descent(weight: torch.nn.Parameter) -> None:
    optimizer = torch.optim.SGD([weight], lr=0.1)
    values = descend(optimizer, square=weight**2, line=(0.5, 3 * weight))
    assert weight.item() == pytest.approx(2 - 0.1 * (2 * 2 + 0.5 * 3))
    assert {k: v.item() for k, v in values.items()} == {"total": 7.0, "square": 4.0, "line": 6.0}


def test_a_term_without_gradient_is_refused_by_name(weight: torch.nn.Parameter) -> None:
    with pytest.raises(MethodError, match="'consistency' has no gradient"):
        descend(torch.optim.SGD([weight], lr=0.1), supervised=weight**2, consistency=torch.tensor(1.0))
    assert weight.item() == 2.0


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_term_that_is_not_finite_is_refused_before_the_step(weight: torch.nn.Parameter, bad: float) -> None:
    with pytest.raises(MethodError, match=r"'supervised' is .*not finite"):
        descend(torch.optim.SGD([weight], lr=0.1), supervised=weight * bad)
    assert weight.item() == 2.0

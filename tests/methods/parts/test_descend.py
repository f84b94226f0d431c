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


def test_a_hook_tied_to_a_step_is_called(weight: torch.nn.Parameter) -> None:
    optimizer = torch.optim.SGD([weight], lr=0.1)
    seen: list[float] = []
    optimizer.register_step_post_hook(lambda *_: seen.append(round(weight.item(), 6)))
    descend(optimizer, square=weight**2)
    assert seen == [1.6]


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop])
def test_steps_are_those_of_the_optimizer_itself(kind: type[torch.optim.Optimizer]) -> None:
    mine, theirs = (torch.nn.Parameter(torch.linspace(-1, 2, 7)) for _ in range(2))
    one, other = kind([mine], lr=0.03), kind([theirs], lr=0.03)  # type: ignore[call-arg]
    for _ in range(3):
        descend(one, cube=(mine**3).sum())
        other.zero_grad()
        (theirs**3).sum().backward()
        other.step()
    assert torch.equal(mine, theirs)

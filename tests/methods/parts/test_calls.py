"""Calls: batch norm sees what a call sees, and each group gets its own output back."""

import pytest
import torch

from methods.parts.calls import CALLS


def groups() -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    return [shift + torch.rand(count, 1, 2, 2, generator=rng) for shift, count in ((0, 3), (5, 1))]


@pytest.mark.parametrize(("name", "calls"), [("together", [4]), ("apart", [3, 1])])
def test_each_group_gets_its_own_output(name: str, calls: list[int]) -> None:
    seen: list[int] = []

    def doubled(images: torch.Tensor) -> torch.Tensor:
        seen.append(len(images))
        return 2 * images

    found = CALLS[name](doubled, groups())
    assert all(torch.equal(one, 2 * group) for one, group in zip(found, groups(), strict=True))
    assert seen == calls


def test_batch_norm_sees_all_groups_or_each_alone() -> None:
    norm = torch.nn.BatchNorm2d(1).train()
    means = {name: [one.detach().mean().item() for one in call(norm, groups())] for name, call in CALLS.items()}
    assert means["apart"] == pytest.approx([0, 0], abs=1e-5)
    assert means["together"][1] > 1

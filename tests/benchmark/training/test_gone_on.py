"""A stage that can't take up what a checkpoint holds ends its run with one sentence."""

from __future__ import annotations

import pytest
import torch

from benchmark.errors import RunError
from tests.benchmark.training.test_trainer import trainer

pytestmark = pytest.mark.usefixtures("thin")


def test_a_state_of_other_modules_is_told_with_the_stage_and_their_names() -> None:
    made, _ = trainer("supervised")
    state = {**made.method.state_dict(), "head.weight": torch.zeros(1)}
    with pytest.raises(RunError) as told:
        made._load({"method": state}, "train")
    assert str(told.value).startswith("stage 'train' can't be gone on with (")
    assert 'Unexpected key(s) in state_dict: "head.weight"' in str(told.value)

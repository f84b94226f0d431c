"""The inputs that the released code's numbers are of are made here as they were made there."""

import numpy as np
import pytest

from tests.methods.golden.released import load, slices, stronger

BATCHES = ["n4_size64_u0", "n8_size64_u2", "n16_size64_u100", "n6_size64_u210", "n4_size64_u300"]


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_is_the_one_the_released_code_saw(name: str) -> None:
    count, size, number = (int(part.lstrip("nsizeu")) for part in name.split("_"))
    images, masks = slices(count, size, number)
    stored = {key.partition("/")[2]: value for key, value in load("inputs").items() if key.startswith(f"batch_{name}/")}
    assert float(images.sum()) == pytest.approx(float(stored["image_sum"]), rel=1e-12)
    assert float(stronger(images, number, 1).sum()) == pytest.approx(float(stored["second_strong_view_sum"]), rel=1e-12)
    counts = [[int((one == label).sum()) for label in range(4)] for one in masks]
    assert np.array_equal(counts, stored["pixels_per_slice_and_class"])

"""Which features are perturbed, and what passes a network at once."""

import pytest
import torch

from methods.networks.factory import Networks
from methods.parts.perturbed_pass import ROUTES
from tests.contract.toy import SIZE, TASK


@pytest.mark.parametrize(
    ("route", "encoded", "decoded"), [("together", [8], [10]), ("apart", [4, 4], [8, 4])], ids=["together", "apart"]
)
def test_passes_are_as_large_as_they_should_be_and_give_each_part(
    route: str, encoded: list[int], decoded: list[int]
) -> None:
    networks = Networks("unet", TASK.classes, weights=None, seed=0)
    network = networks.initialize(lambda made: made.segmenter()).eval()
    images, seen = torch.rand(8, 1, SIZE, SIZE), {"encode": [], "decode": []}
    encode, decode = network.encode, network.decode
    network.encode = lambda images: (seen["encode"].append(len(images)), encode(images))[1]
    network.decode = lambda maps: (seen["decode"].append(len(maps[0])), decode(maps))[1]
    labeled, weak, *strong = images.split(2)
    parts = ROUTES[route](network, labeled, [weak, *strong], lambda maps: [0 * level for level in maps])
    assert seen == {"encode": encoded, "decode": decoded}
    network.encode, network.decode = encode, decode
    assert len(parts) == 5
    for found, expected in zip(parts, images.split(2), strict=False):
        torch.testing.assert_close(found, network(expected), rtol=1e-4, atol=1e-4)
    nothing = network.decode([0 * level for level in network.encode(weak)]).logits
    torch.testing.assert_close(parts[4], nothing, rtol=1e-4, atol=1e-4)

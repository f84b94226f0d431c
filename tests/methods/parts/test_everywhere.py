"""The vectors of all pixels at once are those of the dense computation and of each pixel alone."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from methods.parts import convolved
from methods.parts.convolved import ConvolvedHead, spread_out
from methods.parts.pixels import RepresentationHead
from tests.methods.parts.dense_contrast import dense_vectors
from tests.methods.parts.test_convolved import CHANNELS, PYRAMIDS, pyramid, rng

SIZE = (16, 16)
BELOW = {name: levels for name, levels in PYRAMIDS.items() if name != "larger"}  # the pyramid's head enlarges only


@pytest.fixture(params=["centres", "corners"])
def enlarging(request: pytest.FixtureRequest) -> str:
    torch.manual_seed(0)
    return str(request.param)


def doubles(maps: Sequence[Tensor]) -> list[Tensor]:
    return [level.detach().double() for level in maps]


@pytest.mark.parametrize("name", PYRAMIDS)
def test_they_are_the_dense_ones_to_the_last_digits_but_one(enlarging: str, name: str) -> None:
    head, maps = ConvolvedHead(CHANNELS, 7, enlarging).double(), doubles(pyramid(name))
    wanted = dense_vectors(head, maps, SIZE)
    torch.testing.assert_close(head.everywhere(maps, SIZE), wanted, atol=1e-13, rtol=1e-12)


@pytest.mark.parametrize("kind", [ConvolvedHead, RepresentationHead])
@pytest.mark.parametrize("name", BELOW)
def test_they_are_those_of_each_pixel(
    enlarging: str, name: str, kind: type[ConvolvedHead] | type[RepresentationHead]
) -> None:
    head, maps = kind(CHANNELS, 7, enlarging).double(), doubles(pyramid(name))
    each = head.at(maps, torch.arange(3 * 16 * 16), SIZE)
    torch.testing.assert_close(head.everywhere(maps, SIZE), each, atol=1e-13, rtol=1e-12)


def test_those_of_a_wide_image_are_counted_along_its_rows(enlarging: str) -> None:
    head = ConvolvedHead((4,), 5, enlarging).double()
    maps = [torch.randn(2, 4, 3, 5, generator=rng(), dtype=torch.float64)]
    assert_close = torch.testing.assert_close
    assert_close(head.everywhere(maps, (12, 20)), dense_vectors(head, maps, (12, 20)), atol=1e-13, rtol=1e-12)


@pytest.mark.parametrize("cells", [(1, 1), (2, 4), (7, 3), (16, 16)])
def test_products_may_be_made_before_or_after_the_enlargement(enlarging: str, cells: tuple[int, int]) -> None:
    level = torch.randn(1, 4, *cells, generator=rng(), dtype=torch.float64)
    kernel = torch.randn(5, 4, 3, 3, generator=rng(1), dtype=torch.float64)
    before = convolved._enlarged_products(level, kernel, SIZE, enlarging)
    after = convolved._products_of_enlarged(level, kernel, SIZE, enlarging)
    torch.testing.assert_close(before, after, atol=1e-13, rtol=1e-12)


def test_a_small_map_is_multiplied_before_it_is_enlarged(monkeypatch: pytest.MonkeyPatch) -> None:
    ways: list[str] = []
    for name in ("_enlarged_products", "_products_of_enlarged"):
        plain = getattr(convolved, name)
        monkeypatch.setattr(convolved, name, lambda *given, p=plain, n=name: (ways.append(n), p(*given))[1])
    for channels, side in ((256, 8), (128, 16), (64, 32), (32, 64), (16, 128)):
        spread_out(torch.zeros(1, channels, side, side), torch.zeros(2, channels, 3, 3), (128, 128))
    assert ways == ["_enlarged_products"] * 3 + ["_products_of_enlarged"] * 2


@pytest.mark.parametrize("autocast", [False, True])
def test_half_precision_gives_nearly_the_same(enlarging: str, autocast: bool) -> None:
    head, maps = ConvolvedHead(CHANNELS, 7, enlarging), [level.detach() for level in pyramid()]
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        halves = head.everywhere([level.bfloat16() for level in maps], SIZE)
    plain = head.everywhere(maps, SIZE)
    assert halves.dtype == torch.float32
    assert ((halves - plain).norm() / plain.norm()).item() < 0.02


def test_no_value_is_asked_of_the_device(enlarging: str) -> None:
    head = ConvolvedHead(CHANNELS, 7, enlarging).to("meta")
    maps = [level.detach().to("meta") for level in pyramid()]  # on which such a question raises
    assert head.everywhere(maps, SIZE).shape == (3 * 16 * 16, 7)

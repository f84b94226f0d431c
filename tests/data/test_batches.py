"""Batches: what a stage asks of its views, and what labelled and unlabelled slices share."""

import torch

from benchmark.cells.augmentation import POLICIES
from benchmark.cells.seeding import seed
from data.batch import Draw
from data.batches import Batches
from data.pool import Pool
from data.task import IGNORED
from data.views import Policy


def pool(count: int, masked: bool, size: int) -> Pool:
    rng = torch.Generator().manual_seed(count)
    masks = torch.randint(0, 4, (count, size, size), generator=rng, dtype=torch.uint8) if masked else None
    images = torch.rand(count, 1, size, size, generator=rng)
    return Pool(images, masks, torch.zeros(count, dtype=torch.int64), torch.linspace(0, 1, count), ("a",))


def batches(policy: Policy, size: int = 32) -> Batches:
    return Batches(pool(5, True, size), pool(7, False, size), policy, lambda *names: seed("test", *names))


MOVED = Policy(POLICIES["mri"].geometry, None, None)


def test_with_a_common_geometry_views_are_alike_and_masks_lie_in_it() -> None:
    batch = batches(MOVED).at("a", 0, Draw(4, 4, ("weak", "strong")))
    assert batch.unlabeled is not None
    for images in (batch.labeled, batch.unlabeled):
        assert torch.equal(images.views["weak"], images.views["strong"])
    assert batch.masks.shape == (4, 32, 32)


def test_with_geometries_of_their_own_views_differ_and_no_mask_is_handed_out() -> None:
    batch = batches(MOVED).at("a", 0, Draw(4, 4, ("weak", "strong"), geometry="own"))
    assert batch.unlabeled is not None
    for images in (batch.labeled, batch.unlabeled):
        assert (images.views["weak"] != images.views["strong"]).flatten(1).any(1).all()
        assert len(images) == 4
    assert (batch.masks.shape, batch.masks.dtype) == ((0, 32, 32), torch.int64)


def test_what_a_batch_draws_once_is_the_same_for_labelled_and_unlabelled_slices() -> None:
    made, draw = batches(POLICIES["action"], 128), Draw(3, 3, ("strong", "strong_sharp", "plain"))
    whole = []
    for update in range(40):
        batch = made.at("a", update, draw)
        assert batch.unlabeled is not None
        jittered, blurred = (
            [bool((images.views[one] != images.views[other]).any()) for images in (batch.labeled, batch.unlabeled)]
            for one, other in (("strong_sharp", "plain"), ("strong", "strong_sharp"))
        )
        assert jittered[0] == jittered[1] and blurred[0] == blurred[1]
        whole.append((jittered[0], blurred[0]))
    assert len(set(whole)) == 4  # each with and without the other


def test_a_labelled_slices_view_does_not_depend_on_whether_unlabelled_ones_are_drawn() -> None:
    made = batches(POLICIES["mri"])
    alone, beside = (made.at("a", 3, Draw(4, count, ("weak", "strong"))) for count in (0, 4))
    assert torch.equal(alone.labeled.views["strong"], beside.labeled.views["strong"])


def test_foreground_is_drawn_from_slices_that_hold_it_and_not_from_ignored_or_empty_ones() -> None:
    masks = torch.zeros(20, 8, 8, dtype=torch.uint8)
    masks[3, 0, 0], masks[7, 1, 1], masks[9, 2, 2] = 1, 2, 2
    masks[11] = IGNORED
    images = torch.arange(20.0).view(20, 1, 1, 1).expand(20, 1, 8, 8).contiguous()
    pool = Pool(images, masks, torch.zeros(20, dtype=torch.int64), torch.linspace(0, 1, 20), ("a",))
    stream = Batches(pool, pool.unlabeled(), Policy(None, None, None), lambda *names: seed("test", *names))
    draw = Draw(3, 0, ("weak",), foreground=0.33)
    held = [int(stream.at("a", update, draw).labeled.views["weak"][2, 0, 0, 0]) for update in range(8)]
    assert held[::2] == [3] * 4 and {*held[1:4:2]} == {*held[5:8:2]} == {7, 9}
    plain = [stream.at("a", update, Draw(2, 0, ("weak",))).labeled.views["weak"] for update in range(8)]
    assert all(torch.equal(stream.at("a", k, draw).labeled.views["weak"][:2], one) for k, one in enumerate(plain))

"""UniMatch: its Dice loss, its boxes, and three updates are the released code's."""

from dataclasses import replace

import pytest
import torch

from data.batch import Batch
from methods.base import Budget
from methods.parts.counted import counted_dice
from methods.parts.pseudo import sure_classes
from methods.unimatch import UniMatch
from tests.methods.golden.conftest import Compare
from tests.methods.golden.loss_cases import CASES, gradient_by_class, logits_of, masks_of
from tests.methods.golden.released import (
    START,
    TOTAL,
    Given,
    Watched,
    batch,
    drawn,
    fill,
    load,
    match,
    official,
    slices,
    sorted_weights,
    start,
    step,
    stronger,
    update_of,
)

VIEWS = {"weak": None, "strong": 0, "strong_b": 1}
WIDTHS = (16, 32, 64, 128, 256)


def with_partners(number: int) -> Batch:
    """Return an update's batch, whose unlabelled slices have their partners behind them."""
    seen, images = batch(4, 4, number, VIEWS), slices(4, 64, 50 + number)[0]
    assert seen.unlabeled is not None
    partners = {name: images if view is None else stronger(images, 50 + number, view) for name, view in VIEWS.items()}
    views = {name: torch.cat([own, partners[name]]) for name, own in seen.unlabeled.views.items()}
    case, position = (torch.cat([one, one]) for one in (seen.unlabeled.case, seen.unlabeled.position))
    return replace(seen, unlabeled=replace(seen.unlabeled, views=views, case=case, position=position))


def box(number: int, view: int) -> torch.Tensor:
    """Return (4, 64, 64) bool, true inside the box of each slice that has one."""
    stored, inside = load("step_unimatch"), torch.zeros(4, 64, 64, dtype=torch.bool)
    for k in range(4):
        (top, left), (tall, wide) = (
            stored[f"draw/{name}"][number, view, k] for name in ("box_row_column", "box_height_width")
        )
        inside[k, top : top + tall, left : left + wide] = bool(stored["draw/box_used"][number, view, k])
    return inside


def draws(number: int) -> dict[str, torch.Tensor]:
    kept = {
        f"channels_{level}": torch.from_numpy(drawn(8000 + number, level).random((8, width)) >= 0.5)
        for level, width in enumerate(WIDTHS)
    }
    return {**kept, **{f"box_{view}": box(number, view) for view in range(2)}}


def test_three_updates_of_unimatch_are_the_released_ones(compare: Compare) -> None:
    method = official("unimatch")
    assert isinstance(method, UniMatch)
    fill(sorted_weights(method.student, "unet"), 0, sharp=12)
    stage = method.stages(Budget(TOTAL, True, 4, 4))[0]
    assert stage.draw.unlabeled == 8
    start(method, stage)
    watched, weak, settled = {"student": Watched(method.student)}, [], []
    method.student.classify.register_forward_hook(
        lambda part, _, out: (weak if part.training else settled).append(out.detach())
    )
    for number in range(3):
        there = update_of("step_unimatch", f"u{number}")
        weak.clear()
        settled.clear()
        terms = step(method, with_partners(number), Given(START + number, **draws(number)), fresh=True)
        compare("unimatch", "loss", terms["supervised"], there["loss/supervised"])
        strong = (there["loss/strong_first"] + there["loss/strong_second"]) / 2
        compare("unimatch", "loss", terms["images"], strong)
        compare("unimatch", "loss", terms["features"], there["loss/features"])
        compare("unimatch", "loss", terms["total"], there["loss/total"])
        for logits, name in ((weak[0][4:8], "confident_share"), (settled[0], "confident_share_partner")):
            sure = sure_classes(logits.softmax(1), method.config.confident)[1]
            compare("unimatch", "labels", sure.double().mean(), there[name])
        match(compare, "unimatch", watched, there)


@pytest.mark.parametrize("case", CASES)
def test_dice_with_pixels_left_out_and_its_gradient_are_the_released_ones(compare: Compare, case: str) -> None:
    logits, there = logits_of(case)[0], update_of("losses", case)
    counted = torch.from_numpy(drawn(60 + CASES.index(case), 3).random((3, 32, 32)) >= 0.4)
    term = counted_dice(logits, masks_of(case), counted)
    compare("unimatch", "loss", term.detach(), there["unimatch_dice_with_left_out"])
    compare("unimatch", "gradient", gradient_by_class(term, logits), there["unimatch_dice_gradient_norm_per_class"])


def test_boxes_have_the_released_sides_areas_and_places() -> None:
    """Within four standard errors of as many draws there as here."""
    there = update_of("augmentation", "unimatch_medical")
    count = int(there["draws"]) if "draws" in there else 20_000
    images, rng = torch.zeros(count, 1, 64, 64), torch.Generator().manual_seed(0)
    config = official("unimatch").config
    inside = config.boxes.inside(images, rng)
    has = inside.flatten(1).any(1)
    tall, wide = inside[has].any(2).sum(1).double(), inside[has].any(1).sum(1).double()
    found = {"area": tall * wide / 64**2, "tall": tall, "wide": wide, "centre": inside[has][:, 32, 32].double()}
    shares = {
        "area": there["box_area_share_min_mean_max_at_64"][1],
        "tall": there["box_height_mean_width_mean_at_64"][0],
        "wide": there["box_height_mean_width_mean_at_64"][1],
        "centre": there["box_cover_centre_and_corner_at_64"][0],
    }
    for name, values in found.items():
        error = float(values.std()) * (2 / len(values)) ** 0.5
        assert float(values.mean()) == pytest.approx(float(shares[name]), abs=4 * error), name
    assert float(has.double().mean()) == pytest.approx(float(there["share_of_strong_views_with_box"]), abs=0.02)

"""How many slices an update has: the preset's, or each stage's own; a number that nothing asks for is refused."""

import pytest

from benchmark.cells.choice import batch_fields
from benchmark.errors import UsageError
from data.source import Source
from tests.benchmark.cells.smoke import cell

PRESET = ["labeled_batch", "unlabeled_batch"]
OWN = ["pretrain_batch", "contrast_batch"]


@pytest.mark.parametrize("field", PRESET)
@pytest.mark.parametrize("fidelity", ["paper", "official"])
def test_slices_that_no_stage_asks_the_preset_for_are_refused(source: Source, fidelity: str, field: str) -> None:
    words = r"here each stage has a number of slices of its own, pretrain_batch \(3\) and contrast_batch \([34]\); set"
    with pytest.raises(UsageError, match=rf"--set {field}=6: {words}"):
        cell(source, method="action", fidelity=fidelity, set={field: 6})


def test_a_stage_set_to_0_asks_the_preset(source: Source) -> None:
    found = cell(source, method="action", fidelity="paper", set={"labeled_batch": 6, "contrast_batch": 0})
    assert found.schedule.labeled_batch == 6
    assert batch_fields(found.config) == [*PRESET, "pretrain_batch"]


@pytest.mark.parametrize(
    ("method", "fidelity", "fields"),
    [
        ("action", "fixed", PRESET),
        ("action", "official", OWN),
        ("mona", "fixed", PRESET),
        ("supervised", "paper", PRESET),
    ],
)
def test_the_fields_that_say_how_many_slices_an_update_has(
    source: Source, method: str, fidelity: str, fields: list[str]
) -> None:
    assert batch_fields(cell(source, method=method, fidelity=fidelity).config) == fields

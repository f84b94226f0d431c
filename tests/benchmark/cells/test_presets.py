"""Presets: what each one gives to every method, and how many updates its cells come to."""

import pytest

from benchmark.cells.cell import Wish, resolve_cell
from benchmark.cells.preset import PRESETS, resolve
from data.source import Source
from methods import registry
from tests.benchmark.cells.smoke import cell


def test_auto_is_the_papers_preset_on_cuda_and_quick_on_a_cpu(source: Source) -> None:
    wish = Wish(method="supervised")
    assert resolve_cell(wish, source, "cuda").preset == "paper"
    assert resolve_cell(wish, source, "cpu").preset == "quick"


def test_the_papers_preset_keeps_every_constant_of_the_method(source: Source) -> None:
    for name in registry.entries():
        resolved = cell(source, method=name, preset="paper")
        assert resolved.method_config() == registry.configure(name, "fixed", {})


def test_presets_give_all_methods_the_same(source: Source) -> None:
    schedules = [cell(source, method=method, preset="quick").schedule for method in ("supervised", "action")]
    assert schedules[0] == schedules[1]


def test_paper_preset_is_as_published() -> None:
    paper = PRESETS["paper"]
    assert (paper.size, paper.updates, paper.per_stage, paper.tuned) == (256, 30_000, True, {})
    assert (paper.augmentation, paper.resizing, paper.test_resizing) == ("geometric", "nearest", "nearest")
    assert resolve("paper", {"updates": 10}).updates == 10


def test_medium_is_the_papers_preset_but_for_its_length_its_size_and_the_learning_rate() -> None:
    medium, paper = PRESETS["medium"].model_dump(), PRESETS["paper"].model_dump()
    assert {name: value for name, value in medium.items() if value != paper[name]} == {
        "updates": 1_000, "size": 128, "tuned": {"lr": 0.03}, "labeled_batch": 8, "unlabeled_batch": 8,
        "resizing": "smooth", "test_resizing": "smooth", "validations": 10,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "fidelity", "updates"),
    [
        ("supervised", "fixed", 1_000),
        ("action", "fixed", 3_000),
        ("action", "official", 3_000),
        ("action_plus", "fixed", 1_000),
        ("mona", "fixed", 2_000),
        ("bcp", "fixed", 1_333),
    ],
)
def test_a_cell_says_its_updates_where_a_paper_counts_its_stages_together(
    source: Source, method: str, fidelity: str, updates: int
) -> None:
    one = cell(source, method=method, fidelity=fidelity, preset="medium")
    stages = registry.build(method, source.task, "unet", one.method_config(), weights=None, seed=0).stages(one.budget)
    assert sum(stage.updates for stage in stages) == one.updates(len(stages)) == updates

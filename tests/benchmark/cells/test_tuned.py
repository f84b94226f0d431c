"""Values that presets tune: for whom, and which a method keeps."""

import pytest

from benchmark.cells.preset import PRESETS
from benchmark.errors import UsageError
from data.source import Source
from tests.benchmark.cells.smoke import cell


def test_a_value_tuned_for_one_method_is_no_new_cell_for_another(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {method: cell(source, method=method).id for method in ("supervised", "action")}
    tuned = {**PRESETS["smoke"].tuned, "unsupervised_ramp": 0.123}
    monkeypatch.setitem(PRESETS, "smoke", PRESETS["smoke"].model_copy(update={"tuned": tuned}))
    assert cell(source).id == before["supervised"]
    assert cell(source, method="action").id != before["action"]


def test_a_field_is_tuned_for_all_methods_or_for_one(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    tuned = {"slices_share": 3, "scs.slices_share": 5}
    monkeypatch.setitem(PRESETS, "smoke", PRESETS["smoke"].model_copy(update={"tuned": tuned}))
    shares = [cell(source, method=method).config["slices_share"] for method in ("gcl", "scs")]
    assert shares == [3, 5]
    assert "slices_share" not in cell(source).config


def test_a_stage_that_a_method_leaves_out_is_brought_back_by_who_sets_it_alone(source: Source) -> None:
    assert {PRESETS[name].tuned["global_share"] for name in ("quick", "smoke", "demo")} == {1}
    for preset in ("quick", "smoke", "demo"):
        shares = {
            method: cell(source, method=method, preset=preset).config["global_share"] for method in ("action", "mona")
        }
        assert shares == {"action": 1, "mona": 0}
    assert cell(source, method="action_plus").config["global_share"] == 0
    assert cell(source, method="action_plus", set={"global_share": 2}).config["global_share"] == 2


@pytest.mark.parametrize(("method", "paper"), [("action", 0), ("action_plus", 0.1), ("mona", 0.1), ("arco", 0.1)])
def test_a_term_that_a_fidelity_leaves_out_is_not_tuned_in(source: Source, method: str, paper: float) -> None:
    assert cell(source, method=method, preset="quick").config["global_weight"] == 0.1
    assert cell(source, method=method, preset="quick", fidelity="paper").config["global_weight"] == paper
    assert cell(source, method=method, preset="quick", fidelity="paper", set={"global_weight": 1}).config[
        "global_weight"
    ] == 1  # fmt: skip


@pytest.mark.parametrize(
    ("method", "fidelity", "share"),
    [("gcl", "fixed", "fine_tune_share"), ("scs", "paper", "slices_share"), ("action", "official", "global_share")],
)
def test_a_share_that_changes_nothing_is_refused(source: Source, method: str, fidelity: str, share: str) -> None:
    words = f"--set {share}=3: preset paper grants each stage 30,000 updates, whatever its share"
    with pytest.raises(UsageError, match=words):
        cell(source, method=method, fidelity=fidelity, preset="paper", set={share: 3})
    assert cell(source, method=method, fidelity=fidelity, preset="short", set={share: 3}).config[share] == 3


def test_a_share_counts_where_a_paper_counts_its_stages_together(source: Source) -> None:
    assert cell(source, method="action", preset="paper", set={"global_share": 3}).config["global_share"] == 3
    assert (
        cell(source, method="action", fidelity="official", preset="paper", set={"local_share": 0}).updates(2) == 60_000
    )

"""Cells: identity, labelled sets, overrides, and errors that name what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from benchmark.cells.cell import Cell
from benchmark.errors import UsageError
from data.errors import DataUsageError
from data.source import Source
from methods.errors import MethodUsageError
from tests.benchmark.cells.smoke import cell


def test_equal_wishes_are_one_cell_however_spelt(source: Source) -> None:
    one = cell(source, ratio=0.05)
    assert one.id == cell(source, labeled=2).id == cell(source).id
    assert one.id == cell(source, set={"lr": 0.03}).id  # what the preset says anyway
    assert one.id == cell(source, set={"size": 64}).id


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1}, {"labeled": 3}, {"label_draw": "random"}, {"method": "mean_teacher"}, {"backbone": "resnet18"},
        {"preset": "quick"}, {"set": {"lr": 0.02}}, {"set": {"size": 96}}, {"set": {"precision": "fp32"}},
    ],
)  # fmt: skip
def test_any_other_value_is_another_cell(source: Source, change: dict[str, Any]) -> None:
    assert cell(source, **change).id != cell(source).id


@pytest.mark.parametrize("name", ["init_seed", "data_seed"])
def test_a_named_seed_is_another_cell_unless_it_is_the_seed(source: Source, name: str) -> None:
    plain = cell(source, seed=4)
    assert cell(source, seed=4, **{name: 4}) == plain
    other = cell(source, seed=4, **{name: 5})
    assert other.id != plain.id and "-s4-" in other.id
    assert other.seed_of(name.removesuffix("_seed")) == 5
    assert other.seed_of("train") == 4
    assert other.id != cell(source, seed=4, **{name: 0}).id  # 0 is a seed, not the absence of one


def test_a_label_seed_draws_the_patients_and_nothing_else(source: Source) -> None:
    drawn = cell(source, labeled=5, label_draw="random", seed=4)
    named = cell(source, labeled=5, label_draw="random", seed=0, label_seed=4)
    assert named.labeled_patients == drawn.labeled_patients
    assert named.seed_of("init") == named.seed_of("data") == 0
    assert named.label_seed == 4 and drawn.label_seed is None


def test_cells_that_know_no_named_seeds_keep_their_identity() -> None:
    folder = Path(__file__).parents[3] / "results" / "kept"
    older = [path for path in folder.glob("*/cell.json") if "init_seed" not in path.read_text()]
    assert len(older) >= 10  # records of before that field; those trained again since have it
    for path in older:
        assert Cell.model_validate_json(path.read_text()).id == path.parent.name


def test_labelled_patients_do_not_depend_on_the_method(source: Source) -> None:
    drawn = {
        method: cell(source, method=method, labeled=5, label_draw="random", seed=4).labeled_patients
        for method in ("supervised", "mean_teacher", "action")
    }
    assert len(set(drawn.values())) == 1
    assert drawn["action"] != cell(source, labeled=5, label_draw="random", seed=5).labeled_patients


def test_a_cell_survives_its_json(source: Source) -> None:
    one = cell(source, method="action", set={"queries": 64})
    again = Cell.model_validate_json(one.model_dump_json())
    assert again == one and again.id == one.id


@pytest.mark.parametrize(
    ("wish", "error", "message"),
    [
        ({"method": "mean_techer"}, UsageError, "no method 'mean_techer'; did you mean mean_teacher?"),
        ({"preset": "quik"}, UsageError, "no preset 'quik'; did you mean quick?"),
        ({"fidelity": "exact"}, UsageError, "supervised has no fidelity 'exact'; it has paper, official, fixed"),
        ({"set": {"learning_rat": 1}}, UsageError, "--set learning_rat: supervised and the preset have no such field"),
        ({"set": {"sise": 64}}, UsageError, "did you mean size?"),
        ({"set": {"size": 100}}, UsageError, "--set size=100: .*multiple of 32"),
        ({"set": {"lr": -1}}, MethodUsageError, "--set lr=-1: .*greater than 0; see benchmark.methods supervised"),
        ({"set": {"lr": True}}, MethodUsageError, "--set lr=true: a number is expected"),
        ({"set": {"lr": "fast"}}, MethodUsageError, "--set lr=fast: .*valid number"),
        ({"set": {"view": "blurred"}}, MethodUsageError, "--set view=blurred: .*'strong'"),
        ({"set": {"updates": True}}, UsageError, "--set updates=true: a number is expected"),
        ({"set": {"augmentation": "none"}}, UsageError, "--set augmentation=none: .*'mri'"),
        ({"ratio": 0.0}, DataUsageError, "--ratio 0.0: expected a number above 0 and up to 1"),
        ({"ratio": float("nan")}, DataUsageError, "--ratio nan: expected a number above 0"),
        ({"labeled": 41}, DataUsageError, "--labeled 41: expected 1 to 40, the patients that phantom trains on"),
        ({"labeled": 3, "ratio": 0.1}, UsageError, "give one"),
        ({"label_seed": 1}, UsageError, "--label-draw canonical takes the first; use random"),
        ({"label_draw": "lucky"}, DataUsageError, "no label draw 'lucky'"),
        ({"method": "action", "ratio": 1.0}, UsageError, "action needs unlabelled patients, and all 40 are labelled"),
    ],
)
def test_a_wrong_wish_is_named(source: Source, wish: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cell(source, **wish)


def test_protocol_files_are_valid_and_of_their_own_data_set() -> None:
    from benchmark.cells.protocol import read_protocol

    paths = sorted((Path(__file__).parents[3] / "protocols").glob("*.toml"))
    assert [path.stem for path in paths] == [
        "acdc", "action", "action_ablation", "claim", "demo", "lits", "smoke", "variance"
    ]  # fmt: skip
    for path in paths:
        assert read_protocol(path).wishes()


def test_a_protocols_values_hold_for_all_blocks_and_a_blocks_own_go_before_them(tmp_path: Path) -> None:
    from benchmark.cells.protocol import read_protocol

    path = tmp_path / "p.toml"
    path.write_text(
        'title = "t"\ndataset = "phantom"\nset = { lr = 0.1, bank = 12 }\n'
        '[[cells]]\nmethods = ["action"]\nvariant = "small bank"\nset = { bank = 6 }\n'
    )
    (wish,) = read_protocol(path).wishes()
    assert wish.set == {"lr": 0.1, "bank": 6}
    assert wish.variant == "small bank"


def test_named_seeds_are_crossed(tmp_path: Path) -> None:
    from benchmark.cells.protocol import read_protocol

    path = tmp_path / "p.toml"
    path.write_text(
        'title = "t"\ndataset = "phantom"\n[[cells]]\nmethods = ["supervised"]\nlabel_draws = ["random"]\n'
        "label_seeds = [1, 2]\ninit_seeds = [1, 2, 3]\ndata_seeds = [7]\n"
    )
    wishes = read_protocol(path).wishes()
    assert len({(wish.label_seed, wish.init_seed) for wish in wishes}) == len(wishes) == 6
    assert {(wish.seed, wish.data_seed) for wish in wishes} == {(0, 7)}


def test_a_variants_name_is_no_part_of_the_cell(source: Source) -> None:
    assert cell(source, variant="full").id == cell(source).id


def test_a_twin_weighs_every_unlabelled_term_with_nothing(source: Source) -> None:
    plain, twin = cell(source, method="mean_teacher"), cell(source, method="mean_teacher", twin=True)
    assert (plain.config["weight"], twin.config["weight"]) == (0.1, 0.0)
    assert plain.id != twin.id
    assert {k: v for k, v in plain.config.items() if k != "weight"} == {
        k: v for k, v in twin.config.items() if k != "weight"
    }


def test_supervised_training_is_its_own_twin(source: Source) -> None:
    with pytest.raises(UsageError, match="supervised learns from labels only and is its own twin"):
        cell(source, twin=True)


def test_options_that_came_later_leave_older_cells_their_identity(source: Source) -> None:
    made = cell(source, method="action")
    before = made.model_copy(update={"config": {k: v for k, v in made.config.items() if k != "pretrain_weight"}})
    assert before.id == made.id
    assert cell(source, method="action", set={"pretrain_weight": 0.5}).id != made.id


def test_unet_is_no_cell_of_the_network_that_bore_the_name_before(source: Source) -> None:
    today = cell(source)
    before = today.model_copy(update={"network": None})
    assert today.id != before.id != cell(source, backbone="unet-transposed").id
    assert (today.built_backbone, before.built_backbone) == ("unet", "unet-transposed")
    for name in ("unet-transposed", "resnet18"):
        other = cell(source, backbone=name)
        assert other.network is None and other.built_backbone == name


def test_kept_cells_keep_their_identity_and_build_the_network_they_were_trained_with() -> None:
    folder = Path(__file__).parents[3] / "results" / "kept"
    found = {path.parent.name: Cell.model_validate_json(path.read_text()) for path in folder.glob("*/cell.json")}
    older = {name: one for name, one in found.items() if one.backbone == "unet" and one.network is None}
    assert len(older) >= 10
    assert all(one.id == name and one.built_backbone == "unet-transposed" for name, one in older.items())


def test_a_protocol_with_twins_runs_each_beside_its_cell(tmp_path: Path) -> None:
    from benchmark.cells.protocol import read_protocol

    path = tmp_path / "p.toml"
    path.write_text('title = "t"\ndataset = "phantom"\n[[cells]]\nmethods = ["supervised", "mean_teacher"]\n')
    assert [(w.method, w.twin) for w in read_protocol(path).wishes()] == [
        ("supervised", False),
        ("mean_teacher", False),
    ]
    assert (("mean_teacher", True)) in [(w.method, w.twin) for w in read_protocol(path).wishes(twins=True)]
    assert len(read_protocol(path).wishes(twins=True)) == 3

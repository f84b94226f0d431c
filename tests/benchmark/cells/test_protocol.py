"""Protocols: grids, includes and excludes; a slip is one sentence that names the file, the block and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import sweep
from benchmark.cells.cell import Cell, resolve_cell
from benchmark.cells.protocol import read_protocol
from benchmark.command import main
from benchmark.errors import UsageError
from data.catalog import find

PROTOCOLS = Path(__file__).parents[3] / "protocols"
HEAD = 'title = "t"\ndataset = "phantom"\n'


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def message(path: Path) -> str:
    with pytest.raises(UsageError) as raised:
        read_protocol(path).wishes()
    return str(raised.value)


def test_the_grid_is_the_product_of_all_lists(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'title = "t"\n[[cells]]\ndatasets = ["phantom", "acdc"]\nmethods = ["supervised", "action"]\nlabeled = [3, 7]\n'
        'seeds = [0, 1]\nbackbones = ["unet", "resnet18"]\nfidelities = ["fixed", "official"]\n'
        'presets = ["quick", "smoke"]\nset = { lr = [0.01, 0.03, 0.1], size = 64 }\n',
    )
    wishes = read_protocol(path).wishes()
    assert len(wishes) == 2 * 2 * 2 * 2 * 2 * 2 * 2 * 3
    assert len({wish.model_dump_json() for wish in wishes}) == len(wishes)
    assert {wish.set["lr"] for wish in wishes} == {0.01, 0.03, 0.1}
    assert all(wish.set["size"] == 64 for wish in wishes)


def test_a_list_at_the_top_is_a_grid_and_a_blocks_own_value_goes_before_it(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        HEAD + 'set = { lr = [0.1, 0.2] }\n[[cells]]\nmethods = ["supervised"]\n'
        '[[cells]]\nmethods = ["mean_teacher"]\nset = { lr = 0.3 }\n',
    )
    assert [(w.method, w.set["lr"]) for w in read_protocol(path).wishes()] == [
        ("supervised", 0.1), ("supervised", 0.2), ("mean_teacher", 0.3),
    ]  # fmt: skip


def test_included_cells_keep_their_own_values_and_equal_cells_are_one(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    written(tmp_path / "sub", HEAD + 'set = { lr = 0.5 }\n[[cells]]\nmethods = ["supervised"]\n', "base.toml")
    path = written(
        tmp_path,
        'title = "t"\ndataset = "acdc"\ninclude = ["sub/base.toml"]\nset = { size = 64 }\n'
        '[[cells]]\nmethods = ["supervised"]\n[[cells]]\nmethods = ["supervised"]\n',
    )
    wishes = read_protocol(path).wishes()
    assert [(w.dataset, dict(w.set)) for w in wishes] == [("phantom", {"lr": 0.5}), ("acdc", {"size": 64})]


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ('methods = ["action"]\nseeds = [1]', 12),
        ('labeled = ["all"]\nmethods = ["action"]', 12),
        ("set = { lr = 0.1 }", 8),
        ("set = { lr = [0.1, 0.7] }\nseeds = [0]", 12),
        ("labeled = [3, 7]", 8),
    ],
)
def test_an_exclude_takes_away_what_is_like_all_it_names(exclude: str, left: int, tmp_path: Path) -> None:
    grid = 'methods = ["supervised", "action"]\nseeds = [0, 1]\nlabeled = [3, "all"]\nset = { lr = [0.1, 0.2] }\n'
    path = written(tmp_path, f"{HEAD}[[cells]]\n{grid}[[exclude]]\n{exclude}\n")
    assert len(read_protocol(path).wishes()) == left


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[cells]]\nmethods = ["action"]\n[[cells]]\nmethod = "action"', "[[cells]] block 2: unknown key method; did"),
        ('[[cells]]\nmethods = ["action"]\n[[exclude]]\nmethodes = ["x"]', "[[exclude]] block 1: unknown key methodes"),
        ('includes = ["a.toml"]\n[[cells]]\nmethods = ["action"]', "unknown key includes; did you mean include?"),
        ('[[cells]]\nmethods = ["action"]\nset = { lr = [] }', "[[cells]] block 1: set: lr has an empty list"),
        ('[[cells]]\nmethods = ["action"]\nseeds = []', "[[cells]] block 1: seeds: "),
        ('[[cells]]\nmethods = ["action"]\nlabeled = []', "block 1: labeled: an empty list makes no cell"),
        ('[[cells]]\nmethods = ["action"]\ndatasets = []', "block 1: datasets: an empty list makes no cell"),
        ('[[cells]]\nmethods = ["action"]\nseeds = ["0"]', "block 1: seeds.0: Input should be a valid integer"),
        ('[[cells]]\nmethods = ["action"]\nseeds = [-1]', "block 1: seeds.0: Input should be greater than or equal"),
        ('set = { lr = [] }\n[[cells]]\nmethods = ["action"]', "set: lr has an empty list"),
        ('[[cells]]\nmethods = ["action"]\nlabeled = ["al"]', "a count of patients or 'all' is expected, not [\"al\"]"),
        ('[[cells]]\nmethods = ["action"]\n[[exclude]]\nseeds = [4]', "[[exclude]] block 1: no cell is like that"),
        ('[[cells]]\nmethods = ["action"]\n[[exclude]]\nseeds = [0]', "its excludes leave no cell"),
        ('[[cells]]\nmethods = ["acton"]\ntwins = true', "block 1: there is no method 'acton'; did you mean action?"),
        ("[[cells]]\nmethods = []", "block 1: methods: an empty list makes no cell; name at least one, or leave"),
        (
            '[[cells]]\nmethods = ["action"]\nseeds = []',
            "block 1: seeds: an empty list makes no cell; name at least one",
        ),
        ('[[cells]]\nmethods = ["action"]\nseeds = [1]\n[[exclude]]\nseeds = [true]', "[[exclude]] block 1: seeds.0: "),
        (
            '[[cells]]\nmethods = ["action"]\nlabeled = [1]\n[[exclude]]\nlabeled = [true]',
            "[[exclude]] block 1: labeled: a count of patients or 'all' is expected, not [true]",
        ),
        ('include = ["mine.toml"]', "mine.toml includes itself, by way of mine.toml"),
        ('include = ["other.toml"]', "there is no protocol file"),
    ],
)
def test_a_slip_is_named_with_file_and_block(text: str, expected: str, tmp_path: Path) -> None:
    said = message(written(tmp_path, HEAD + text))
    assert expected in said
    assert "mine.toml" in said
    assert "\n" not in said


def test_a_byte_order_mark_is_no_part_of_a_protocol(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(f'{HEAD}[[cells]]\nmethods = ["action"]\n'.encode("utf-8-sig"))
    assert [wish.method for wish in read_protocol(path).wishes()] == ["action"]


def test_a_block_without_any_data_set_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, 'title = "t"\n[[cells]]\nmethods = ["action"]\n')
    assert "[[cells]] block 1: it names no datasets and the file no dataset" in message(path)


def test_a_slip_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    written(tmp_path, HEAD + '[[cells]]\nmethods = ["action"]\nsedes = [1]\n', "base.toml")
    assert "base.toml: [[cells]] block 1: unknown key sedes; did you mean seeds?" in message(
        written(tmp_path, HEAD + 'include = ["base.toml"]\n')
    )


def test_named_seeds_can_be_left_out_too(tmp_path: Path) -> None:
    text = HEAD + '[[cells]]\nmethods = ["action"]\ninit_seeds = [0, 1]\n[[exclude]]\ninit_seeds = [1]\n'
    (wish,) = read_protocol(written(tmp_path, text)).wishes()
    assert wish.init_seed == 0


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ('backbones = ["resnet19"]', "backbone: no encoder 'resnet19'; did you mean resnet18?"),
        ('backbones = ["unett:resnet18"]', "backbone: no architecture 'unett'; did you mean unet?"),
        ('backbones = ["resnet18"]\nset = { weights = "imagenett" }', "encoder resnet18 has no weights 'imagenett'"),
        ('set = { weights = "imagenet" }', "backbone unet has no pretrained weights"),
        ('datasets = [""]', "there is no data set ''; known are acdc, lits, phantom, phantom_close, and any"),
        ('datasets = ["phantm"]', "there is no data set 'phantm'; did you mean phantom?"),
    ],
)
def test_what_cannot_be_built_or_found_is_named_before_anything_runs(
    block: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, f'{HEAD}[[cells]]\nmethods = ["supervised"]\n{block}\n')
    with pytest.raises(SystemExit) as ended:
        main("benchmark.sweep", lambda: sweep.command([str(path), "--dry-run", "--out", str(tmp_path)]))
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert expected in error and "mine.toml: [[cells]] block 1" in error
    assert len(error.splitlines()) == 1


def before(cell: Cell) -> str:
    """Return the id that a cell had when its backbone's name was another network's and its policy's value not kept."""
    return cell.model_copy(update={"network": None, "policy": None}).id


def test_cells_of_the_smoke_protocol_are_those_they_always_were() -> None:
    source = find("phantom")
    cells = [resolve_cell(wish, source, "cpu") for wish in read_protocol(PROTOCOLS / "smoke.toml").wishes()]
    assert {cell.id for cell in cells} >= {
        "phantom-3-supervised-unet-smoke-s0-156c887b",
        "phantom-3-mean_teacher-unet-smoke-s0-5cb4c736",
    }
    assert {before(cell) for cell in cells} >= {
        "phantom-3-supervised-unet-smoke-s0-d0e2b46b",
        "phantom-3-mean_teacher-unet-smoke-s0-1e99eac5",
    }


def test_cells_of_the_action_protocol_are_none_of_the_records_of_before_policies_were_kept(acdc_root: Path) -> None:
    source = find("acdc", acdc_root)
    kept = PROTOCOLS.parent.glob("results/kept/*/cell.json")
    older = {path.parent.name for path in kept if '"policy"' not in path.read_text()}
    ids = {resolve_cell(wish, source, "cpu").id for wish in read_protocol(PROTOCOLS / "action.toml").wishes()}
    assert ids and not ids & older

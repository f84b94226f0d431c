"""What a methods section has to say, made from records: once where it is one, else by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.by_line import by_line, only
from reports.findings import find_all
from reports.markdown import in_prose
from reports.methods_text import methods_text
from reports.summary import group
from reports.what_was_run import what_was_run
from results.store import LoadedRecord
from results.writing import write_json
from tests.results.made import SPLIT, save

SCHEDULE = {"size": 128, "labeled_batch": 8, "unlabeled_batch": 8, "augmentation": "mri", "scaling": "percentile"}
SGD = {"lr": 0.03, "momentum": 0.9, "weight_decay": 0.0001, "lr_power": 0.9}


def run(root: Path, name: str, config: dict[str, object], **cell: object) -> LoadedRecord:
    loaded = save(root, id=name, **cell)  # type: ignore[arg-type]
    write_json(loaded.folder / "cell.json", {"schedule": SCHEDULE, "config": config})
    return loaded


@pytest.fixture
def made(tmp_path: Path) -> list[LoadedRecord]:
    """Return supervised training with three seeds, two methods that differ from it, and a ceiling."""
    seeds = [run(tmp_path, f"sup{seed}", SGD, seed=seed) for seed in (0, 1, 2)]
    gcl = {**SGD, "pretrain_lr": 0.001, "fine_tuner": "adam", "fine_tune_lr": 0.002}
    dan = {**SGD, "lr": 0.01, "critic_lr": 0.0001}
    return [
        *seeds,
        run(tmp_path, "gcl", gcl, method="gcl", title="GCL"),
        run(tmp_path, "dan", dan, method="dan", title="DAN"),
        run(tmp_path, "full", SGD, labeled=70),
    ]


def paragraph(records: list[LoadedRecord], title: str = "Toy") -> str:
    heading, _, text = methods_text(find_all(group(records), ["last"]), title).partition("\n\n")
    assert heading == "## acdc: 3 labelled, preset quick"
    return text.strip()


def test_a_paragraph_says_what_is_one_for_all_once(made: list[LoadedRecord]) -> None:
    assert paragraph(made[:1]) == (
        "Protocol: Toy; 1 run of 1 configuration. "
        "Data: acdc [@bernard2018acdc] (made for a test); 70 training, 10 validation and 2 test patients, split "
        f"{SPLIT}; fingerprint d, by names and sizes of files, which a mask mended in place keeps. "
        "Labelled: 1 training patient by the canonical draw (p9); masks of the others never reach a method. "
        "Methods: Supervised [@ronneberger2015unet]; fidelity fixed. Network: unet, 1.81 million weights. "
        "Schedule: preset quick, 20 updates, batches of 8 labelled and 8 unlabelled slices, "
        "slices of 128 x 128 pixels, augmentation mri, scaling percentile. "
        "Optimiser: SGD, learning rate 0.03, momentum 0.9, weight decay 0.0001, the rate falling with power 0.9. "
        "Weights scored: those after the last update (rule last) of the predictor network, fixed before the run. "
        "Metrics: Dice, Jaccard, HD95 and ASD in 3-D, distances in voxels; convention default; an average is the mean "
        "of the structures' means over the cases that count. Seeds: 0. Versions: torch 2. "
        "Software: action-bench [@action_bench], runs by commit abc; tables by version 0.1.0."
    )


def test_lines_that_differ_are_named_with_their_value(made: list[LoadedRecord]) -> None:
    text = paragraph(made)
    assert "6 runs of 4 configurations" in text
    assert "(all 70 training patients that have masks for Supervised (all 70 labelled))" in text
    rate = "momentum 0.9, weight decay 0.0001, the rate falling with power 0.9"
    assert f"Optimiser: SGD, learning rate 0.03, {rate} (SGD, learning rate 0.01, {rate} for DAN); " in text
    assert "; pre-training by Adam at 0.001 for GCL; fine-tuning by Adam at 0.002 for GCL; " in text
    assert "the critic by Adam at 0.0001 for DAN." in text
    assert "Seeds: 0 (0, 1, 2 for Supervised); numbers are mean ± sample standard deviation over them; " in text
    assert "intervals are 95 % by a bootstrap over patients and runs." in text


def test_a_convention_is_told_by_its_values(tmp_path: Path) -> None:
    loaded = run(tmp_path, "a", SGD)
    cost = {"overlap": 0.0, "diagonals": 1.0}
    for empty, words in (
        (None, "a structure in neither mask does not count, a missed one or a false alarm has "),
        (
            {"overlap": 1.0, "diagonals": None},
            "a structure in neither mask has Dice and Jaccard 1, a missed one ",
        ),
    ):
        said = {"name": "default", "both_empty": empty, "missed": cost, "false_alarm": cost}
        changed = LoadedRecord(loaded.record.model_copy(update={"convention": said}), loaded.folder)
        assert f"convention default: {words}" in paragraph([changed])
        assert "Dice and Jaccard 0 and the image's diagonal as distance;" in paragraph([changed])


def test_what_was_run_tells_each_line_s_convention_and_no_other_s_words(tmp_path: Path) -> None:
    cost = {"overlap": 1.0, "diagonals": None}
    action = {"name": "action", "both_empty": cost, "missed": {"overlap": 0.0, "diagonals": None}, "false_alarm": cost}
    em = run(tmp_path, "b", SGD, method="em", title="EM")
    changed = LoadedRecord(em.record.model_copy(update={"convention": action}), em.folder)
    (one,) = group([run(tmp_path, "a", SGD), changed])
    theirs = "action: a structure in neither mask or a false alarm has Dice and Jaccard 1, a missed one has Dice and "
    assert what_was_run(one).convention.startswith(f"default ({theirs}Jaccard 0 for EM")


def test_the_optimiser_of_a_method_from_outside_is_not_guessed(tmp_path: Path) -> None:
    code = {"method": {"name": "mine.py", "digest": "0"}}
    text = paragraph([run(tmp_path, "a", {**SGD, "pretrain_lr": 1.0}, method="mine", title="Mine", outside=code)])
    assert "Optimiser: learning rate 0.03, momentum 0.9" in text and "SGD" not in text and "Adam" not in text
    assert "Methods: Mine [@method_mine]" in text


def test_machines_versions_commits_and_changes_are_told_by_line(tmp_path: Path) -> None:
    one, two = run(tmp_path, "a", SGD), run(tmp_path, "b", SGD, method="em", title="EM")
    other = {"environment": {"torch": "3", "device": "cuda"}, "commit": "f" * 40, "dirty": True}
    text = paragraph([one, LoadedRecord(two.record.model_copy(update=other), two.folder)])
    assert "Machine: device cuda (not told for Supervised). Versions: torch 2 (torch 3 for EM)." in text
    assert "runs by commit abc (ffffffffffff with uncommitted changes for EM)" in text


def test_values_by_line_leave_out_of_the_names_what_all_labels_share(tmp_path: Path) -> None:
    root, cells = (
        tmp_path,
        ({"method": "a", "title": "A, b"}, {"method": "c", "title": "C"}, {"method": "d", "title": "D"}),
    )
    made = [run(root, str(number), SGD, backbone="fpn", **cell) for number, cell in enumerate(cells)]
    lines = group(made)[0].lines
    assert [line.label for line in lines] == ["A, b, fpn", "C, fpn", "D, fpn"]
    values = {"A, b, fpn": "x", "C, fpn": "x", "D, fpn": ""}
    assert by_line(lines, lambda line: values[line.label]) == "x (not told for D)"
    assert by_line(lines, lambda line: line.first.cell.method) == "a (c for C; d for D)"
    assert only(lines, lambda line: values[line.label]) == "x for A, b and C"
    assert only(lines, lambda _: "y") == by_line(lines, lambda _: "y") == "y"
    assert only(lines, lambda _: "") == by_line(lines, lambda _: "") == ""


CROSSED = [
    {"label_seed": label, "init_seed": init, "data_seed": data}
    for label in (1, 2)
    for init in (1, 2, 3)
    for data in (4, 5)
]


def test_seeds_that_are_crossed_are_told_by_dimension(tmp_path: Path) -> None:
    made = [run(tmp_path, f"c{number}", SGD, label_draw="random", **own) for number, own in enumerate(CROSSED)]
    text = paragraph(made)
    dimensions = "label draws 1, 2; initialisations 1, 2, 3; data orders 4, 5 within each draw"
    over = "numbers are mean ± sample standard deviation over the runs, of which crossed ones share seeds"
    assert f"Seeds: {dimensions}; each with each, 12 runs; all else by seed 0; {over}. " in text
    assert f"Seeds: {dimensions}; 11 of the 12 runs of each with each; all else by seed 0; " in paragraph(made[:-1])
    assert "Seeds: initialisation 7; all else by seed 0." in paragraph([run(tmp_path, "i", SGD, init_seed=7)])


def test_crossed_runs_beside_seeds_have_no_part_in_intervals(tmp_path: Path) -> None:
    made = [run(tmp_path, f"s{seed}", SGD, seed=seed) for seed in (0, 1, 2)]
    made += [run(tmp_path, f"i{seed}", SGD, init_seed=seed) for seed in (1, 2)]
    text = paragraph(made)
    assert "Seeds: 0, 1, 2 (initialisations 1, 2; all else by seed 0 for Supervised (seeds crossed)); numbers" in text
    assert "by a bootstrap over patients and runs, of configurations whose seeds are not crossed." in text


def test_single_slices_are_scored_in_two_dimensions(tmp_path: Path) -> None:
    loaded = run(tmp_path, "a", SGD)
    for planar, space in ((True, "2-D"), (False, "3-D")):
        write_json(loaded.folder / "cell.json", {"schedule": SCHEDULE, "reading": {"form": {"planar": planar}}})
        assert f"HD95 and ASD in {space}, distances in voxels" in paragraph([loaded])


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("p_1_a", "p_1_a"),
        ("$5 and 6$", r"\$5 and 6\$"),
        ("a^2^ @key {#id} # *x*", r"a\^2\^ \@key \{#id\} # \*x\*"),
        ("a--b", r"a\--b"),
        ("[x](y) <b> ~z~", r"\[x\](y) &lt;b> \~z\~"),
        ("_a_", r"\_a\_"),
    ],
)
def test_names_are_words_to_pandoc_whatever_is_in_them(name: str, written: str) -> None:
    assert in_prose(name) == written
    assert in_prose(f"{name} [@key2020a]") == f"{written} [@key2020a]"

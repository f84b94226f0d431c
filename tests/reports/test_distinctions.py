"""Lines that differ in a field name its value, every one of them, whether it was asked for or came with a preset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reports.distinctions import learning
from reports.summary import group
from results.store import LoadedRecord
from results.writing import write_json
from tests.results.made import save


def resolved(root: Path, name: str, config: dict[str, Any], **cell: Any) -> LoadedRecord:
    loaded = save(root, id=name, size=64, **cell)
    schedule = {"size": 64, "updates": 20, "augmentation": "mri", "tuned": {"lr": 9}}
    write_json(loaded.folder / "cell.json", {"schedule": schedule, "config": config})
    return loaded


def labels(records: list[LoadedRecord]) -> list[str]:
    (one,) = group(records)
    return [line.label for line in one.lines]


def test_a_line_without_the_override_names_its_value_too(tmp_path: Path) -> None:
    one = resolved(tmp_path, "a", {"lr": 0.03, "decay": 0.99})
    other = resolved(tmp_path, "b", {"lr": 0.1, "decay": 0.99}, overrides={"lr": 0.1})
    assert sorted(labels([one, other])) == ["Supervised, lr=0.03", "Supervised, lr=0.1"]


def test_a_value_that_came_with_a_preset_is_named_where_nothing_was_asked_for(tmp_path: Path) -> None:
    made = [resolved(tmp_path, f"c{lr}", {"lr": lr}) for lr in (0.01, 0.03)]
    assert sorted(labels(made)) == ["Supervised, lr=0.01", "Supervised, lr=0.03"]


def test_more_fields_than_a_label_holds_are_told_by_the_cell(tmp_path: Path) -> None:
    made = [resolved(tmp_path, f"x-{seed}", {f"f{k}": seed for k in range(5)}) for seed in (1, 2)]
    assert sorted(labels(made)) == ["Supervised, cell 1", "Supervised, cell 2"]


def test_what_methods_learn_by_is_told_once_or_with_whose_it_is(tmp_path: Path) -> None:
    made = [
        resolved(tmp_path, "a", {"lr": 0.03, "momentum": 0.9}),
        resolved(tmp_path, "b", {"lr": 0.03, "momentum": 0.9}, method="em", title="EM"),
        resolved(tmp_path, "c", {"lr": 0.01, "momentum": 0.9}, method="cps", title="CPS"),
    ]
    (one,) = group(made)
    assert learning(one.lines) == ["lr 0.03 for 2 rows; 0.01 for CPS", "momentum 0.9", "augmentation mri"]


EM = {"method": "em", "title": "EM"}


def test_a_field_that_methods_share_is_named_by_every_row_where_one_asked_for_another_value(tmp_path: Path) -> None:
    made = [resolved(tmp_path, "a", {"lr": 0.03}), resolved(tmp_path, "b", {"lr": 0.1}, overrides={"lr": 0.1}, **EM)]
    assert sorted(labels(made)) == ["EM, lr=0.1", "Supervised, lr=0.03"]


def test_a_methods_own_field_is_named_by_its_own_rows_alone(tmp_path: Path) -> None:
    made = [
        resolved(tmp_path, "a", {"decay": 0.9}),
        resolved(tmp_path, "b", {"bank": 12}, overrides={"bank": 12}, **EM),
    ]
    assert sorted(labels(made)) == ["EM, bank=12", "Supervised"]
    made.append(resolved(tmp_path, "c", {"bank": 36}, **EM))
    assert sorted(labels(made)) == ["EM, bank=12", "EM, bank=36", "Supervised"]


def test_what_was_asked_of_all_rows_alike_is_no_difference(tmp_path: Path) -> None:
    made = [resolved(tmp_path, "a", {"lr": 0.1}, overrides={"lr": 0.1})]
    made.append(resolved(tmp_path, "b", {"lr": 0.1}, overrides={"lr": 0.1}, **EM))
    assert sorted(labels(made)) == ["EM", "Supervised"]


def test_networks_fidelities_and_draws_are_named_by_every_row_where_they_differ(tmp_path: Path) -> None:
    made = [save(tmp_path, id="a"), save(tmp_path, id="b", backbone="resnet18", **EM)]
    assert sorted(labels(made)) == ["EM, resnet18", "Supervised, unet"]
    made = [save(tmp_path, id="c"), save(tmp_path, id="d", fidelity="official", **EM)]
    assert sorted(labels(made)) == ["EM, official", "Supervised, fixed"]
    made = [save(tmp_path, id="e"), save(tmp_path, id="f", label_draw="random"), save(tmp_path, id="g", labeled=70)]
    assert labels(made) == ["Supervised, canonical draw", "Supervised, random draw", "Supervised, all 70 labelled"]


def test_precision_policy_and_weights_that_nobody_asked_for_are_named_too(tmp_path: Path) -> None:
    made = [resolved(tmp_path, name, {"lr": 0.1}, seed=seed) for seed, name in enumerate("ab")]
    schedule = {"size": 64, "updates": 20, "augmentation": "mri"}
    for field, values in (("precision", ("bf16", "fp32")), ("policy", (1.0, 3.0)), ("weights", (None, "imagenet"))):
        for one, value in zip(made, values, strict=True):
            cell = {"schedule": {**schedule, "precision": "bf16"}, "config": {}, "weights": None}
            if field == "policy":
                cell["policy"] = {"weak": {"blur_px": value, "noise": 0.1}}
            elif field == "weights":
                cell["weights"] = value
            else:
                cell["schedule"] = {**schedule, "precision": value}
            write_json(one.folder / "cell.json", cell)
        name = "weak.blur_px" if field == "policy" else field
        assert labels(made) == [f"Supervised, {name}={value}" for value in values]


def test_of_many_fields_a_row_names_those_in_which_it_is_not_as_most_are(tmp_path: Path) -> None:
    fields = {f"f{k}": 0 for k in range(5)}
    made = [resolved(tmp_path, "x", fields, **EM)]
    made += [resolved(tmp_path, f"x{k}", {**fields, f"f{k}": 1}, overrides={f"f{k}": 1}, **EM) for k in range(5)]
    assert labels(made) == ["EM", *(f"EM, f{k}=1" for k in range(5))]


def test_a_protocols_variant_is_named_by_the_protocol(tmp_path: Path) -> None:
    one = resolved(tmp_path, "a", {"bank": 12}, overrides={"bank": 12}).named("bank of 12")
    assert sorted(labels([one, resolved(tmp_path, "b", {"bank": 36})])) == ["Supervised", "Supervised, bank of 12"]

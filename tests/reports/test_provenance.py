"""Each number leads to its runs and back, with what made them; what differs within a row is told beside it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from reports.page import build_page
from reports.provenance import link_to, machines, mixed, sources
from reports.summary import Group, group
from results.code import Code
from results.outside import Outside
from results.store import LoadedRecord
from tests.reports.pages import read_page
from tests.results.made import save

CPU = {"torch": "2.4.0", "python": "3.11", "device": "cpu", "hardware": "Xeon", "precision": "bf16"}
GPU = {**CPU, "torch": "2.5.1", "device": "cuda", "hardware": "H100"}


def of(loaded: LoadedRecord, **values: Any) -> LoadedRecord:
    return replace(loaded, record=loaded.record.model_copy(update=values))


def seeds(root: Path, *environments: dict[str, str], **values: Any) -> list[LoadedRecord]:
    made = [save(root, 0.5, id=f"sup-{seed}", seed=seed, size=64) for seed in range(len(environments))]
    return [of(one, environment=found, **values) for one, found in zip(made, environments, strict=True)]


def only(records: list[LoadedRecord]) -> Group:
    (found,) = group(records)
    return found


def test_every_number_of_a_row_leads_to_all_its_runs_and_each_run_back_to_the_row(tmp_path: Path) -> None:
    made = [*seeds(tmp_path, CPU, CPU, CPU), save(tmp_path, id="em", method="em", title="EM")]
    html = read_page(build_page(made, tmp_path / "page", "T"))
    row = re.search(r'<tr id="table-1-row-sup-0">.*?</tr>', html)
    assert row is not None
    behind, cases = "#table-1-of-sup-0", "#table-1-explorer"
    assert re.findall(r'href="([^"]*)"', row[0]) == [*[behind] * 3, cases, behind]  # name, Dice, distance, cases, seeds
    (there,) = re.findall(r'<div class="behind" id="table-1-of-sup-0">.*?</div></div>', html)
    runs = ["sup-0", "sup-1", "sup-2"]
    assert re.findall(r'<th scope="row"><a href="#([^"]*)"', there) == runs
    assert 'href="#table-1-row-sup-0"' in there
    for run in runs:
        assert f'<td class="left"><a href="../{run}/record.json">../{run}</a></td>' in there
        assert f'href="../{run}/cell.json"' in there
        details = re.search(rf'<details id="{run}">.*?</details>', html)
        assert details is not None and '<a href="#table-1-of-sup-0">acdc, 3 labelled: Supervised</a>' in details[0]
    ids = re.findall(r'\bid="([^"]*)"', html)
    assert sorted(set(ids)) == sorted(ids)  # so that a link leads to one place
    written = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)  # whose templates name no place yet
    assert set(re.findall(r'href="#([^"]*)"', written)) <= set(ids)


def test_a_run_is_told_with_seed_values_commit_data_machine_and_versions(tmp_path: Path) -> None:
    made = save(tmp_path, id="a", seed=3, init_seed=7, overrides={"lr": 0.1}, size=64)
    code = Code(method="ab12" + 12 * "0", training="cd34" + 12 * "0", scoring="ef56" + 12 * "0")
    made = of(made, environment=GPU, commit="0123456789abcdef", dirty=True, code=code, data_fingerprint="fedcba")
    (one,) = sources(only([made]).lines[0])
    assert one.seeds == "3, weights 7"
    assert one.config == "quick fixed lr=0.1"
    assert one.code == "commit 01234567 with changes, code ab12-cd34"
    assert one.machine == "hardware H100, device cuda, precision bf16"
    assert one.versions == "torch 2.5.1, python 3.11"
    html = read_page(build_page([made], tmp_path / "page", "T"))
    for words in (one.seeds, one.config, one.code, one.machine, one.versions, "fedcba"):
        assert f">{words}<" in html


def test_a_mean_over_two_machines_and_versions_says_so_below_the_table(tmp_path: Path) -> None:
    made = seeds(tmp_path, CPU, GPU, GPU)
    words = (
        "Supervised: torch 2.4.0 (1 run), 2.5.1 (2 runs); hardware Xeon (1 run), H100 (2 runs); "
        "device cpu (1 run), cuda (2 runs)"
    )
    assert mixed(only(made)) == [words]
    html = unescape(read_page(build_page(made, tmp_path / "page", "T")))
    assert f'<p class="note">Means over runs that were not made alike: {words}.</p>' in html


def test_a_field_that_some_runs_do_not_tell_is_no_field_that_all_share(tmp_path: Path) -> None:
    older = {"torch": "2.4.0"}
    assert mixed(only(seeds(tmp_path, older, CPU)))[0].startswith("Supervised: python not told (1 run), 3.11 (1 run)")
    assert machines([one.record for one in seeds(tmp_path / "b", CPU, CPU)]) == (
        "torch 2.4.0; python 3.11; hardware Xeon; device cpu; precision bf16"
    )


def test_runs_that_were_made_alike_need_no_word(tmp_path: Path) -> None:
    made = seeds(tmp_path, CPU, CPU)
    assert mixed(only(made)) == []
    assert "not made alike" not in read_page(build_page(made, tmp_path / "page", "T"))


def test_other_commits_and_changes_within_a_row_are_told_unless_one_code_made_all(tmp_path: Path) -> None:
    one, other = seeds(tmp_path, CPU, CPU)
    other = of(other, commit="def", dirty=True)
    assert mixed(only([one, other])) == ["Supervised: commit abc and commit def with changes"]
    code = Code(method="ab" * 8, training="cd" * 8, scoring="ef" * 8)
    assert mixed(only([of(one, code=code), of(other, code=code)])) == []


def test_runs_on_other_data_stand_in_a_table_of_their_own_which_says_so(tmp_path: Path) -> None:
    one, other = seeds(tmp_path, CPU, CPU)
    html = read_page(build_page([one, of(other, data_fingerprint="other")], tmp_path / "page", "T"))
    headings = re.findall(r"<h2 id=\"table-\d\">(.*?):", html)
    assert headings == ["acdc (data d by names and sizes)", "acdc (data other by names and sizes)"]
    assert ">3</a>" not in html  # seeds: one each


def test_a_method_from_outside_is_told_by_its_file_and_digest(tmp_path: Path) -> None:
    made = save(tmp_path, id="m", method="mine", title="Mine", outside={"method": Outside(name="m.py", digest="d1")})
    assert "Mine: m.py (d1); a copy lies in the folder of each run" in read_page(
        build_page([made], tmp_path / "p", "T")
    )


@pytest.mark.parametrize("name", ["a#b", "50%25", 'quo"te', "what?", "<img src=x onerror=alert(1)>", "a b", "ä"])
def test_a_link_to_a_file_survives_any_name_and_is_never_a_scheme(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "record.json"
    link = link_to(path, tmp_path / "page")
    assert (tmp_path / "page" / unquote(link)).resolve() == path
    assert not set(link) & set('#?"<> ')
    assert link_to(tmp_path / "javascript:alert(1)/record.json", tmp_path) == "javascript%3Aalert%281%29/record.json"

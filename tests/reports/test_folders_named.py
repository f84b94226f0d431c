"""A folder that an option names and that can't be meant is one line before anything is read or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports import build, figure, merge, site, verdict
from tests.results.made import save

READERS = (build, site, figure, verdict)


@pytest.mark.parametrize("module", READERS, ids=lambda one: one.__name__)
def test_runs_that_are_no_folder_of_runs_are_refused(
    module, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = save(tmp_path / "runs").folder
    for name, words in (
        (tmp_path / "none", "and there is none of this name"),
        (run / "record.json", "and this is no folder"),
        (run, f"and this is a run's; name {run.parent}"),
    ):
        with pytest.raises(SystemExit) as end:
            module.command(["--protocol=p"] * (module is build) + ["--runs", str(name)])
        assert end.value.code == 2
        assert capsys.readouterr().err == f"error: --runs {name}: expected a folder of run folders, {words}\n"


@pytest.mark.parametrize(
    ("module", "option"), [(build, "--runs"), (build, "--out"), (site, "--out"), (merge, "--into")], ids=str
)
def test_an_empty_name_is_not_the_current_folder(module, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        module.command([option, ""])
    assert end.value.code == 2
    assert (
        capsys.readouterr().err == f"error: {option} '': expected a folder's name, such as . for the current folder\n"
    )

"""``.ci/run``: what it calls, on which data, and that it fails where the tests do."""

import shutil
from pathlib import Path

import pytest

from tests.test_setup import ROOT, called

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def ci(tmp_path: Path) -> Path:
    """Return a checkout whose ``make test`` prints the data's folder and ends with the variable CODE.

    Its ``make browser`` ends with the variable BROWSER.
    """
    folder = tmp_path / "checkout"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci")
    others = "setup:\n\t@:\nbrowser:\n\t@exit $${BROWSER:-0}\nfirst:\n"
    (folder / "Makefile").write_text(f'test:\n\t@echo "data=$$ACTION_BENCH_DATA"; exit $${{CODE:-0}}\n{others}')
    return folder


def test_ci_runs_make_test_from_any_folder(ci: Path) -> None:
    ended = called([str(ci / ".ci" / "run")], ci.parent)
    assert (ended.returncode, ended.stdout) == (0, "data=\n")


def test_ci_takes_the_data_beside_the_checkout_unless_told_otherwise(ci: Path) -> None:
    data = ci.parent / "shared" / "data"
    data.mkdir(parents=True)
    assert called([".ci/run"], ci).stdout == f"data={data.resolve()}\n"
    assert called([".ci/run"], ci, {"ACTION_BENCH_DATA": "mine"}).stdout == "data=mine\n"


def test_ci_without_a_browser_runs_the_tests_and_fails_as_those_of_pages_skipped(ci: Path) -> None:
    ended = called([".ci/run"], ci, {"BROWSER": "1"})
    assert (ended.returncode, ended.stdout) == (1, "data=\n")
    assert ended.stderr.endswith("the tests of pages in one were skipped; make browser says why\n")


def test_ci_fails_where_the_tests_fail(ci: Path) -> None:
    assert called([".ci/run"], ci, {"CODE": "3"}).returncode != 0

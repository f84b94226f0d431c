"""``benchmark.advise`` as typed: the plan before training, a sentence a setting, exact resume, and errors."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmark import advise, run, status, sweep
from benchmark.advising.everything import on_everything
from benchmark.advising.kept import Places
from benchmark.advising.ladder import ALONE
from benchmark.advising.subject import subject_of
from benchmark.errors import UsageError
from benchmark.launchers.forecast import Pace
from benchmark.launchers.job import Ended, Job, attempt
from benchmark.launchers.local import Patience
from results.standing import Standing
from results.store import Store
from tests.benchmark.advising.test_subject import keep
from tests.benchmark.predicting import folders
from tests.thin_network import thin_network

WORDS = ("--methods", "mean_teacher", "--preset", "smoke", "--device", "cpu", "--hours")
LEAST = 0.04
"""Hours that hold the least plan at the paces below, and no other."""


def in_this_process(
    jobs: Sequence[Job], at_once: int | None, store: Store, patience: Patience, look: Callable[[Sequence[Job]], object]
) -> Ended:
    for job in jobs:
        yield job, attempt(job)


@contextmanager
def here(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """Run cells in this process, at paces that are known, and keep plans below a folder."""
    with pytest.MonkeyPatch.context() as patch, thin_network():
        patch.setattr("benchmark.launchers.slots.on_this_machine", in_this_process)
        patch.setattr("benchmark.advising.planning.Probe", lambda *_: probed)
        patch.setattr("benchmark.advising.planning.slots_of", lambda *_: 2)
        patch.setattr("data.folders.found.PLANS", folder / "plans")
        yield patch


@pytest.fixture(autouse=True)
def patch(tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    with here(tmp_path) as made:
        yield made


def probed(preset: str) -> Mapping[str, Pace]:
    return dict.fromkeys((*ALONE, "mean_teacher"), Pace(1.0, 8.0))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of two labelled cases of one channel, and two without masks."""
    root = keep(folders.volumes(tmp_path_factory.mktemp("pair") / "Dataset1_Blocks"), 2)
    for path in root.glob("imagesTr/*_0001.nii.gz"):
        path.unlink()
    about = json.loads((root / "dataset.json").read_text())
    (root / "dataset.json").write_text(json.dumps({**about, "channel_names": {"0": "T1"}}))
    return root


@dataclass(frozen=True)
class Answered:
    """A folder of runs with their advice, and what was printed."""

    out: Path
    said: tuple[str, ...]


@pytest.fixture(scope="module")
def answered(pair: Path) -> Answered:
    """Return an answer about the pair, for tests that read it."""
    out, stream = pair.parent / "out", io.StringIO()
    with here(pair.parent), redirect_stdout(stream):
        assert advised(pair, out) == 0
    return Answered(out, tuple(stream.getvalue().splitlines()))


def advised(dataset: Path | str, out: Path, hours: float = LEAST, *more: str) -> int:
    return advise.command([str(dataset), *WORDS, str(hours), "--out", str(out), *more])


def scores(out: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in sorted(out.glob("*-advice-*/cases.parquet"))}


def test_a_dry_run_prints_plan_and_price_and_leaves_nothing(
    pair: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert advised(pair, tmp_path / "out", LEAST, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "patients     2 labelled cases, each held out once; 2 without a mask train unlabelled" in said
    assert "runs         8 = 2 folds x 1 label setting x 1 seed x 4 ways" in said
    assert "schedule     preset smoke: 12 updates at 32 x 32" in said  # slices of 30 pixels, and no larger
    assert "price        1.7 minutes with 2 at once" in said  # 20 s, and 8 runs of 12 + 8 s by two
    assert "methods      supervised and its stronger recipe supervised_strong; mean_teacher, each with" in said
    assert "an update    supervised 1000 ms, supervised_strong 1000 ms, mean_teacher 1000 ms" in said
    assert "note: only 2 labelled cases: each is left out once and none validates" in said
    assert "a gain is shown only if it is 9.0 times its spread among these cases" in said  # Student's t of 1, by root 2
    assert "note: a fold trains on one labelled case, which can't be halved" in said
    assert not (tmp_path / "out").exists()


def test_a_time_that_holds_no_plan_is_one_sentence_of_what_it_would_take(pair: Path, tmp_path: Path) -> None:
    words = (
        "--hours 0.02 is too little: the least plan for blocks, 8 runs of 12 updates in 2 folds, takes 1.7 minutes "
        "here with 2 at once, and a quarter is kept in reserve; give it --hours 0.04"
    )
    with pytest.raises(UsageError, match=rf"^{re.escape(words)}$"):
        advised(pair, tmp_path / "out", 0.02)
    assert not (tmp_path / "out").exists()


def test_advice_ends_with_a_sentence_a_page_and_a_command_that_runs(answered: Answered) -> None:
    out, said = answered.out, answered.said
    (sentence,) = (line for line in said if line.startswith("with all of the labels"))
    assert sentence.startswith("with all of the labels (1 case): not shown: 12 updates are too few to learn from")
    view = json.loads((out / "pages/advice-blocks/advice.json").read_text())
    assert view["sentences"] == [sentence] and view["settings"][0]["folds"] == 2
    assert "Will unlabelled images help on blocks?" in (out / "pages/advice-blocks/index.html").read_text()
    (command,) = (line for line in said if line.startswith("train on everything: "))
    words = shlex.split(command)
    assert run.command(words[words.index("benchmark.run") + 1 :]) == 0
    (whole,) = (one.record for one in Store(out).records() if one.record.cell.dataset == "blocks-everything")
    assert (whole.patients.train, whole.patients.unmasked, whole.patients.val, whole.patients.test) == (3, 2, 0, 1)


def test_sweeps_and_status_read_its_protocol_and_find_all_cells_done(
    answered: Answered, capsys: pytest.CaptureFixture[str]
) -> None:
    protocol, out = answered.out / "advice/blocks/advice-blocks.toml", answered.out
    assert sweep.command([str(protocol), "--device", "cpu", "--out", str(out), "--dry-run"]) == 0
    assert "8 cells, 8 done, 0 to run" in capsys.readouterr().out
    assert status.command([str(protocol), "--out", str(out)]) == 0
    assert sum(line.startswith("done ") for line in capsys.readouterr().out.splitlines()) == 8


def test_started_again_after_a_kill_it_goes_on_with_the_same_plan_to_the_same_bytes(
    answered: Answered, pair: Path, tmp_path: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "cut"

    def killed(jobs: Sequence[Job], *rest: object) -> Ended:
        yield jobs[0], attempt(jobs[0])
        raise KeyboardInterrupt

    patch.setattr("benchmark.launchers.slots.on_this_machine", killed)
    with pytest.raises(KeyboardInterrupt):
        advised(pair, cut)
    assert len(scores(cut)) == 1
    patch.setattr("benchmark.launchers.slots.on_this_machine", in_this_process)
    patch.setattr("benchmark.advising.planning.Probe", lambda *_: pytest.fail("it was planned before"))
    capsys.readouterr()
    assert advised(pair, cut) == 0
    said = capsys.readouterr().out.splitlines()
    assert any(line.startswith("the same was asked before") for line in said)
    told = [line for line in answered.said if line.startswith("  ")]
    assert [line for line in said if line.startswith("  ")] == told and len(told) == 9
    assert scores(cut) == scores(answered.out) and len(scores(cut)) == 8


def test_other_hours_are_planned_anew(answered: Answered, pair: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert advised(pair, answered.out, 10, "--dry-run") == 0
    assert "runs         24 = 2 folds x 1 label setting x 3 seeds x 4 ways" in capsys.readouterr().out


@pytest.mark.parametrize(("form", "anew"), [(1, True), (2, False)])
def test_a_plan_from_before_the_stronger_recipe_is_made_anew(
    answered: Answered, pair: Path, tmp_path: Path, form: int, anew: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(answered.out / "advice", tmp_path / "advice")
    plan = tmp_path / "advice/blocks/plan.json"
    plan.write_text(json.dumps({**json.loads(plan.read_text()), "form": form}))
    assert advised(pair, tmp_path, LEAST, "--dry-run") == 0
    assert ("probing supervised, supervised_strong, mean_teacher" in capsys.readouterr().out) == anew


def test_the_stronger_recipe_is_trained_on_everything_where_it_is_chosen(pair: Path, tmp_path: Path) -> None:
    subject, places = subject_of(str(pair), None), Places(tmp_path, "blocks")
    decided = {"grid": {"step": {"preset": "quick", "updates": 250}, "methods": ["mean_teacher"]}}
    words = on_everything(subject, places, ("supervised_strong", False), decided, None)
    assert words[2:7] == ["benchmark.run", "--method", "supervised_strong", "--dataset", str(places.everything)]
    assert "--twin" not in words and words[7:13] == ["--ratio", "1", "--preset", "quick", "--set", "updates=250"]


def test_a_run_that_fails_leaves_the_question_open_and_exits_with_1(
    pair: Path, tmp_path: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    patch.setattr("benchmark.launchers.slots.on_this_machine", lambda jobs, *_: ((job, "it broke") for job in jobs))
    assert advised(pair, tmp_path / "out") == 1
    assert "8 of 8 runs failed, for what is named above, and without them nothing is said" in capsys.readouterr().out
    assert not (tmp_path / "out/pages").exists()


def test_the_phantom_is_asked_about_by_its_training_patients_with_half_of_the_labels(
    tmp_path: Path, small_phantom: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert advised("phantom", tmp_path / "out", 0.07, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "patients     5 labelled patients, each held out once; none is without a mask; 2 test patients stay" in said
    assert "runs         12 = 3 folds x 1 label setting x 1 seed x 4 ways" in said
    assert "note: no image is without a mask: half of each fold's labelled patients train as if nobody" in said


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        (["nothing"], "--methods: "),
        (["supervised"], "--methods: supervised learns from labels only"),
        (["supervised_strong"], "--methods: supervised_strong learns from labels only, and is run anyway"),
        (["cps", "cps"], "--methods: cps is named twice"),
    ],
)
def test_methods_that_cannot_be_judged_are_wrong_usage(methods: list[str], expected: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=expected):
        advise.command(["phantom", "--methods", *methods, "--out", str(tmp_path / "out")])


def test_runs_of_other_code_are_left_or_trained_anew_as_asked(
    answered: Answered, pair: Path, tmp_path: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, trained = tmp_path / "out", list[Job]()
    shutil.copytree(answered.out, out)
    patch.setattr("results.standing.Checkout.standing", lambda *_: Standing("other"))
    patch.setattr(
        "benchmark.launchers.slots.on_this_machine",
        lambda jobs, *_: trained.extend(jobs) or ((job, None) for job in jobs),
    )
    assert advised(pair, out) == 0 and not trained
    assert "8 done made by other code than this checkout's; --force trains such cells anew" in capsys.readouterr().out
    assert advised(pair, out, LEAST, "--force") == 0
    assert len(trained) == 8 and all(job.anew for job in trained)

"""``make``, with a Python that installs nothing: who calls whom, and what a user reads on failure."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TARGETS = [
    *(
        "setup",
        "demo",
        "test",
        "browser",
        "check",
        "bench",
        "replicate-acdc",
        "replicate-lits",
        "report",
        "site",
        "clean",
    ),
    "help",
]

# Stands for `python3` and, copied by its own `-m venv`, for the environment's. Writes down each venv and pip install,
# and says of the builds of a package what a file of its name holds.
STAND_IN = """#!/bin/sh
case "$1 $2" in
  "-m venv") rm -rf "$4"; mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; echo venv >> calls ;;
  "-m pip") case "$3" in
      install) echo install >> calls; echo "$@" > installed; echo "Downloading half a wheel"
        if [ -e kill-pip ]; then kill -9 0; fi
        if [ -e slow-pip ]; then sleep 1; fi
        if [ -e fail-pip ]; then echo "ERROR: no disk left"; exit 1; fi ;;
      index) if [ -e "$5" ]; then echo "Available versions: $(cat "$5")"; fi ;;
    esac ;;
  "-c import torch"*) test ! -e no-torch ;;
esac
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with the set-up files and no environment."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    script(tmp_path / "stand-in", STAND_IN)
    return tmp_path


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def called(
    words: list[str], folder: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command without what an outer make or the caller's data would change in it."""
    dropped = {"PYTHON", "ACTION_BENCH_DATA", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "GNUMAKEFLAGS"}
    environment = {key: value for key, value in os.environ.items() if key not in dropped} | dict(settings or {})
    return subprocess.run(
        words,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        start_new_session=True,
    )


def setup(checkout: Path, python: str = "./stand-in", *words: str) -> subprocess.CompletedProcess[str]:
    return called(["make", "setup", f"PYTHON={python}", "SAY_SECONDS=0.1", *words], checkout)


def calls(checkout: Path) -> list[str]:
    return (checkout / "calls").read_text().split()


def python_that_first_runs(code: str, path: Path) -> str:
    """Write a Python whose ``-c`` runs some code before the code it is given; return how to call it."""
    script(path, f"""#!/bin/sh\nexec "{sys.executable}" -c 'import sys; {code}; exec(sys.argv[2])' "$@"\n""")
    return f"./{path.name}"


def test_make_alone_lists_every_target(checkout: Path) -> None:
    listed = [line.split()[0] for line in called(["make"], checkout).stdout.splitlines()]
    assert sorted(listed) == sorted(TARGETS)


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"setup", "clean", "help"}))
def test_each_target_sets_up_first(target: str, checkout: Path) -> None:
    lines = called(["make", "-n", target], checkout).stdout.splitlines()
    installs = next(number for number, line in enumerate(lines) if "$INSTALL" in line)
    stamped = next(number for number, line in enumerate(lines) if line.startswith("touch .venv/.setup-stamp"))
    works = next(number for number, line in enumerate(lines) if number > stamped and line.startswith(".venv/bin/"))
    assert installs < stamped < works


@pytest.mark.parametrize(
    ("target", "protocol"), [("demo", "demo"), ("replicate-acdc", "acdc"), ("replicate-lits", "lits")]
)
def test_a_sweep_is_followed_by_its_page(target: str, protocol: str, checkout: Path) -> None:
    sweep = f".venv/bin/python -m benchmark.sweep protocols/{protocol}.toml"
    lines = called(["make", "-n", target], checkout).stdout.splitlines()
    assert lines[lines.index(sweep) + 1] == f".venv/bin/python -m reports.build --protocol {protocol}"
    assert (ROOT / "protocols" / f"{protocol}.toml").is_file()


def test_the_demo_ends_with_a_second_page_of_kept_records_and_names_both(checkout: Path) -> None:
    *_, said, page, last = called(["make", "-n", "demo"], checkout).stdout.splitlines()
    assert "kept records of ACDC, without data or training" in said
    kept = "--runs results/kept --out reports/html/acdc-kept"
    assert page == f".venv/bin/python -m reports.build --protocol claim {kept}"
    assert "reports/html/demo/index.html" in last and "reports/html/acdc-kept/index.html" in last
    assert (ROOT / "results/kept/protocols/claim.json").is_file()


@pytest.mark.parametrize(
    ("words", "last"),
    [([], "--protocol acdc"), (["STRICT=0"], "--protocol acdc"), (["STRICT=1"], "--protocol acdc --strict")],
)
def test_a_replication_ends_with_its_verdicts_and_obeys_them_when_asked(
    words: list[str], last: str, checkout: Path
) -> None:
    lines = called(["make", "-n", "replicate-acdc", *words], checkout).stdout.splitlines()
    assert lines[-1].rstrip() == f".venv/bin/python -m reports.verdict {last}"


def test_a_second_setup_does_nothing_and_says_so_in_a_line(checkout: Path) -> None:
    assert setup(checkout).returncode == 0
    second = setup(checkout)
    assert second.stdout == ".venv is up to date\n"
    assert calls(checkout) == ["venv", "install"]


def test_a_changed_pyproject_installs_again_into_the_same_environment(checkout: Path) -> None:
    setup(checkout)
    stamp = (checkout / ".venv" / ".setup-stamp").stat().st_mtime
    os.utime(checkout / "pyproject.toml", (stamp + 10, stamp + 10))
    setup(checkout)
    assert calls(checkout) == ["venv", "install", "install"]


def test_a_killed_setup_is_started_afresh(checkout: Path) -> None:
    (checkout / "kill-pip").touch()
    assert setup(checkout).returncode != 0
    (checkout / "kill-pip").unlink()
    (checkout / ".venv" / "half-a-package").touch()
    assert setup(checkout).returncode == 0
    assert calls(checkout) == ["venv", "install", "venv", "install"]
    assert not (checkout / ".venv" / "half-a-package").exists()


def test_a_failed_installation_keeps_the_environment_for_the_next_try(checkout: Path) -> None:
    (checkout / "fail-pip").touch()
    first = setup(checkout)
    assert first.returncode != 0
    assert "error: pip could not install into .venv" in first.stderr
    (checkout / "fail-pip").unlink()
    assert setup(checkout).returncode == 0
    assert calls(checkout) == ["venv", "install", "install"]


def test_what_pip_said_of_its_failure_is_shown(checkout: Path) -> None:
    (checkout / "fail-pip").touch()
    assert "ERROR: no disk left" in setup(checkout).stderr


def test_a_slow_installation_says_what_pip_is_at(checkout: Path) -> None:
    (checkout / "slow-pip").touch()
    said = [line.split(" MB  ")[1] for line in setup(checkout).stdout.splitlines() if " MB  " in line]
    assert len(said) >= 2
    assert set(said) == {"Downloading half a wheel"}


@pytest.mark.parametrize(
    ("gpu", "torchvision", "taken"),
    [
        ("0", "0.29.1+cpu, 0.29.1", ["torch==2.14.1+cpu", "torchvision==0.29.1+cpu"]),
        ("0", "0.29.1", []),  # of one package alone: the two would not fit
        ("1", "0.29.1+cpu, 0.29.1", []),
    ],
)
def test_without_a_gpu_builds_without_cuda_are_taken_where_pip_has_both(
    gpu: str, torchvision: str, taken: list[str], checkout: Path
) -> None:
    (checkout / "torch").write_text("2.15.0, 2.14.1+cpu, 2.14.1, 2.13.0+cpu")
    (checkout / "torchvision").write_text(torchvision)
    said = setup(checkout, "./stand-in", f"GPU={gpu}").stdout
    words = (checkout / "installed").read_text().split()
    assert [word for word in words if "==" in word] == taken
    assert ("make setup GPU=1 takes the other builds" in said) == bool(taken)


def test_packages_that_cannot_be_imported_leave_no_stamp(checkout: Path) -> None:
    (checkout / "no-torch").touch()
    ended = setup(checkout)
    assert ended.returncode != 0
    assert "segmentation-models-pytorch in .venv don't fit" in ended.stderr
    assert not (checkout / ".venv" / ".setup-stamp").exists()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("sys.version_info = (3, 9)", "is missing or older than Python 3.10; name a newer one"),
        ('sys.modules["ensurepip"] = None', "has no venv module; on Debian and Ubuntu install python3-venv"),
    ],
)
def test_an_unfit_python_is_one_sentence(code: str, sentence: str, checkout: Path) -> None:
    ended = setup(checkout, python_that_first_runs(code, checkout / "unfit"))
    said = [line for line in ended.stderr.splitlines() if not line.startswith("make")]
    assert ended.returncode != 0
    assert len(said) == 1
    assert said[0].startswith(f"error: ./unfit {sentence}")
    assert not (checkout / ".venv").exists()


def test_a_missing_python_is_named(checkout: Path) -> None:
    assert "error: ./none is missing or older" in setup(checkout, "./none").stderr

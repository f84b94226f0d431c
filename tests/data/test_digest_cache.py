"""Digests are remembered between starts while files stay as they are, and never wrongly."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from data import content as content_module
from data.case import Case
from data.catalog import find
from data.errors import DataError
from data.sources import acdc
from data.sources.layouts import Layout
from tests.data.acdc_toy import TESTED, TRAINED, content, mend


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the cases that are read from files from here on."""
    seen: list[str] = []
    read = acdc.read_case
    monkeypatch.setattr(acdc, "read_case", lambda layout, name: (seen.append(name), read(layout, name))[1])
    return seen


@pytest.mark.usefixtures("long_ago")
def test_a_second_start_reads_nothing_and_a_changed_file_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = reads(monkeypatch)
    first = content(root)
    assert len(seen) == 200
    assert content(root) == first and len(seen) == 200
    os.utime(root / "acdc" / "volumes" / f"{TRAINED}.h5")
    assert content(root) == first and seen[200:] == [TRAINED]
    mend(root, TESTED)
    assert content(root).training == first.training and seen[201:] == [TESTED]


def test_a_file_that_changed_a_moment_ago_is_not_remembered(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = (root / "acdc" / "volumes" / f"{TESTED}.h5").stat().st_ctime_ns
    seen = reads(monkeypatch)

    def read_at(seconds: int) -> int:
        monkeypatch.setattr(content_module.time, "time_ns", lambda: changed + seconds * 10**9)
        content(root)
        return len(seen)

    assert [read_at(1), read_at(1)] == [200, 400] and not cache.exists()
    assert [read_at(3600), read_at(3600)] == [600, 600]


@pytest.mark.usefixtures("long_ago")
def test_a_file_that_changes_while_it_is_hashed_is_not_remembered(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = acdc.read_case

    def disturbed(layout: Layout, name: str) -> Case:
        case = read(layout, name)
        if name == TESTED:
            mend(root, TESTED)
        return case

    with monkeypatch.context() as patch:
        patch.setattr(acdc, "read_case", disturbed)
        before = content(root)
    seen = reads(monkeypatch)
    assert content(root).scoring != before.scoring
    assert seen == [TESTED]


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", b"\xff\x00", b"0" * 64 + b"\n{}", None, "digit", "version"],
    ids=["empty", "object", "bytes", "sum", "folder", "digit", "version"],
)
@pytest.mark.usefixtures("long_ago")
def test_a_damaged_memory_is_made_anew_without_a_word(
    root: Path, cache: Path, damage: bytes | str | None, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    first = content(root)
    (path,) = cache.iterdir()
    text = path.read_text()
    if damage is None:
        path.unlink()
        path.mkdir()
    elif damage == "digit":
        digest = json.loads(text.partition("\n")[2])["cases"][TESTED][2]
        path.write_text(text.replace(digest, ("0" if digest[0] != "0" else "1") + digest[1:]))
    elif damage == "version":
        monkeypatch.setattr(acdc, "READING", "another")
    else:
        assert isinstance(damage, bytes)
        path.write_bytes(damage)
    seen = reads(monkeypatch)
    assert content(root) == first and len(seen) == 200
    assert capsys.readouterr() == ("", "")
    if damage is not None:
        assert content(root) == first and len(seen) == 200
    assert path.name in [one.name for one in cache.iterdir()] and len([*cache.iterdir()]) == 1 + (damage == "version")


@pytest.mark.usefixtures("long_ago")
def test_two_ways_to_read_one_folder_are_remembered_beside_each_other(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = reads(monkeypatch)
    for version, total in (("one", 200), ("other", 400), ("one", 400), ("other", 400)):
        monkeypatch.setattr(acdc, "READING", version)
        content(root)
        assert len(seen) == total
    assert len([*cache.iterdir()]) == 2


@pytest.mark.usefixtures("long_ago")
def test_where_nothing_can_be_remembered_it_is_done_without(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = content(root)
    (tmp_path / "file").write_text("")
    seen = reads(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert content(root) == first
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # which the specification says to ignore

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert content(root) == first
    assert len(seen) == 400 and not Path("relative").exists()


@pytest.mark.usefixtures("long_ago")
def test_one_source_among_many_at_once_leaves_a_whole_memory(root: Path, cache: Path) -> None:
    both = find("acdc", root), find("acdc", root)
    first = [source.content() for source in both]
    assert first[0] == first[1]
    (path,) = cache.iterdir()
    check, _, body = path.read_text().partition("\n")
    assert check == hashlib.sha256(body.encode()).hexdigest() and len(json.loads(body)["cases"]) == 200


@pytest.mark.usefixtures("long_ago")
def test_a_memory_that_was_wrong_is_found_when_the_case_is_read_and_forgotten(root: Path, cache: Path) -> None:
    first = content(root)
    (path,) = cache.iterdir()
    values = json.loads(path.read_text().partition("\n")[2])
    values["cases"][TRAINED][1] = "0" * 64
    body = json.dumps(values)
    path.write_text(f"{hashlib.sha256(body.encode()).hexdigest()}\n{body}")
    source = find("acdc", root)
    assert source.content() != first
    with pytest.raises(DataError, match=f"case {TRAINED}: its image changed"):
        source.cases([TRAINED.split("_")[0]])
    assert content(root) == first

"""A data set's fingerprint is of what its cases hold: any voxel changes it, and the files that they lie in don't."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data import content as content_module
from data import digest_cache
from data.case import Case
from data.catalog import find
from data.content import Content, image_digest, mask_digest
from data.errors import DataError
from data.held_out import Gate
from data.source import Source
from data.sources import acdc
from tests.data.acdc_toy import SPLIT, TESTED, TRAINED, mend, volume, write_slices, write_volumes


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "action-bench"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_volumes(tmp_path_factory.mktemp("written"))


@pytest.fixture
def root(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "volumes"))


@pytest.fixture
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what was written a moment ago count as old."""
    monkeypatch.setattr(digest_cache, "RACY_NS", -3_600_000_000_000)


def content(root: Path) -> Content:
    found = find("acdc", root).content()
    assert found is not None
    return found


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the cases that are read from files from here on."""
    seen: list[str] = []
    read = acdc.Acdc._read
    monkeypatch.setattr(acdc.Acdc, "_read", lambda self, name, masks: (seen.append(name), read(self, name, masks))[1])
    return seen


def test_a_case_is_told_by_grey_values_labels_shape_and_spacing() -> None:
    image, mask = volume(TESTED)
    case = Case(TESTED, "p", image, mask, (10.0, 1.5, 1.25))
    want = hashlib.sha256()
    for part in (np.array([3, 20, 24], "<i8"), np.array([10.0, 1.5, 1.25], "<f8"), image):
        want.update(part.tobytes())
    assert image_digest(case) == want.hexdigest()
    assert mask_digest(mask) == hashlib.sha256(np.array([3, 20, 24], "<i8").tobytes() + mask.tobytes()).hexdigest()
    others = [
        replace(case, spacing=None),
        replace(case, spacing=(10.0, 1.25, 1.5)),
        replace(case, image=image.reshape(3, 24, 20)),
        replace(case, image=np.where(np.arange(24) == 0, image + 1, image).astype(np.float32)),
    ]
    assert len({image_digest(one) for one in (case, *others)}) == 5
    assert image_digest(replace(case, image=np.asfortranarray(image.astype(">f4")))) == image_digest(case)


def test_the_same_volumes_in_slices_have_the_same_fingerprint(root: Path, tmp_path: Path) -> None:
    slices = write_slices(tmp_path / "slices")
    assert find("acdc", slices).origin.startswith("SSL4MIS slices")
    assert content(slices) == content(root)
    assert find("acdc", slices).former_fingerprint() != find("acdc", root).former_fingerprint()


@pytest.mark.parametrize(
    ("case", "part", "moved"),
    [
        (TESTED, "label", {"scoring"}),
        (TESTED, "image", {"scoring"}),
        (TRAINED, "label", {"training"}),
        (TRAINED, "image", {"training"}),
        (f"{SPLIT.val[0]}_frame01", "label", {"training"}),
    ],
)
@pytest.mark.usefixtures("long_ago")
def test_one_voxel_is_another_fingerprint_though_size_and_time_are_kept(
    root: Path, case: str, part: str, moved: set[str]
) -> None:
    source, before = find("acdc", root), content(root)
    former = source.former_fingerprint()
    mend(root, case, part)
    after = content(root)
    assert {name for name in ("training", "scoring") if getattr(before, name) != getattr(after, name)} == moved
    assert find("acdc", root).fingerprint() == after.fingerprint != before.fingerprint
    assert find("acdc", root).former_fingerprint() == former  # which is why it was not enough


def test_fingerprints_say_of_which_kind_they_are(root: Path) -> None:
    found = content(root)
    for one in (found.training, found.scoring, found.fingerprint):
        assert one.startswith("content-") and len(one) == len("content-") + 16
        int(one.removeprefix("content-"), 16)
    phantom = find("phantom")
    assert phantom.content() is None
    assert phantom.fingerprint() == phantom.former_fingerprint() == "c90fbb11960259ab"


def test_hashing_hands_nothing_out_and_opens_no_gate(root: Path) -> None:
    source = find("acdc", root)
    gate = Gate(source)
    with gate.shut() as outside:
        assert outside.content() == source.content() and outside.fingerprint() == source.fingerprint()
        with pytest.raises(DataError, match="outside the gate"):
            outside.cases(SPLIT.test[:1])
    assert gate.openings == []


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
    read = acdc.Acdc._read

    def disturbed(self: acdc.Acdc, name: str, masks: bool) -> Case:
        case = read(self, name, masks)
        if name == TESTED:
            mend(root, TESTED)
        return case

    with monkeypatch.context() as patch:
        patch.setattr(acdc.Acdc, "_read", disturbed)
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
    assert [one.name for one in cache.iterdir()] == [path.name]


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


def changed(source: Source, root: Path) -> list[str]:
    """Return what is said of a mask mended behind a source's back, by each way of reading it."""
    assert source.content() == content(root)
    mend(root, TESTED)
    mend(root, TRAINED)
    gate, said = Gate(source), []
    patient = TRAINED.split("_")[0]
    for read in (lambda: gate.open("scoring", 3), lambda: gate.outside.cases([patient]), source.fingerprint):
        with pytest.raises(DataError) as error:
            read()
        said.append(str(error.value))
    assert len(gate.outside.cases([patient], masks=False)) == 2  # its image is what it was
    return said


@pytest.mark.usefixtures("long_ago")
def test_a_case_that_changed_behind_a_sources_back_is_named_by_every_reading(root: Path) -> None:
    opened, trained, looked = changed(find("acdc", root), root)
    assert opened.startswith(f"case {TESTED}: its mask changed after this process had looked at it (")
    assert trained.startswith(f"case {TRAINED}: its mask changed") and looked.startswith("case ")
    assert f"{TESTED}.h5); leave data as they are" in opened and "\n" not in opened


@pytest.mark.usefixtures("long_ago")
def test_a_changed_image_is_named_too(root: Path) -> None:
    source = find("acdc", root)
    source.fingerprint()
    mend(root, TRAINED, "image")
    with pytest.raises(DataError, match=f"case {TRAINED}: its image changed"):
        source.cases([TRAINED.split("_")[0]], masks=False)


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


def test_a_source_that_was_not_asked_for_its_content_reads_what_is_there(root: Path) -> None:
    source = find("acdc", root)
    mend(root, TRAINED)
    (one,) = [case for case in source.cases([TRAINED.split("_")[0]]) if case.name == TRAINED]
    assert one.mask.flat[0] == 1


def test_real_acdc_has_the_fingerprint_that_it_had(acdc_root: Path) -> None:
    found = find("acdc", acdc_root)
    if not found.origin.startswith("pre-processed volumes"):
        pytest.skip("ACDC lies here in another layout than that whose fingerprint is known")
    assert found.content() == Content("content-9d7bf9e62ce8019c", "content-025ff2b49538fb66")
    assert found.fingerprint() == "content-d6964abda3035d95"
    assert found.former_fingerprint() == "3c51735a043b288f"

"""A data set's fingerprint is of what its cases hold: any voxel changes it, and the files that they lie in don't."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.case import Case
from data.catalog import find
from data.content import Content, image_digest, mask_digest
from data.errors import DataError
from data.held_out import Gate
from data.source import Source
from tests.data.acdc_toy import SPLIT, TESTED, TRAINED, content, mend, volume, write_slices


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


def test_a_source_that_was_not_asked_for_its_content_reads_what_is_there(root: Path) -> None:
    source = find("acdc", root)
    mend(root, TRAINED)
    (one,) = [case for case in source.cases([TRAINED.split("_")[0]]) if case.name == TRAINED]
    assert one.mask.flat[0] == 1


@pytest.mark.usefixtures("cache")
def test_real_acdc_has_the_fingerprint_that_it_had(acdc_root: Path) -> None:
    found = find("acdc", acdc_root)
    if not found.origin.startswith("pre-processed volumes"):
        pytest.skip("ACDC lies here in another layout than that whose fingerprint is known")
    assert found.content() == Content("content-9d7bf9e62ce8019c", "content-025ff2b49538fb66")
    assert found.fingerprint() == "content-d6964abda3035d95"
    assert found.former_fingerprint() == "3c51735a043b288f"

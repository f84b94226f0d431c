"""What is taken away from real ACDC is said when it is found."""

from __future__ import annotations

from pathlib import Path

from data.catalog import find
from tests.data.acdc_folders import refused, volume, write_h5


def real(tmp_path: Path, acdc_root: Path) -> Path:
    """Return links to the real volumes, so that one can be left out or replaced."""
    folder = tmp_path / "acdc" / "volumes"
    folder.mkdir(parents=True)
    for path in (acdc_root / "acdc" / "volumes").glob("*.h5"):
        (folder / path.name).symlink_to(path)
    return folder


def test_slices_missing_at_both_ends_of_real_volumes_are_named_with_their_number(tmp_path: Path, acdc_root) -> None:
    folder = real(tmp_path, acdc_root)
    assert find("acdc", tmp_path).origin == "pre-processed volumes in volumes/"
    for frame in ("frame01", "frame12"):  # patient001 has 10
        image, label = volume("a", (9, 256, 216))
        write_h5(folder / f"patient001_{frame}.h5", image=image, label=label)
    said = refused(tmp_path / "acdc")
    assert "patient001_frame01 has 9, not 10, patient001_frame12 has 9, not 10" in said


def test_another_frame_of_a_real_patient_is_named(tmp_path: Path, acdc_root) -> None:
    folder = real(tmp_path, acdc_root)
    (folder / "patient001_frame12.h5").rename(folder / "patient001_frame11.h5")
    assert "patient001_frame11 is none of ACDC's frames" in refused(tmp_path / "acdc")

"""The phantom: deterministic, nested, with slices where structures are absent."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from data.case import Case
from data.errors import DataError
from data.sources import phantom_signal
from data.sources.phantom import Parameters, Phantom, PhantomClose
from data.sources.phantom_anatomy import Heart, Scene, draw_heart, label_map

RV, MYO, LV = 1, 2, 3


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    phantom = Phantom(Parameters())
    return phantom.cases(phantom.split.train[:12])


def test_a_subset_equals_the_same_of_the_whole(cases: list[Case]) -> None:
    phantom = Phantom(Parameters())
    alone = phantom.cases([phantom.split.train[7]])
    for one, other in zip(alone, cases[14:16], strict=True):
        np.testing.assert_array_equal(one.image, other.image)
        np.testing.assert_array_equal(one.mask, other.mask)


def test_another_seed_gives_other_patients(cases: list[Case]) -> None:
    other = Phantom(Parameters(seed=1))
    assert other.fingerprint() != Phantom(Parameters()).fingerprint()
    image = other.cases(other.split.train[:1])[0].image
    assert image.shape != cases[0].image.shape or not np.array_equal(image, cases[0].image)


def test_the_pool_lies_inside_the_ring(cases: list[Case]) -> None:
    for case in cases:
        for mask in case.mask:
            around = ndimage.binary_dilation(mask == LV) & (mask != LV)
            assert set(np.unique(mask[around])) <= {MYO}


def test_structures_are_absent_in_some_slices_and_present_in_others(cases: list[Case]) -> None:
    for label in (RV, MYO, LV):
        present = np.concatenate([(case.mask == label).any((1, 2)) for case in cases])
        assert 0.2 < present.mean() < 0.98
    assert any(not mask.any() for case in cases for mask in case.mask)


def test_systole_has_a_smaller_pool(cases: list[Case]) -> None:
    for diastole, systole in zip(cases[::2], cases[1::2], strict=True):
        assert (systole.mask == LV).sum() < 0.8 * (diastole.mask == LV).sum()


def test_an_infarct_thins_its_sector_of_the_wall() -> None:
    heart = replace(draw_heart(np.random.default_rng(0), systole=False), scar=(0.0, 0.0))
    scene = Scene.of(heart)
    healthy, ill = (label_map(replace(heart, scar=(0.0, depth)), scene) == MYO for depth in (0.0, 0.7))
    sector = np.broadcast_to(np.abs(scene.angle) < 0.4, healthy.shape)
    assert ill[sector].sum() < 0.7 * healthy[sector].sum()
    opposite = np.broadcast_to(np.abs(scene.angle) > 2, healthy.shape)
    assert ill[opposite].sum() == pytest.approx(healthy[opposite].sum(), rel=0.03)


def test_contrast_differs_from_patient_to_patient(cases: list[Case]) -> None:
    ratios = [case.image[case.mask == LV].mean() / case.image[case.mask == MYO].mean() for case in cases[::2]]
    assert max(ratios) > 1.6 * min(ratios)


def test_neighbours_are_as_bright_as_the_pool(cases: list[Case]) -> None:
    brighter = [(case.image[case.mask == 0] > np.median(case.image[case.mask == LV])).mean() for case in cases]
    assert np.mean([share > 0.02 for share in brighter]) > 0.5


def test_spacing_is_in_mm_and_anisotropic(cases: list[Case]) -> None:
    for case in cases:
        assert case.spacing is not None
        assert case.spacing[0] >= 8
        assert 1.2 < case.spacing[1] == case.spacing[2] < 1.7


def test_an_unknown_patient_is_named() -> None:
    with pytest.raises(DataError, match="no patient 'phantom999'; it has phantom001 to phantom058"):
        Phantom(Parameters()).cases(["phantom999"])


PINNED = [  # name, mean and deviation of the image, voxels of RV, Myo and LV
    ("phantom001_ED", 222.26583972, 213.69551872, [4209, 4920, 1871]),
    ("phantom001_ES", 219.96133666, 214.16847848, [3132, 7240, 766]),
    ("phantom002_ED", 362.15531080, 197.37043111, [4664, 8278, 3004]),
    ("phantom003_ES", 341.04498294, 348.13340013, [1893, 1875, 1078]),
]


@pytest.mark.parametrize(("name", "mean", "deviation", "voxels"), PINNED)
def test_version_2_draws_what_it_always_drew(
    name: str, mean: float, deviation: float, voxels: list[int], cases: list[Case]
) -> None:
    case = next(case for case in cases if case.name == name)
    assert case.image.mean(dtype=np.float64) == pytest.approx(mean, rel=1e-6)
    assert case.image.std(dtype=np.float64) == pytest.approx(deviation, rel=1e-6)
    assert np.bincount(case.mask.ravel(), minlength=4)[1:].tolist() == voxels


def test_what_frames_have_in_common_is_drawn_once_a_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[int, ...]] = []
    real = phantom_signal._surroundings

    def counted(heart: Heart, *rest: Any) -> Any:
        drawn.append(heart.shape)
        return real(heart, *rest)

    monkeypatch.setattr(phantom_signal, "_surroundings", counted)
    phantom = Phantom(Parameters())
    for _ in range(2):
        phantom.cases(phantom.split.train[:3], masks=False)
    assert len(drawn) == 3


@pytest.mark.parametrize("grain", [3, 4])
def test_a_field_made_slice_by_slice_is_that_of_the_whole(grain: float) -> None:
    shape = (9, 117, 131)
    field = phantom_signal._smooth(np.random.default_rng(5), shape, grain)
    coarse = [9, round(117 / grain), round(131 / grain)]
    values = np.random.default_rng(5).uniform(-1, 1, coarse)
    whole = ndimage.zoom(values, [s / c for s, c in zip(shape, coarse, strict=True)], order=1)
    np.testing.assert_array_equal(field, whole)


def test_the_close_phantom_is_a_square_of_the_same_images_around_each_heart() -> None:
    whole, close = Phantom(Parameters()), PhantomClose(Parameters())
    patients = whole.split.train[:6]
    kept = []
    for pair in zip(whole.cases(patients), close.cases(patients), strict=True):
        full, cut = (case.image for case in pair)
        assert cut.shape == (len(full), 80, 80)
        places = np.lib.stride_tricks.sliding_window_view(full[0], (80, 80))
        (row, column), *others = np.argwhere((places == cut[0]).all((2, 3)))
        assert not others
        square = (slice(None), slice(row, row + 80), slice(column, column + 80))
        np.testing.assert_array_equal(full[square], cut)
        np.testing.assert_array_equal(pair[0].mask[square], pair[1].mask)
        assert pair[1].spacing == pair[0].spacing and pair[1].name == pair[0].name
        kept.append((pair[1].mask > 0).sum() / (pair[0].mask > 0).sum())
    assert min(kept) > 0.9 and np.median(kept) == 1
    assert (close.task.dataset, close.split.dataset) == ("phantom_close", "phantom_close")
    assert close.fingerprint() != whole.fingerprint()

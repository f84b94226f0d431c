"""The augmentation policies that presets name, and the values that a cell keeps of one."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from data.geometry import Affine, RotateZoomMirror, TurnOrRotation
from data.in_turn import InTurn
from data.intensity import Intensity, Jitter
from data.views import Policy

_MOVED = Affine(turns=0.5, rotation_deg=30, zoom=0.35, shift=0.1)
_SHADED = (
    Intensity(probability=0.8, contrast=0.5, brightness=0.2, gamma=0.8, bias=0.5, blur_px=1.0, noise=0.03),
    Intensity(probability=0.8, contrast=1.0, brightness=0.3, gamma=1.5, bias=1.0, blur_px=3.0, noise=0.1),
)

POLICIES: Mapping[str, Policy] = {
    # SSL4MIS dataloaders/dataset.py @06df604: half turned and flipped, half rotated. Strong, for methods that SSL4MIS
    # does not have: stage iii of ACTION code augment.py @77730a7, slice by slice.
    "geometric": Policy(
        TurnOrRotation(turned=0.5, rotated=0.5),
        None,
        Jitter(jittered=0.5, brightness=0.25, contrast=0.25, blurred=0.5, least_blur_px=0.15, blur_px=1.15),
    ),
    # Ours, for short schedules: patients differ most in contrast and coil sensitivity, and few labels show few of them.
    # The weak view is heavy as well, since labels are learnt on it; the strong one has up to three times its ranges.
    # docs/LOG.md, chosen on validation patients.
    "mri": Policy(
        _MOVED,
        *_SHADED,
    ),
    # The same without quarter turns and flips, for structures that are told by where they lie: what folders whose files
    # say how they lie get instead. docs/decisions/090, docs/LOG.md.
    "upright": Policy(replace(_MOVED, turns=0.0), *_SHADED),
    # The released loaders of a method, which its fidelity ``official`` asks for.
    # ACTION code @77730a7, stages i and ii: nothing is moved; a batch is jittered, and the teacher's is blurred.
    "action": Policy(
        None,
        None,
        Jitter(jittered=0.5, brightness=0.2, contrast=0.2, blurred=0.5, least_blur_px=0.15, blur_px=1.15, per="batch"),
    ),
    # SSL4MIS train_fixmatch_standard_augs.py @06df604: every slice turned and flipped, every strong view jittered.
    "fixmatch": Policy(
        TurnOrRotation(turned=1.0, rotated=0.0), None, Jitter(jittered=1.0, brightness=0.8, contrast=0.8)
    ),
    # BCP @7879f98: half turned and flipped, a quarter rotated, a quarter as stored; there is no strong view.
    "bcp": Policy(TurnOrRotation(turned=0.5, rotated=0.25), None, None),
    # UniMatch more-scenarios/medical/dataset/acdc.py @0324f3d
    "unimatch": Policy(
        TurnOrRotation(turned=0.5, rotated=0.25),
        None,
        Jitter(jittered=0.8, brightness=0.5, contrast=0.5, blurred=0.5, least_blur_px=0.1, blur_px=2.0),
    ),
    # What nnU-Net v2 does to 2-D patches that are about square, which ``supervised_strong`` asks for: nnUNetTrainer.py
    # @959729c, configure_rotation_dummyDA_mirroring_and_inital_patch_size and get_training_transforms, with the
    # defaults of batchgenerators' transforms. What is otherwise here: docs/decisions/087.
    "nnunet": Policy(
        RotateZoomMirror(rotated=0.2, rotation_deg=180, zoomed=0.2, least_zoom=0.7, most_zoom=1.4, mirrored=0.5),
        InTurn(
            noisy=0.1,
            noise=0.1,  # GaussianNoiseTransform's variance, which augment_gaussian_noise takes as a deviation
            blurred=0.2,
            least_blur_px=0.5,
            blur_px=1.0,
            brightened=0.15,
            brightness=0.25,
            contrasted=0.15,
            contrast=0.25,
            coarsened=0.25,
            least_zoom=0.5,
            inverted=0.1,
            curved=0.3,
            least_gamma=0.7,
            most_gamma=1.5,
            per_channel=0.5,
        ),
        None,
    ),
}


def values_of(name: str) -> Mapping[str, Any]:
    """Return a policy's values as JSON has them: what a name stands for may change, and is then another cell."""
    return asdict(POLICIES[name])

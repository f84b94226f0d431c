"""The augmentation policies that presets name."""

from collections.abc import Mapping

from data.views import Geometry, Intensity, Policy

_STRONG = Intensity(probability=0.5, contrast=0.25, brightness=0.25, blur_px=1.15)

POLICIES: Mapping[str, Policy] = {
    # SSL4MIS dataloaders/dataset.py @06df604: with p 0.5 quarter turns and flip, else +-20 degrees. Strong: ACTION code
    # augment.py @77730a7: brightness and contrast +-0.25 and blur up to sigma 1.15, each with p 0.5.
    "geometric": Policy(Geometry(turns=0.5, rotation_deg=20), Intensity(), _STRONG),
    # Ours, for short schedules: patients differ most in contrast and coil sensitivity, and few labels show few of them.
    "mri": Policy(
        Geometry(turns=0.5, rotation_deg=30, zoom=0.35, shift=0.1),
        Intensity(probability=0.8, contrast=0.5, brightness=0.2, gamma=0.8, bias=0.5, blur_px=1.0, noise=0.03),
        Intensity(probability=0.8, contrast=0.5, brightness=0.2, gamma=0.8, bias=0.5, blur_px=1.5, noise=0.05),
    ),
}

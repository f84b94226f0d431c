"""docs/PARITY.md: run the comparisons with the released code, and write down how far each is from it.

``python -m tests.methods.golden.parity`` prints the page.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from methods.registry import entries
from tests.methods.golden.released import TOLERANCE

FOLDER = Path(__file__).parent
_SSL4MIS = "SSL4MIS @06df6047"
_ACTION = "ACTION code @77730a7f"
SOURCES: Mapping[str, str] = {
    "unet": f"{_SSL4MIS} networks/unet.py; {_ACTION} networks/unetWithArgs.py",
    "losses": f"{_SSL4MIS} utils/losses.py, utils/ramps.py",
    "supervised": f"{_SSL4MIS} train_fully_supervised_2D.py",
    "mean_teacher": f"{_SSL4MIS} train_mean_teacher_2D.py",
    "uamt": f"{_SSL4MIS} train_uncertainty_aware_mean_teacher_2D.py",
    "ict": f"{_SSL4MIS} train_interpolation_consistency_training_2D.py",
    "cps": f"{_SSL4MIS} train_cross_pseudo_supervision_2D.py",
    "ctct": f"{_SSL4MIS} train_cross_teaching_between_cnn_transformer_2D.py",
    "dct": f"{_SSL4MIS}, its script of deep co-training",
    "em": f"{_SSL4MIS} train_entropy_minimization_2D.py",
    "dan": f"{_SSL4MIS} train_adversarial_network_2D.py, networks/discriminator.py",
    "fixmatch": f"{_SSL4MIS} train_fixmatch_standard_augs.py",
    "cct": f"{_SSL4MIS} train_cross_consistency_training_2D.py",
    "urpc": f"{_SSL4MIS} train_uncertainty_rectified_pyramid_consistency_2D.py",
    "bcp": "BCP @7879f988 code/ACDC_BCP_train.py",
    "unimatch": "UniMatch @0324f3dd more-scenarios/medical/unimatch.py",
    "action": f"{_ACTION} model.py, train_2D_pretrain.py, train_2D_action.py",
    "action_plus": f"{_ACTION} train_2D_action++.py, TSC.py",
    "scs": "semi_cotrast_seg @71f11576 loss_functions/nt_xent.py, supcon_loss.py",
    "gcl": "domain_specific_cl @1dedffe",
}
BY_READING: Sequence[tuple[str, str]] = (
    ("gcl", "all of it: its code is TensorFlow 1 and was not run"),
    ("scs", "its networks and training loops; its two losses were run"),
    (
        "ctct",
        "a transformer as the second network, for which a U-Net stood; it has 224 x 224 and 8 + 8 slices",
    ),
    ("unimatch", "the course of its learning rate"),
    ("action", "the adversarial morph after jitter and blur: its file is missing at that commit, `warp` stands for it"),
    ("action", "ClassMix, and the eight bits of jitter and blur: no value of them was recorded"),
    ("fixmatch", "the averaged copy, which takes part in nothing and does not exist here"),
    (
        "supervised_strong",
        "all of it: its augmentation by shares and ranges, its loss by hand; the network is none of nnU-Net's",
    ),
    ("action_plus", "pre-training: the released script can't run; it is ACTION's with moving temperatures"),
    ("mcnet", "all of it: its sharpening, pairs and losses by loops; its code was read and not run"),
    (
        "ssnet",
        "all of it: its slope by finite differences, memory and distances by loops; its code was read and not run",
    ),
)
HEAD = f"""# Parity with the released code

Three updates of each method's `official` fidelity beside three of the released code, on the same inputs, initial
weights and draws, in float64 ([how](../tests/methods/golden/data/README.md)). The figure is the largest difference,
relative to the greatest value of what is compared; tests ask for {TOLERANCE:.0e}. Made by
`python -m tests.methods.golden.parity > docs/PARITY.md`.

| method | what was compared | largest relative error | source at a commit |
| --- | --- | --- | --- |
"""
TAIL = """
## Compared by statistics
How `geometric` and the released loaders of ACTION, FixMatch, UniMatch and BCP turn, flip, rotate, jitter, blur and
resize, by the shares of 20,000 draws within four standard errors (`tests/data/golden/`); a draw has no parity.

## What a run under `official` has otherwise
It runs in the preset's precision (bf16 where a device has it), which `--set precision=fp32` changes; numbers above are
of float64. The trainer's batches, views and selection are the harness's.

## Compared by reading only
| method | what |
| --- | --- |
"""

Errors = Mapping[str, Mapping[str, float]]


class Collected:
    """A pytest plugin that keeps what ``compare`` found: the largest error by method and part."""

    def __init__(self) -> None:
        self.errors: dict[str, dict[str, float]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the largest of a test's errors."""
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == "parity":
                method, part, error = value  # type: ignore[misc]
                found = self.errors[method]
                found[part] = max(found.get(part, 0.0), error)


def page(errors: Errors) -> str:
    """Return the page; every method with an ``official`` fidelity must have a row in one of its tables."""
    rows = [
        f"| {method} | {part} | {error:.0e} | {SOURCES[method]} |"
        for method in SOURCES
        for part, error in errors.get(method, {}).items()
    ]
    read = [f"| {method} | {what} |" for method, what in BY_READING]
    named = {*errors, *(method for method, _ in BY_READING)}
    lacking = [name for name, entry in entries().items() if "official" in entry.cls.fidelities and name not in named]
    if lacking:
        raise ValueError(f"nothing is compared of {', '.join(lacking)}")
    return HEAD + "\n".join(rows) + "\n" + TAIL + "\n".join(read) + "\n"


def main() -> int:
    """Run the comparisons and print the page; 1 where one fails."""
    found, shown = Collected(), sys.stdout
    sys.stdout = sys.stderr
    failed = pytest.main([str(FOLDER), "-q", "-p", "no:randomly"], plugins=[found])
    sys.stdout = shown
    if failed:
        return 1
    print(page(found.errors), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())

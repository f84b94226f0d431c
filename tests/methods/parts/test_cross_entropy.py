"""Cross-entropy is torch's, whichever way its pixels are added up."""

import torch
from torch.nn import functional

from data.task import IGNORED
from methods.parts.cross_entropy import each, mean, total

RNG = torch.Generator().manual_seed(0)
LOGITS = torch.randn(2, 4, 8, 8, generator=RNG)
CLASSES = torch.randint(0, 4, (2, 8, 8), generator=RNG)


def test_sum_and_mean_are_those_of_each_pixel() -> None:
    torch.testing.assert_close(total(LOGITS, CLASSES), each(LOGITS, CLASSES).sum())
    torch.testing.assert_close(mean(LOGITS, CLASSES), each(LOGITS, CLASSES).mean())
    torch.testing.assert_close(mean(LOGITS, CLASSES), functional.cross_entropy(LOGITS, CLASSES))


def test_what_nobody_labelled_counts_nothing() -> None:
    classes = CLASSES.clone()
    classes[:, 4:] = IGNORED
    assert not each(LOGITS, classes)[:, 4:].any()
    expected = functional.cross_entropy(LOGITS[:, :, :4], classes[:, :4], reduction="sum")
    torch.testing.assert_close(total(LOGITS, classes), expected)


def test_half_precision_is_widened() -> None:
    assert total(LOGITS.bfloat16(), CLASSES).dtype == torch.float32

"""What a name says of a file or an array: a prediction, a reference, an image, probabilities, or nothing."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

Role = Literal["prediction", "reference"]
Planes = Literal["slices", "structures"]
Kind = Literal["probabilities", "prediction", "reference", "segmentation", "mask", "image", "plain"]
Name = TypeVar("Name", bound=Hashable)

# Where a name holds several, the first kind here counts: pred_prob is no label map, pred_label a prediction.
WORDS: Mapping[Kind, str] = {
    "probabilities": "prob probs probability probabilities softmax sigmoid logit logits score scores onehot heatmap "
    "uncertainty entropy confidence variance",
    "prediction": "pred preds prd prediction predictions predicted",
    "reference": "gt gts groundtruth truth true lab labs label labels lbl ref reference references manual target "
    "targets annotation annotations",
    "segmentation": "seg segs segm segmentation segmentations",  # monai's predictions, BraTS' references
    "mask": "mask masks msk",
    "image": "img imgs image images 4d",  # ACDC's patient001_4d is the whole series
}
KINDS: Mapping[str, Kind] = {word: kind for kind, words in WORDS.items() for word in words.split()}
LEADING = {"pred", "preds", "prediction", "predictions", "gt", "groundtruth", "label", "labels", "seg", "mask"}
SEPARATORS = r"[\s_.\-]+"
WHOLE = re.compile(r"ground[\s_.\-]?truth", re.IGNORECASE)  # one word, however it is written
FIRST: Mapping[Role, tuple[Kind, ...]] = {
    "prediction": ("prediction", "segmentation", "mask", "plain"),
    "reference": ("reference", "mask", "segmentation", "plain"),
}
# The first is not clear beside the second: of a lesion and a region, an output and a mask, either may be meant.
UNCLEAR: Mapping[Role, frozenset[tuple[Kind, Kind]]] = {
    "prediction": frozenset(
        {("mask", "reference"), ("mask", "plain"), ("segmentation", "plain"), ("segmentation", "mask")}
    ),
    "reference": frozenset({("segmentation", "prediction"), ("mask", "segmentation")}),
}


@dataclass(frozen=True)
class Wanted:
    """What a folder of masks is read for, and what the user said of it.

    files: how its files are named, with CASE for the case (``CASE_ours``). key: the array in files that hold several.
    planes: whether the planes of its arrays are slices of one mask, or a mask a structure.
    """

    role: Role
    files: str | None = None
    key: str | None = None
    planes: Planes | None = None

    @property
    def files_option(self) -> str:
        """The option that says how files are named."""
        return "--files" if self.role == "prediction" else "--reference-files"

    @property
    def key_option(self) -> str:
        """The option that names the array."""
        return "--key" if self.role == "prediction" else "--reference-key"

    @property
    def planes_option(self) -> str:
        """The option that says what the planes of arrays are."""
        return "--planes" if self.role == "prediction" else "--reference-planes"


def kind_of_array(key: str) -> Kind:
    """Return what an array's name says of it; every word of it counts, as in y_true and predMask."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key)
    return _strongest(re.split(r"[^0-9a-z]+", WHOLE.sub("groundtruth", apart).lower()))


def kind_of_file(stem: str) -> tuple[str, Kind]:
    """Return the case that a file's name without its ending is of, and what its first and last words say.

    A case is all but those words; ``a_pred``, ``pred_a``, ``a-GT`` and ``label0001`` are understood. ``img0001`` is
    plain, since a mask may be named as its image; ``gt`` alone is of case ``""``.
    """
    case, words = WHOLE.sub("groundtruth", stem), set()
    while (found := re.fullmatch(rf"(?:(.*?){SEPARATORS})?([A-Za-z]+|4[Dd])", case)) and found[2].lower() in KINDS:
        case = found[1] or ""
        words.add(found[2].lower())
    while (found := re.fullmatch(rf"([A-Za-z]+)(?:{SEPARATORS}(.+)|(\d.*))", case)) and found[1].lower() in LEADING:
        case = found[2] or found[3]
        words.add(found[1].lower())
    return case, _strongest(words)


def meant(role: Role, kinds: Mapping[Name, Kind]) -> list[Name]:
    """Return those of several that are named as the role's; none where that is not clear."""
    present = set(kinds.values())
    for kind in (one for one in FIRST[role] if one in present):
        if any((kind, other) in UNCLEAR[role] for other in present):
            return []
        return [name for name, its in kinds.items() if its == kind]
    return []


def _strongest(words: Iterable[str]) -> Kind:
    found = {KINDS[word] for word in words if word in KINDS}
    return next((kind for kind in WORDS if kind in found), "plain")

"""What to cite: methods, networks and data sets by the entries of a BibTeX file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PATH = Path(__file__).resolve().parent / "published" / "references.bib"

METHODS = {
    "action": "you2023action",
    "action_plus": "you2023actionplus",
    "arco": "you2023arco",
    "bcp": "bai2023bcp",
    "cct": "ouali2020cct",
    "cps": "chen2021cps",
    "ctct": "luo2022ctct",
    "dan": "zhang2017dan",
    "dct": "qiao2018dct",
    "em": "vu2019advent",
    "fixmatch": "sohn2020fixmatch",
    "gcl": "chaitanya2020gcl",
    "ict": "verma2019ict",
    "mcnet": "wu2021mcnet",
    "mean_teacher": "tarvainen2017meanteacher",
    "mona": "you2024mona",
    "scs": "hu2021scs",
    "ssnet": "wu2022ssnet",
    "supervised": "ronneberger2015unet",
    "supervised_strong": "isensee2021nnunet",
    "uamt": "yu2019uamt",
    "unimatch": "yang2023unimatch",
    "urpc": "luo2021urpc",
}
"""Keys of methods of this repository, and of some that are only printed beside them; one from outside has none."""
DATASETS = {"acdc": "bernard2018acdc", "lits": "bilic2023lits"}
"""Keys of data sets by name; folders of one's own and generated data have none."""
UNET, LIBRARY, ENCODERS = "ronneberger2015unet", "iakubovskii2019smp", "wightman2019timm"


def network_keys(backbone: str) -> list[str]:
    """Return the keys of a backbone of this repository: the U-Net's, or the libraries' it is built by."""
    if backbone in ("unet", "unet-transposed"):
        return [UNET]
    return [LIBRARY, ENCODERS] if backbone.rpartition(":")[2].startswith("tu-") else [LIBRARY]


@cache
def entries() -> Mapping[str, str]:
    """Return the entries by key, as a BibTeX file holds them."""
    found = re.finditer(r"^@\w+\{([^,]+),\n.*?^\}\n", PATH.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return {one[1]: one[0] for one in found}

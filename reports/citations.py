"""The BibTeX entries of a page: of the methods run, their networks, the data sets, and this software."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from importlib import metadata

from reports.latex import escaped
from results.outside import BACKBONE, METHOD
from results.record import CellInfo, Record
from results.references import DATASETS, METHODS, entries, network_keys

SOFTWARE = "action_bench"
DISTRIBUTION = "action-bench"
HEAD = "% What was run on this page, the data it was run on, and the software that ran it."


def references(records: Sequence[Record]) -> str:
    """Return a BibTeX file with an entry each, sorted by key, the software last.

    A method without a paper that is known here is cited in the words of its own author.
    """
    known = entries()
    found = {key: known[key] for one in records for key in _keys(one.cell)}
    others: dict[str, list[CellInfo]] = {}
    for one in records:
        if (key := key_of(one.cell)) not in known:
            others.setdefault(key, []).append(one.cell)
    found |= {key: _short(key, cells) for key, cells in others.items()}
    return "\n".join([HEAD, *(found[key] for key in sorted(found)), _software(records)])


def key_of(cell: CellInfo) -> str:
    """Return the key that a run's method is cited by, of which no two methods have one."""
    if METHOD not in cell.outside and cell.method in METHODS:
        return METHODS[cell.method]
    key = re.sub(r"\W+", "_", cell.method)
    if key.lower() != cell.method:  # BibTeX takes letters large and small for one
        key += f"_{hashlib.sha256(cell.method.encode()).hexdigest()[:6]}"
    return f"method_{key}"


def dataset_key(dataset: str) -> str | None:
    """Return the key of a data set, or of the one that this is a fold of; None where there is nothing to cite."""
    return DATASETS.get(dataset.partition("-fold")[0])


def version() -> str:
    """Return the version of this software, ``unknown`` where it is not installed."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "unknown"


def _keys(cell: CellInfo) -> list[str]:
    """Return which known entries a run needs: its method's, its network's, its data's."""
    from_outside = f"{BACKBONE}{cell.backbone}" in cell.outside
    wanted = [key_of(cell), dataset_key(cell.dataset), *([] if from_outside else network_keys(cell.backbone))]
    return [key for key in wanted if key is not None and key in entries()]


def _short(key: str, cells: Sequence[CellInfo]) -> str:
    """Return the entry of a method whose file says in words alone where it is from; of several files it names each."""
    fields = {
        "title": [cell.title for cell in cells],
        "howpublished": [_where(cell) for cell in cells],
        "note": [cell.paper for cell in cells],
    }
    texts = {name: "; ".join(dict.fromkeys(filter(None, words))) for name, words in fields.items()}
    lines = (f"  {name} = {{{escaped(text)}}}" for name, text in texts.items() if text)
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _where(cell: CellInfo) -> str:
    code = cell.outside.get(METHOD)
    return f"method from outside, {code.name} ({code.digest})" if code else f"method {cell.method}"


def _software(records: Sequence[Record]) -> str:
    """Return the entry of this software: its version here, and the commits that the records were made with."""
    commits = ", ".join(sorted({one.commit[:12] for one in records if one.commit})) or "not told"
    return "\n".join(
        [
            f"@misc{{{SOFTWARE},",
            "  title = {action-bench: a benchmark and replication harness for semi-supervised medical image "
            "segmentation},",
            "  author = {{The action-bench authors}},",
            f"  howpublished = {{Software, version {escaped(version())}}},",
            f"  note = {{Runs made with commits {commits}}}",
            "}",
            "",
        ]
    )

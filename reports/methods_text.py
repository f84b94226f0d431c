"""The paragraph that a paper's methods section needs of each table, made by rule from its records.

What is one for all lines is said once; where lines differ, the others are named with their value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from reports.by_line import by_line, only
from reports.citations import SOFTWARE, dataset_key, key_of, version
from reports.convention_words import in_words
from reports.distinctions import values_of
from reports.findings import Findings
from reports.line import Line
from reports.markdown import in_prose
from reports.seeds_text import seeds_text
from reports.summary import Group
from reports.what_was_run import what_was_run
from reports.which_data import is_generated, told
from results.outside import METHOD
from results.record import Record

RULES = {
    "last": "those after the last update",
    "val_best": "those with the best Dice on validation patients",
    "ema_last": "an average over the updates, with decay 0.99",
}
FEW = 10
"""Patients that are named; of more their number is said."""
VERSIONS = ("python", "torch")
"""What of a record's environment is software; the rest is the machine."""


def methods_text(found: Sequence[Findings], title: str) -> str:
    """Return a Markdown text: a heading and a paragraph a table, citations by the keys of references.bib."""
    return "\n".join(f"## {in_prose(_heading(one.group))}\n\n{in_prose(_paragraph(one, title))}\n" for one in found)


def _heading(group: Group) -> str:
    return f"{group.title}: {group.labeled} labelled, preset {group.preset}"


def _paragraph(found: Findings, title: str) -> str:
    parts = [_protocol(found.group, title), _data(found.group), _labels(found.group), _methods(found.group)]
    parts += [_schedule(found.group), _optimiser(found.group), _selection(found), _metrics(found.group)]
    parts += [seeds_text(found), _machine(found.group), _software(found.group)]
    return " ".join(part for part in parts if part)


def _protocol(group: Group, title: str) -> str:
    runs, lines = _count(len(group.records), "run"), _count(len(group.lines), "configuration")
    return f"Protocol: {title}; {runs} of {lines}."


def _data(group: Group) -> str:
    """Return the data set with its split and fingerprints."""
    key = dataset_key(group.dataset)
    cited = f" [@{key}]" if key else ""
    kind = ", generated images" if is_generated(group.dataset) else ""
    patients = by_line(group.lines, lambda line: _split(line.first))
    data = by_line(group.lines, lambda line: told(line.first))
    origin = by_line(group.lines, lambda line: line.first.origin)
    return f"Data: {group.dataset}{cited}{kind} ({origin}); {patients}; fingerprint {data}."


def _split(record: Record) -> str:
    sizes, masks = record.patients, record.patients.unmasked
    bare = f" ({masks} of them without masks)" if masks else ""
    return f"{sizes.train} training{bare}, {sizes.val} validation and {sizes.test} test patients, split " + (
        record.split_fingerprint
    )


def _labels(group: Group) -> str:
    """Return which patients were labelled, a draw each."""
    return f"Labelled: {by_line(group.lines, _draws)}; masks of the others never reach a method."


def _draws(line: Line) -> str:
    """Return a line's labelled patients: all, or each draw of its runs once."""
    if line.is_ceiling:
        return f"all {line.first.cell.labeled} training patients that have masks"
    found = (
        f"{_count(len(one.labeled_patients), 'training patient')} by the {one.cell.label_draw} draw{_names(one)}"
        for one in line.drawn
    )
    return "; or ".join(dict.fromkeys(found))


def _names(record: Record) -> str:
    names = record.labeled_patients
    return f" ({', '.join(names)})" if len(names) <= FEW else ""


def _methods(group: Group) -> str:
    cited = dict.fromkeys(f"{line.first.cell.title} [@{key_of(line.first.cell)}]" for line in group.lines)
    fidelity = by_line(group.lines, lambda line: line.first.cell.fidelity)
    weights = by_line(
        group.lines, lambda line: f"{line.first.cell.backbone}, {line.first.parameters / 1e6:.2f} million weights"
    )
    return f"Methods: {', '.join(cited)}; fidelity {fidelity}. Network: {weights}."


def _schedule(group: Group) -> str:
    """Return updates, batches and what slices are made of."""
    updates = by_line(group.lines, lambda line: line.updates)
    parts = [f"Schedule: preset {group.preset}, {updates} updates"]
    for words, fields in (
        ("batches of {} labelled and {} unlabelled slices", ("labeled_batch", "unlabeled_batch")),
        ("slices of {0} x {0} pixels", ("size",)),
        ("augmentation {}", ("augmentation",)),
        ("scaling {}", ("scaling",)),
    ):
        parts.append(by_line(group.lines, partial(_filled, words=words, fields=fields)))
    return ", ".join(filter(None, parts)) + "."


def _filled(line: Line, words: str, fields: Sequence[str]) -> str:
    """Return words with a line's values of fields, empty where it lacks one."""
    values = values_of(line)
    return words.format(*(values[field] for field in fields)) if all(field in values for field in fields) else ""


def _optimiser(group: Group) -> str:
    """Return how networks learn; the optimiser of a method from outside is told by its file alone."""
    parts = [by_line(group.lines, _descent), *(only(group.lines, other) for other in (_pretraining, _tuning, _critic))]
    return f"Optimiser: {'; '.join(filter(None, parts))}." if parts[0] else ""


def _descent(line: Line) -> str:
    values = values_of(line)
    if not {"lr", "momentum", "weight_decay"} <= values.keys():
        return ""
    parts = ["SGD"] if _inside(line) and "lr_power" in values else []
    parts += [f"learning rate {values['lr']}", f"momentum {values['momentum']}"]
    parts += [f"weight decay {values['weight_decay']}"]
    return ", ".join([*parts, *([f"the rate falling with power {values['lr_power']}"] if "lr_power" in values else [])])


def _pretraining(line: Line) -> str:
    rate = values_of(line).get("pretrain_lr")
    return f"pre-training by Adam at {rate}" if _inside(line) and rate is not None else ""


def _tuning(line: Line) -> str:
    values = values_of(line)
    return f"fine-tuning by Adam at {values['fine_tune_lr']}" if values.get("fine_tuner") == "adam" else ""


def _critic(line: Line) -> str:
    rate = values_of(line).get("critic_lr")
    return f"the critic by Adam at {rate}" if _inside(line) and rate is not None else ""


def _inside(line: Line) -> bool:
    """Return whether a line's method is of this repository."""
    return METHOD not in line.first.cell.outside


def _selection(found: Findings) -> str:
    """Return which weights are scored, and what else validation chose."""
    lines = found.group.lines
    predictor = by_line(lines, lambda line: line.first.headline.predictor)
    words = RULES.get(found.rule, found.rule)
    chosen = "; ".join(what_was_run(found.group).choices)
    return f"Weights scored: {words} (rule {found.rule}) of the predictor {predictor}, fixed before the run." + (
        f" Chosen before the end: {chosen}." if chosen else ""
    )


def _metrics(group: Group) -> str:
    """Return the convention of the scores, and what an average is of."""
    convention = by_line(group.lines, in_words)
    unit = "millimetres" if group.unit == "mm" else "voxels"
    mean = "an average is the mean of the structures' means over the cases that count"
    space = by_line(group.lines, _space)
    return f"Metrics: Dice, Jaccard, HD95 and ASD {space}, distances in {unit}; convention {convention}; {mean}."


def _space(line: Line) -> str:
    """Return in how many dimensions a line is scored: cases that are single slices have two."""
    form = (line.records[0].values().get("reading") or {}).get("form") or {}
    return "in 2-D" if form.get("planar") else "in 3-D"


def _machine(group: Group) -> str:
    machine = by_line(group.lines, lambda line: _environment(line, lambda key: key not in VERSIONS))
    versions = by_line(group.lines, lambda line: _environment(line, lambda key: key in VERSIONS))
    return " ".join(f"{name}: {words}." for name, words in (("Machine", machine), ("Versions", versions)) if words)


def _environment(line: Line, wanted: Callable[[str], bool]) -> str:
    """Return a part of what a line's runs were made on, each machine once."""
    machines = (
        ", ".join(f"{key} {value}" for key, value in sorted(one.record.environment.items()) if wanted(key))
        for one in line.records
    )
    return " or ".join(dict.fromkeys(machines))


def _software(group: Group) -> str:
    commits = by_line(group.lines, lambda line: " or ".join(dict.fromkeys(_commit(x.record) for x in line.records)))
    return f"Software: action-bench [@{SOFTWARE}], runs by commit {commits}; tables by version {version()}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _commit(record: Record) -> str:
    return f"{(record.commit or 'not told')[:12]}{' with uncommitted changes' if record.dirty else ''}"

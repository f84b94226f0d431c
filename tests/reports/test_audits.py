"""A page shows what audits found of its data, each thing once, with names escaped, and nothing where none was made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reports.page import build_page
from results.audit import Audit
from results.record import Record
from results.store import LoadedRecord
from tests.reports.pages import read_page
from tests.results.made import save

WHOLE = Audit(
    fingerprint="0123456789abcdef",
    scope="all",
    leaks=("equal images: <b>a</b> and b",),
    errors=("label values: 7",),
    warnings=("odd volume: LV in c", "fragments: LV in d"),
)
NAMES = Audit(fingerprint="fedcba9876543210", scope="names")


def page(tmp_path: Path, *audits: Audit | None) -> str:
    records = [save(tmp_path / "runs", 0.5, id=f"sup-s{seed}", seed=seed) for seed in range(len(audits))]
    pairs = zip(records, audits, strict=True)
    return read_page(build_page([with_audit(one, audit) for one, audit in pairs], tmp_path / "page", "A title"))


def with_audit(loaded: LoadedRecord, audit: Audit | None) -> LoadedRecord:
    return replace(loaded, record=Record.model_validate({**loaded.record.model_dump(), "audit": audit}))


def test_findings_stand_in_one_block_the_worst_first_and_names_are_escaped(tmp_path: Path) -> None:
    html = page(tmp_path, WHOLE, WHOLE)
    assert html.count("<summary>Audit of the data</summary>") == 1
    assert html.count("equal images: &lt;b&gt;a&lt;/b&gt; and b") == 1 and "<b>a</b>" not in html
    places = [html.index(words) for words in ("Leak.", "Error.", "Warning.", "fragments: LV in d")]
    assert places == sorted(places)
    assert "audit 0123456789abcdef." in html


def test_a_page_says_what_was_looked_at_by_names_alone_and_which_records_have_none(tmp_path: Path) -> None:
    html = page(tmp_path, NAMES, None)
    assert "No leak, error or warning." in html
    assert (
        "names and split alone were looked at; python -m data.audit looks at the images; 1 record without one" in html
    )


def test_a_page_of_records_without_an_audit_says_nothing_of_it(tmp_path: Path) -> None:
    assert "Audit of the data" not in page(tmp_path, None)

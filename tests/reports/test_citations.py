"""Each method has an entry of its own, which names every file that it was read from."""

from __future__ import annotations

import re

from reports.citations import key_of, references
from tests.results.made import cases, record


def entry(method: str, digest: str, title: str = "Mine") -> object:
    code = {"method": {"name": "my_method.py", "digest": digest}}
    return record(cases(), method=method, title=title, paper="Me, 2026", outside=code, dataset="x")


def test_methods_whose_names_differ_in_signs_or_capitals_have_keys_of_their_own() -> None:
    records = [entry(name, "0123abcd", name) for name in ("a/b", "a b", "a_b", "A_b")]
    keys = [key_of(one.cell) for one in records]
    assert len({key.lower() for key in keys}) == 4 and keys[2] == "method_a_b"
    assert set(keys) < set(re.findall(r"^@misc\{([^,]+),$", references(records), re.MULTILINE))


def test_two_files_of_one_method_are_named_both_in_its_entry() -> None:
    text = references([entry("mine", "0123abcd"), entry("mine", "4567ef01"), entry("mine", "0123abcd")])
    files = "; ".join(rf"method from outside, my\_method.py ({one})" for one in ("0123abcd", "4567ef01"))
    assert text.count("@misc{method_mine,") == 1 and f"howpublished = {{{files}}}" in text
    assert "title = {Mine}," in text and "note = {Me, 2026}" in text

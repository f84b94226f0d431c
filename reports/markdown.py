"""Words that Markdown prints as they are: names of patients, methods and protocols are a stranger's."""

from __future__ import annotations

import re

MARKS = re.compile(r"[\\`*_\[\]~|$]")
BETWEEN_WORDS = re.compile(r"[\\`*\[\]~|$^@{}]|(?<!\w)_|_(?!\w)|-(?=-)")
"""Marks in prose as Pandoc reads it, where an underscore within a word is none."""
CITATION = re.compile(r"(\[@[^\]\s]+\])")


def in_table(text: str) -> str:
    """Return a table's cell, on one line."""
    return _plain(MARKS.sub(r"\\\g<0>", " ".join(text.splitlines())))


def in_prose(text: str) -> str:
    """Return words and citations on one line; citations stay such."""
    parts = CITATION.split(" ".join(text.splitlines()))  # words and citations in turn
    return _plain("".join(part if place % 2 else _unmarked(part) for place, part in enumerate(parts)))


def _plain(text: str) -> str:
    """Return text that Markdown does not read as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _unmarked(text: str) -> str:
    return BETWEEN_WORDS.sub(r"\\\g<0>", text)

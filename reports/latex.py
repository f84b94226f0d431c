"""A printed table as LaTeX, by booktabs and siunitx: every digit is the page's, and stands below its like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import normalize

import pandas as pd

OTHER_SCRIPTS = "% Names hold letters that pdfLaTeX has no font for: LuaLaTeX or XeLaTeX, and a font that has them."
ACCENTED = r"% \usepackage[T1]{fontenc} too: names hold letters that pdfLaTeX's first fonts lack."
LAST_LATIN, MARKS = 0x17F, "–—‘’“”„‚‹›†‡•…‰€™"
IN_T1 = "«»‹›„‚ĐđŊŋÐðÞþĄąĘęĮįŲų"
NO_FONT = "ĦħĸĿŀŉŦŧſ"
"""Letters below LAST_LATIN that pdfLaTeX does not know all the same."""
NEEDED = r"% \usepackage{booktabs,siunitx} in the preamble; numbers stand after their decimal sign in S columns."
SYMBOLS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "&": r"\&",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "±": r"$\pm$",
    "→": r"$\to$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "×": r"$\times$",
    "−": r"$-$",
    "·": r"$\cdot$",
    "≈": r"$\approx$",
    "≠": r"$\neq$",
    "∞": r"$\infty$",
    "←": r"$\leftarrow$",
    "–": "--",
    "\n": " ",
}
"""What LaTeX reads as something else, or not at all before its fonts are chosen."""
_GREEK = (
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon varphi chi "
    "psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
)
GREEK = {
    letter: rf"$\{name}$" for letter, name in zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", _GREEK.split(" "), strict=True)
}
"""Letters that names of methods are made with, which pdfLaTeX has as symbols."""
_NUMBER = re.compile(r"(?P<value>-?\d+(?:\.\d+)?)(?: ± (?P<spread>\d+(?:\.\d+)?))?(?: (?P<note>\(.+\)))?")
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)–(-?\d+(?:\.\d+)?)")


def latex_tables(parts: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """Return tables with their titles under what they need: packages, and other engines for other scripts' letters."""
    tables = [latex_table(*part) for part in parts]
    letters = set("".join(tables))
    head = [NEEDED, *([ACCENTED] if letters & set(IN_T1) else [])]
    head += [OTHER_SCRIPTS] if any(map(_is_foreign, letters)) else []
    return "\n\n".join(["\n".join(head), *tables]) + "\n"


def latex_table(title: str, table: pd.DataFrame) -> str:
    """Return a table of text as a tabular under a comment with its title; the first column is words."""
    columns = [list(map(str, table[name])) for name in table.columns]
    kinds = ["l", *(_kind(cells) for cells in columns[1:])]
    bodies = [[_cell(text, kind) for text in cells] for kind, cells in zip(kinds, columns, strict=True)]
    heads = [_head(str(name), kind) for name, kind in zip(table.columns, kinds, strict=True)]
    rows = [_row(cells) for cells in zip(*bodies, strict=True)]
    begin = "\n".join([r"\begin{tabular}{", *(f"  {kind}" for kind in kinds), "}"])
    parts = [begin, r"\toprule", " & ".join(heads) + r" \\", r"\midrule", *rows, r"\bottomrule", r"\end{tabular}"]
    return "\n".join([f"% {one_line(title)}", *parts])


def _row(cells: Sequence[str]) -> str:
    """Return a row, of which nothing is an argument of the command that ends the one before it."""
    text = " & ".join(cells) + r" \\"
    return f"{{}}{text}" if text.startswith(("[", "*")) else text


def escaped(text: str) -> str:
    """Return text as LaTeX prints it, letters and their accents as one where there is such a letter."""
    known = SYMBOLS | GREEK
    return "".join(known.get(one, one) for one in normalize("NFC", text))


def _is_foreign(letter: str) -> bool:
    """Return whether it is no letter or mark that pdfLaTeX prints of UTF-8 by itself: those of Latin scripts."""
    return letter in NO_FONT or (ord(letter) > LAST_LATIN and letter not in MARKS)


def one_line(text: str) -> str:
    """Return text on one line, as a comment must be."""
    return normalize("NFC", " ".join(text.split()))


def _kind(cells: Sequence[str]) -> str:
    """Return a column's type: numbers at their decimal sign where there is one number, else ranges or words."""
    found = [match for text in cells if (match := _NUMBER.fullmatch(text))]
    if found:
        return _numbers([match["value"] for match in found], [match["spread"] for match in found if _spreads(match)])
    return "c" if any(_RANGE.fullmatch(text) for text in cells) else "l"


def _numbers(values: Sequence[str], spreads: Sequence[str]) -> str:
    """Return a column type with room for the longest of the numbers, and of the deviations in their last digits."""
    sign = "-" if any(value.startswith("-") for value in values) else ""
    whole, _, rest = (max(parts, key=len) for parts in zip(*(_parted(value) for value in values), strict=True))
    places = f"{sign}{len(whole)}.{len(rest)}" if rest else f"{sign}{len(whole)}"
    if not spreads:
        return f"S[table-format={places}]"
    digits = max(len(spread.replace(".", "").lstrip("0")) or 1 for spread in spreads)
    return f"S[separate-uncertainty=true, table-format={places}({digits})]"


def _parted(value: str) -> tuple[str, str, str]:
    return value.lstrip("-").partition(".")


def _cell(text: str, kind: str) -> str:
    """Return a cell: a number as siunitx reads it, all else as words.

    A deviation of exactly 0 is words too, since siunitx leaves it out.
    """
    ends = _RANGE.fullmatch(text)
    if ends and kind == "c":
        return rf"\numrange[range-phrase={{--}}]{{{ends[1]}}}{{{ends[2]}}}"
    if not kind.startswith("S"):
        return escaped(text)
    match = _NUMBER.fullmatch(text)
    if match is None or (match["spread"] and not _spreads(match)):
        return f"{{{escaped(text)}}}"
    parts = [match["value"], rf"\pm {match['spread']}" if match["spread"] else ""]
    return " ".join(filter(None, [*parts, f"{{{escaped(match['note'])}}}" if match["note"] else ""]))


def _spreads(match: re.Match[str]) -> bool:
    return bool(match["spread"] and float(match["spread"]))


def _head(name: str, kind: str) -> str:
    return f"{{{escaped(name)}}}" if kind.startswith("S") else escaped(name)

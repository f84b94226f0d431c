"""Tables as LaTeX: booktabs' lines, siunitx' columns, and nothing in a cell that LaTeX would read as its own."""

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from reports.latex import ACCENTED, NEEDED, OTHER_SCRIPTS, escaped, latex_table, latex_tables
from tests.reports.tabulars import cells_of, columns_of


def test_numbers_keep_their_digits_and_get_a_column_that_has_room_for_them() -> None:
    table = pd.DataFrame({"Method": ["a", "b"], "Dice %": ["72.6 ± 2.4", "100.0 ± 12.1"], "Seeds": ["3", "12"]})
    text = latex_table("T", table)
    assert columns_of(text) == ["l", "S[separate-uncertainty=true, table-format=3.1(3)]", "S[table-format=2]"]
    assert cells_of(text)[1:] == [["a", r"72.6 \pm 2.4", "3"], ["b", r"100.0 \pm 12.1", "12"]]


def test_what_is_no_number_is_words_and_a_deviation_of_nothing_is_not_dropped() -> None:
    rows = ["–", "50.0 ± 0.0", "45.3 (1 of 3 runs)", "-3.25"]
    text = latex_table("T", pd.DataFrame({"Method": list("abcd"), "HD95": rows}))
    assert [row[1] for row in cells_of(text)[1:]] == ["{--}", r"{50.0 $\pm$ 0.0}", "45.3 {(1 of 3 runs)}", "-3.25"]
    assert columns_of(text)[1] == "S[table-format=-2.2]"


def test_an_interval_is_a_range() -> None:
    text = latex_table("T", pd.DataFrame({"Method": ["a", "b"], "Dice, 95 % interval": ["65.3–80.0", "–"]}))
    assert columns_of(text) == ["l", "c"]
    assert [row[1] for row in cells_of(text)[1:]] == [r"\numrange[range-phrase={--}]{65.3}{80.0}", "--"]
    assert cells_of(text)[0][1] == r"Dice, 95 \% interval"


def test_a_name_is_printed_whatever_is_in_it() -> None:
    assert escaped(r"a_b & 100 % $x$ #1 {y} ~ ^ \end") == (
        r"a\_b \& 100 \% \$x\$ \#1 \{y\} \textasciitilde{} \textasciicircum{} \textbackslash{}end"
    )
    text = latex_table("a\nb", pd.DataFrame({"Method": ["x & y\\\\\nz"], "Dice %": ["1.0"]}))
    assert text.splitlines()[0] == "% a b"
    assert cells_of(text)[1][0] == r"x \& y\textbackslash{}\textbackslash{} z"


@pytest.mark.parametrize("title", ["[2pt] a", "*a"])
def test_a_name_is_no_argument_of_the_command_before_it(title: str) -> None:
    text = latex_table("T", pd.DataFrame({"Method": [title, title], "Dice %": ["1.0", "2.0"]}))
    assert text.count(f"\n{{}}{title} & ") == 2 and f"\n{title}" not in text


def test_letters_of_other_scripts_are_said_to_need_another_engine() -> None:
    latin, other = (pd.DataFrame({"Method": [name], "Dice %": ["1.0 ± 0.1"]}) for name in ("Zürich, Łódź ≥ 2", "方法"))
    assert latex_tables([("T", latin)]) == f"{NEEDED}\n\n{latex_table('T', latin)}\n"
    assert latex_tables([("T", latin), ("U", other)]).splitlines()[:2] == [NEEDED, OTHER_SCRIPTS]
    assert latex_tables([("方法", latin)]).splitlines()[1] == OTHER_SCRIPTS


def test_letters_beyond_the_first_fonts_are_said_to_need_the_other_encoding() -> None:
    table = pd.DataFrame({"Method": ["«Rękas»"], "Dice %": ["1.0"]})
    assert latex_tables([("T", table)]).splitlines()[1] == ACCENTED
    both = latex_tables([("T", pd.DataFrame({"Method": ["ę 方"], "Dice %": ["1.0"]}))])
    assert both.splitlines()[1:3] == [ACCENTED, OTHER_SCRIPTS]
    assert latex_tables([("T", pd.DataFrame({"Method": ["Ħ"], "Dice %": ["1.0"]}))]).splitlines()[1] == OTHER_SCRIPTS


def test_greek_letters_are_symbols_and_an_accent_is_one_with_its_letter() -> None:
    assert escaped("α-UNet, Δ, τ") == r"$\alpha$-UNet, $\Delta$, $\tau$"
    assert escaped("u\u0308ber −1") == r"über $-$1"
    table = pd.DataFrame({"Method": ["β-VAE u\u0308"], "Dice %": ["1.0"]})
    assert latex_tables([("T", table)]).splitlines()[0] == NEEDED and OTHER_SCRIPTS not in latex_tables([("T", table)])


def test_lines_are_booktabs() -> None:
    text = latex_table("T", pd.DataFrame({"Method": ["a"], "Dice %": ["1.0"]}))
    assert re.findall(r"^\\(\w+rule|begin|end)\b", text, re.MULTILINE) == [
        "begin", "toprule", "midrule", "bottomrule", "end"
    ]  # fmt: skip


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here")
def test_a_table_is_typeset(tmp_path: Path) -> None:
    rows = {"Method": ["a_b & c"], "Dice %": ["72.6 ± 2.4 (1 of 3 runs)"], "HD95": ["–"], "Interval": ["65.3–80.0"]}
    body = latex_table("T", pd.DataFrame(rows))
    head = r"\documentclass{article}\usepackage{booktabs,siunitx}\begin{document}"
    (tmp_path / "t.tex").write_text(f"{head}\n{body}\n\\end{{document}}\n", encoding="utf-8")
    done = subprocess.run(["pdflatex", "-halt-on-error", "t.tex"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]

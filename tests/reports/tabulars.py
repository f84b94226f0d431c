"""A tabular read back, strictly: what is not one is an error of the test."""

import re

SPECIAL = re.compile(r"(?<!\\)[#$%&_~^]")
TABULAR = re.compile(
    r"% [^\n]*\n\\begin\{tabular\}\{\n((?:  [^\n]+\n)+)\}\n\\toprule\n(.*?) \\\\\n\\midrule\n(.*?)\n\\bottomrule\n"
    r"\\end\{tabular\}",
    re.DOTALL,
)


def tabulars(text: str) -> list[str]:
    """Return the tabulars of a file, which holds nothing else but comments and empty lines."""
    found = [match[0] for match in TABULAR.finditer(text)]
    rest = TABULAR.sub("", text)
    assert all(not line or line.startswith("%") for line in rest.splitlines()), rest
    return found


def columns_of(text: str) -> list[str]:
    """Return the types of the columns."""
    match = TABULAR.fullmatch(text)
    assert match is not None, text
    return [line.strip() for line in match[1].splitlines()]


def cells_of(text: str) -> list[list[str]]:
    """Return the cells of the head and of each row, as many as there are columns."""
    match = TABULAR.fullmatch(text)
    assert match is not None, text
    lines = [match[2], *(_ended(line) for line in match[3].splitlines())]
    rows = [re.split(r"(?<!\\) & ", line) for line in lines]
    for row in rows:
        assert len(row) == len(columns_of(text)), row
        for cell in row:
            bare = re.sub(r"\$\\(pm|to)\$", "", cell)
            assert not SPECIAL.search(bare) and bare.count("{") == bare.count("}") and bare.isascii(), cell
    return rows


def _ended(line: str) -> str:
    assert line.endswith(r" \\"), line
    return line.removesuffix(r" \\")

"""Pages name commands, files, links and a decorator that exist, in lines that can be read; LOG.md is history."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from methods import registry
from methods.base import Method

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
HISTORY = DOCS / "LOG.md"
PRESENT = [page for page in PAGES if page != HISTORY]

WIDTH = 120
PACKAGES = ("benchmark", "data", "methods", "results", "reports", "shell")
FOLDERS = (*PACKAGES, "protocols", "tests", "benches", "docs")
SUFFIXES = {".py", ".md", ".toml", ".html", ".json", ".csv"}
MADE = tuple(line for line in (ROOT / ".gitignore").read_text().split() if line.count("/") > 1)  # results/runs/ ...
ABSENT = re.compile(r"\b(does|is|are) not\b|\bnot (there|yet|in it)\b", re.IGNORECASE)
"""A heading over what does not exist."""


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def lines_of(page: Path) -> Iterator[tuple[int, str, bool, bool]]:
    """Yield number and text of each line, whether it is in a code fence, and whether it is said not to exist."""
    fenced, over = False, dict[int, str]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = line.lstrip().startswith("```")
        heading = None if fenced or fence else re.match(r"(#+) ", line)
        if heading:
            level = len(heading[1])
            over = {upper: text for upper, text in over.items() if upper < level} | {level: line}
        yield number, line, fenced or fence, any(ABSENT.search(text) for text in over.values())
        fenced ^= fence


def code_of(page: Path) -> Iterator[tuple[str, bool]]:
    """Yield what stands in code of what exists: spans between backticks, and lines of fences; whether it is a fence."""
    text = ""
    for _, line, fenced, absent in lines_of(page):
        if absent:
            continue
        if fenced:
            yield line, True
        text += "\n" if fenced else line + "\n"
    for span in re.findall(r"`([^`]+)`", text):  # a span may go over the end of a line
        yield " ".join(span.split()), False


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    found = list[str]()
    for _, line, fenced, _ in lines_of(page):
        heading = None if fenced else re.match(r"#+ (.+)", line)
        if heading:
            slug = re.sub(r"[^\w\- ]", "", heading[1].strip().lower()).replace(" ", "-")
            found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
    return set(found)


def links_of(page: Path) -> list[str]:
    text = "\n".join(line for _, line, fenced, _ in lines_of(page) if not fenced)
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]


def is_breakable(line: str) -> bool:
    """Return whether a line could be shorter: it is no table, and more than one word, link or image."""
    words = re.sub(r"^\s*([-*]|\d+\.)\s+", "", line)
    words = re.sub(r"!?\[[^\]]*\]\([^)]*\)", "link", words)
    return not line.lstrip().startswith("|") and " " in words.strip()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_prose_is_wrapped(page: Path) -> None:
    shown = [(number, line) for number, line, fenced, _ in lines_of(page) if not fenced]
    assert [number for number, line in shown if len(line) > WIDTH and is_breakable(line)] == []


def is_command(module: str) -> bool:
    """Return whether ``python -m`` can run a module: one of ours that calls its command, or another that is there."""
    if module.split(".")[0] not in PACKAGES:
        return find_spec(module) is not None
    path = ROOT / f"{module.replace('.', '/')}.py"
    return path.is_file() and '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")


def is_module(path: Path) -> bool:
    return path.is_dir() or path.with_suffix(".py").is_file()


@pytest.mark.parametrize("page", PRESENT, ids=name_of)
def test_named_commands_exist(page: Path) -> None:
    named = {module for code, _ in code_of(page) for module in re.findall(r"python -m ([\w.]+)", code)}
    assert {module for module in named if not is_command(module)} == set()


@pytest.mark.parametrize("page", PRESENT, ids=name_of)
def test_named_modules_exist(page: Path) -> None:
    dotted = re.compile(rf"({'|'.join(PACKAGES)})(\.[a-z_]+)+")
    named = {code.split()[0] for code, fenced in code_of(page) if not fenced and dotted.fullmatch(code.split()[0])}
    assert {module for module in named if not is_module(ROOT / module.replace(".", "/"))} == set()


@pytest.mark.parametrize("page", PRESENT, ids=name_of)
def test_named_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = (re.match(r"make ([a-z][a-z-]*(?: \| [a-z-]+)*)", code) for code, _ in code_of(page))
    assert {target for found in called if found for target in found[1].split(" | ")} <= targets


def test_the_index_lists_each_decision_once() -> None:
    listed = [target for target in links_of(DECISIONS / "README.md") if re.match(r"\d{3}-", target)]
    files = sorted(path.name for path in DECISIONS.glob("*.md") if path.name != "README.md")
    assert sorted(listed) == files
    assert all(re.fullmatch(r"\d{3}(-[a-z0-9]+)+\.md", name) for name in files)
    assert len({name[:3] for name in files}) == len(files)


@pytest.mark.parametrize("page", sorted(DECISIONS.glob("[0-9]*.md")), ids=name_of)
def test_a_decision_is_a_page_that_says_what_and_why(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    headings = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    assert len(lines) <= 60
    assert lines[0].startswith(f"# {page.name[:3]}: ")
    assert [name for name in headings if name != "Measured"] == ["Decided", "Why", "Rules out"]
    assert headings in (["Decided", "Why", "Rules out"], ["Decided", "Why", "Measured", "Rules out"])


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in links_of(page):
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        if not path.exists() or (anchor and anchor not in anchors_of(path)):
            broken.append(target)
    assert broken == []


def is_path(word: str) -> bool:
    """Return whether a word names a file or folder of this repository, no pattern and nothing that a run makes."""
    plain = re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", word) and word.split("/")[0] in FOLDERS
    return bool(plain and "/" in word and not f"{word}/".startswith(MADE) and Path(word).suffix in {"", *SUFFIXES})


@pytest.mark.parametrize("page", PRESENT, ids=name_of)
def test_named_files_exist(page: Path) -> None:
    words = {word for code, fenced in code_of(page) for word in (code.split() if fenced else [code])}
    assert sorted(word for word in words if is_path(word) and not (ROOT / word).exists()) == []


def test_the_designs_decorator_registers_a_method(monkeypatch: pytest.MonkeyPatch) -> None:
    line = re.search(r"@method\(.*?\)", (DOCS / "DESIGN.md").read_text(encoding="utf-8"))
    assert line is not None
    monkeypatch.setattr(registry, "_ENTRIES", {})
    source = f'{line[0]}\nclass Mine(Method):\n    """Do it my way."""\n'
    exec(source, {"method": registry.method, "Method": Method, "__name__": __name__})
    assert [(one.line, one.cls.__name__) for one in registry._ENTRIES.values()] == [("Do it my way.", "Mine")]


def test_the_logs_index_leads_to_each_of_its_sections() -> None:
    anchors = [target.removeprefix("#") for target in links_of(HISTORY) if target.startswith("#")]
    assert len(set(anchors)) == len(anchors)
    assert set(anchors) == anchors_of(HISTORY) - {"log", "findings"}

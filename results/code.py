"""Of which code a number is: the Python files that compute it, told by their content and found by their imports.

Nothing is imported for it, so that pages can ask it without torch.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

Files = Mapping[str, str]
"""A digest of each file by its path below the checkout."""
Parts = Mapping[str, Files]
"""The files of each part of the code by the part's name: ``method``, ``training``, ``scoring``."""

PACKAGES = ("benchmark", "data", "methods")
TRAINING = ("benchmark/running/assembly.py", "benchmark/running/determinism.py")
SCORING = ("benchmark/scoring/evaluator.py", "benchmark/scoring/restated.py")
"""Where the search for imports begins."""
SUMMARY = "results/summary.py"
ALONE: Mapping[str, tuple[str, ...]] = {
    "training": ("benchmark/running/execution.py",),
    "scoring": ("benchmark/scoring/assessment.py", "benchmark/scoring/recording.py", SUMMARY),
}
"""Files that put a part together and import more than it: they count, what they import does not."""
GENERATORS: Mapping[str, str] = {"phantom": "data/sources/phantom.py"}
"""Data sets that a program draws, so that no fingerprint of files tells what they were: the program trains too."""
TRAINED = ("method", "training")
CODE = "code.json"
"""In a run's folder: the files of each part."""
DIGITS = 16
SHORT = 4
_PARTS = TypeAdapter(dict[str, dict[str, str]])


class Code(BaseModel):
    """Digests of the three parts of the code that made a number, which may overlap; None: not told.

    method: the method's module and the project's modules that it imports. training: what else trains. scoring: what
    makes scores of weights.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str | None
    training: str | None
    scoring: str

    @property
    def trained(self) -> str | None:
        """The code that trained, in one word; None where that is not told."""
        return None if self.method is None or self.training is None else f"{self.method}-{self.training}"

    @property
    def untold(self) -> Code:
        """The same with nothing told of what trained."""
        return self.model_copy(update=dict.fromkeys(TRAINED))


def short(trained: str) -> str:
    """Return the first digits of a code that trained."""
    return "-".join(part[:SHORT] for part in trained.split("-"))


def code_of(parts: Parts) -> Code:
    """Return the digests of parts; a part without a file is not told."""
    return Code.model_validate({name: _digest(files) if files else None for name, files in parts.items()})


def files_told(code: Code, *known: Parts) -> Parts:
    """Return the files behind the digests of a code, of each part from the first that has it; none where none has."""
    wanted = code.model_dump()
    return {
        name: next((parts[name] for parts in known if parts.get(name) and _digest(parts[name]) == wanted[name]), {})
        for name in wanted
    }


def parts_in(content: bytes) -> Parts:
    """Return what a file of parts holds; {} where it is damaged."""
    try:
        return _PARTS.validate_json(content)
    except ValidationError:
        return {}


def differing(one: Parts, other: Parts, names: Sequence[str]) -> list[str]:
    """Return the files of some parts that are not the same in both, or in one of them only, by path."""
    mine, theirs = (
        {path: digest for name in names for path, digest in all_.get(name, {}).items()} for all_ in (one, other)
    )
    return sorted(path for path in mine.keys() | theirs.keys() if mine.get(path) != theirs.get(path))


class Sources:
    """The Python files of a checkout as they were when this was made, whatever is edited afterwards."""

    def __init__(self, root: Path) -> None:
        folders = [root / name for name in PACKAGES]
        paths = [*(path for folder in folders for path in folder.rglob("*.py")), root / SUMMARY]
        self._contents = {path.relative_to(root).as_posix(): _read(path) for path in sorted(paths) if path.is_file()}

    def parts(self, method: str, dataset: str) -> Parts:
        """Return the files of each part of the code for a method on a data set.

        A method that is registered in none of the project's files has none.
        """
        file = self.file_of(method)
        drawn = [GENERATORS[dataset]] if dataset in GENERATORS else []
        return {
            "method": self.closure([file]) if file else {},
            "training": self.closure([*TRAINING, *drawn], ALONE["training"]),
            "scoring": self.closure(SCORING, ALONE["scoring"]),
        }

    def file_of(self, method: str) -> str | None:
        """Return the file that registers a method, None where none does."""
        mine = (path for path in self._contents if path.startswith("methods/"))
        return next((path for path in mine if method in _registered(self._contents[path])), None)

    def closure(self, starts: Iterable[str], alone: Iterable[str] = ()) -> Files:
        """Return files and all that they import of the project, at any depth, and some without what they import."""
        found, waiting = set[str](), list(starts)
        while waiting:
            path = waiting.pop()
            if path not in found and path in self._contents:
                found.add(path)
                waiting += self._imported(path, self._contents[path])
        found |= {path for path in alone if path in self._contents}
        return {path: self.digest(path) for path in sorted(found)}

    def digest(self, path: str) -> str:
        """Return the digest of a file."""
        return hashlib.sha256(self._contents[path]).hexdigest()[:DIGITS]

    def whole(self) -> str:
        """Return one digest of all the files."""
        return _digest({path: self.digest(path) for path in self._contents})

    def _imported(self, path: str, content: bytes) -> Iterator[str]:
        for module in _modules(content, path):
            parts = module.split(".")
            for count in range(1, len(parts) + 1):  # importing a module runs its packages too
                name = "/".join(parts[:count])
                yield from (file for file in (f"{name}/__init__.py", f"{name}.py") if file in self._contents)


def _read(path: Path) -> bytes:
    """Return a file's content with line ends as everywhere, so that a checkout on another system is the same code."""
    return path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _digest(files: Files) -> str:
    lines = "".join(f"{path} {digest}\n" for path, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:DIGITS]


@lru_cache(maxsize=1024)
def _modules(content: bytes, path: str) -> tuple[str, ...]:
    """Return what a file imports, in functions too but not for type checkers alone; names may be no modules."""
    found: list[str] = []
    for node in _run(_parsed(content)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = path.split("/")[: -node.level] if node.level else []
            base = ".".join([*package, *([node.module] if node.module else [])])
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(name for name in found if name.split(".")[0] in PACKAGES)


@lru_cache(maxsize=256)
def _registered(content: bytes) -> tuple[str, ...]:
    """Return the names under which a file registers methods: of its decorators ``@method("name", ...)``."""
    calls = (
        decorator
        for node in ast.walk(_parsed(content))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and _name(decorator.func) == "method"
    )
    first = (call.args[0] for call in calls if call.args)
    return tuple(str(word.value) for word in first if isinstance(word, ast.Constant))


def _name(node: ast.expr) -> str:
    """Return a name, or the last part of a dotted one; empty for any other expression."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _parsed(content: bytes) -> ast.Module:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError):  # of a file that no run can import either
        return ast.Module([], [])


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that a run may reach: all but those under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _name(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield from (other, *_run(other))
        else:
            yield from (child, *_run(child))

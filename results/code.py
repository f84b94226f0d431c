"""Of which code a number is: the Python files that compute it, told by their content and found by their imports.

Nothing is imported for it, so that pages can ask it without torch.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from results.imports import modules, registered
from results.outside import named
from results.python_files import importable, python_files, read, with_line_feeds

Files = Mapping[str, str]
"""A digest of each file by its path below the checkout."""
Parts = Mapping[str, Files]
"""The files of each part of the code by the part's name: ``method``, ``training``, ``scoring``, ``inspection``."""

PACKAGES = ("benchmark", "data", "methods")
TRAINING = ("benchmark/running/assembly.py", "benchmark/running/determinism.py")
SCORING = ("benchmark/scoring/evaluator.py", "benchmark/scoring/restated.py")
INSPECTION = ("benchmark/scoring/ledger.py", "benchmark/scoring/diagnosis.py")
"""Where the search for imports begins."""
SUMMARY = "results/summary.py"
ALONE: Mapping[str, tuple[str, ...]] = {
    "training": ("benchmark/running/execution.py",),
    "scoring": (
        *(f"benchmark/scoring/{name}.py" for name in ("assessment", "parts", "recording", "scored", "tables")),
        "data/held_out.py",  # which cases are held together
        SUMMARY,
    ),
}
"""Files that put a part together and import more than it: they count, what they import does not."""
GENERATORS: Mapping[str, str] = dict.fromkeys(("phantom", "phantom_close"), "data/sources/phantom.py")
"""Data sets that a program draws, so that no fingerprint of files tells what they were: the program trains too."""
TRAINED = ("method", "training")
CODE = "code.json"
"""In a run's folder: the files of each part."""
DIGITS = 16
SHORT = 4
_PARTS = TypeAdapter(dict[str, dict[str, str]])
_METHOD = re.compile(r"methods/(\w+|\w+/__init__)\.py")
_IMPORT = re.compile(rb"import.*|from .*")  # more than the imports: for which files are read, not which count
_WORD = re.compile(rb"\w+")


class Code(BaseModel):
    """Digests of the parts of the code that made a number, which may overlap; None: not told.

    method: the method's module and the checkout's modules that it imports. training: what else trains. scoring: what
    makes scores of weights. inspection: what makes the ledger and the diagnosis while the points of training are there.
    older: trained before records told their code, and only scored since.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str | None
    training: str | None
    scoring: str
    inspection: str | None = None
    older: bool = False

    @property
    def trained(self) -> str | None:
        """The code that trained, in one word; None where that is not told."""
        return None if self.method is None or self.training is None else f"{self.method}-{self.training}"

    @property
    def digests(self) -> Mapping[str, str | None]:
        """The digest of each part by the part's name."""
        return self.model_dump(exclude={"older"})

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
    wanted = code.digests
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
    """The Python files of a checkout as they were when this was made, whatever is edited afterwards.

    Those of the packages that compute numbers, and all that lies in a file or folder of the root that is imported.
    """

    def __init__(self, root: Path) -> None:
        waiting = [name for name in PACKAGES if (root / name).is_dir()]
        there = set(importable(root)) - set(waiting)
        self._contents: dict[str, bytes] = {}
        self._imports: dict[str, tuple[str, ...]] = {}
        self._digests: dict[str, str] = {}  # both as they are first asked for: many methods share most files
        while waiting:
            mine = {path: read(root / path) for path in python_files(root, waiting.pop())}
            lines = (line for content in mine.values() for line in _IMPORT.findall(content))
            words = {word for line in lines for word in _WORD.findall(line)}
            named = {entry for entry in there if entry.removesuffix(".py").encode() in words}
            self._contents |= mine
            there -= named
            waiting += sorted(named)

    def parts(self, method: str, dataset: str, file: str | None = None) -> Parts:
        """Return the files of each part of the code for a method on a data set.

        file: of the method's class, empty where that is no file of the checkout; looked for where it is not given. A
        method without one has no files.
        """
        file = self.file_of(method) if file is None else file
        whole = dataset.partition("-fold")[0]
        drawn = [GENERATORS[whole]] if whole in GENERATORS else []
        return {
            "method": self.closure([file]) if file else {},
            "training": self.closure([*TRAINING, *drawn], ALONE["training"]),
            "scoring": self.closure(SCORING, ALONE["scoring"]),
            "inspection": self.closure(INSPECTION),
        }

    def outside(self, role: str, contents: Mapping[str, bytes]) -> Files:
        """Return files from outside by their names in a run's folder, and all of the checkout that they import."""
        imported = {file for path, content in contents.items() for file in self._imported(path, content)}
        return {**named(role, {path: _sha256(content) for path, content in contents.items()}), **self.closure(imported)}

    def file_of(self, method: str) -> str | None:
        """Return the file that registers a method by a name that can be read, None where none or several do.

        The modules of ``methods`` that its registry imports, and no copy in a folder beside them.
        """
        mine = (path for path in self._contents if _METHOD.fullmatch(path))
        found = [path for path in mine if method in registered(self._contents[path])]
        return found[0] if len(found) == 1 else None

    def closure(self, starts: Iterable[str], alone: Iterable[str] = ()) -> Files:
        """Return files and all that they import of the checkout, at any depth, and some without what they import."""
        found, waiting = set[str](), list(starts)
        while waiting:
            path = waiting.pop()
            if path not in found and path in self._contents:
                found.add(path)
                waiting += self._imports_of(path)
        found |= {path for path in alone if path in self._contents}
        return {path: self.digest(path) for path in sorted(found)}

    def computing(self) -> Files:
        """Return the files of all parts for all methods and data sets."""
        mine = [path for path in self._contents if _METHOD.fullmatch(path)]
        starts = [*mine, *TRAINING, *SCORING, *INSPECTION, *GENERATORS.values()]
        return self.closure(starts, [path for paths in ALONE.values() for path in paths])

    def paths(self) -> Iterator[str]:
        """Yield the files, whether anything imports them or not."""
        yield from self._contents

    def digest(self, path: str) -> str:
        """Return the digest of a file, empty for one that is not there."""
        if path not in self._digests:
            self._digests[path] = _sha256(self._contents[path]) if path in self._contents else ""
        return self._digests[path]

    def whole(self) -> str:
        """Return one digest of all the files."""
        return _digest({path: self.digest(path) for path in self._contents})

    def _imports_of(self, path: str) -> tuple[str, ...]:
        if path not in self._imports:
            self._imports[path] = tuple(dict.fromkeys(self._imported(path, self._contents[path])))
        return self._imports[path]

    def _imported(self, path: str, content: bytes) -> Iterator[str]:
        for module in modules(content, path):
            parts = module.split(".")
            for count in range(1, len(parts) + 1):  # importing a module runs its packages too
                name = "/".join(parts[:count])
                yield from (file for file in (f"{name}/__init__.py", f"{name}.py") if file in self._contents)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(with_line_feeds(content)).hexdigest()[:DIGITS]


def _digest(files: Files) -> str:
    lines = "".join(f"{path} {digest}\n" for path, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:DIGITS]

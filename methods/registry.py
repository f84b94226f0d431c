"""Which methods there are. The decorator above a class is its only registration."""

from __future__ import annotations

import difflib
import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

import methods
from data.task import Task
from methods.base import Config, Method
from methods.errors import MethodError, MethodUsageError
from methods.origin import Origin

if TYPE_CHECKING:
    from methods.networks.segmenter import Segmenter

FAMILIES: Mapping[str, str] = {
    "supervised": "labelled slices alone teach",
    "consistency": "predictions of an unlabelled slice agree: of its views, noises, decoders, or a teacher's",
    "pseudo-labels": "unlabelled slices are labelled by a network, sure ones or those of another, and learnt as such",
    "mixing": "labelled and unlabelled slices are pasted into each other, and their labels with them",
    "entropy": "predictions of unlabelled slices are to be sure",
    "adversarial": "a critic can't tell predictions of unlabelled slices from those of labelled ones",
    "contrastive": "vectors of slices or pixels that belong together come close, and others apart",
}
"""Families of methods: by what unlabelled slices teach, as surveys of the field part them (docs/decisions/094)."""
LONGEST_FAMILY = 30
"""Characters of a family that a method from outside names."""


@dataclass(frozen=True)
class Entry:
    """A registered method: name on the command line, title on a page, paper, and one line on what it does.

    origin: of one from outside this repository, which is known by its name and the digest of its files. family: one of
    FAMILIES, of a method from outside any word, or empty where it states none.
    """

    name: str
    title: str
    paper: str
    line: str
    cls: type[Method]
    needs_unlabeled: bool
    origin: Origin | None = None
    family: str = ""

    @property
    def has_twin(self) -> bool:
        """Whether it learns from unlabelled images and names what weighs nothing in its twin."""
        return self.needs_unlabeled and bool(self.cls.twin)

    def configure(self, fidelity: str, overrides: Mapping[str, Any]) -> Config:
        """Return the validated config: its defaults, then the fidelity's values, then the overrides.

        MethodUsageError names the field.
        """
        named = self.name if self.origin is None else self.origin.place
        known = self.cls.fidelities
        if fidelity not in known and "fixed" not in known:
            raise MethodUsageError(f"{named}: fidelities of {self.cls.__name__} has no 'fixed'; expected 'fixed': {{}}")
        if fidelity not in known:
            raise MethodUsageError(f"{self.name} has no fidelity {fidelity!r}; it has {', '.join(known)}")
        asked = {**known[fidelity], **overrides}
        try:
            made = self.cls.Config(**asked)
        except ValidationError as error:
            raise MethodUsageError(f"{_fault(error)}; see benchmark.methods {named}") from None
        except Exception as error:  # whatever a stranger's validator meets
            words = f"{named}: {self.cls.Config.__name__} ends by {type(error).__name__}: {error}"
            raise MethodUsageError(f"{words}; a validator refuses a value by ValueError") from error
        changed = changed_in(made, asked)
        if changed:
            raise MethodUsageError(f"{changed}; see benchmark.methods {named}")
        return made

    def build(self, task: Task, backbone: str, config: Config, *, weights: str | None, seed: int) -> Method:
        """Return the method on fresh networks of a backbone, initialised from the seed alone."""
        from methods.networks.factory import Networks

        return Networks(backbone, task.classes, weights=weights, seed=seed, channels=task.channels).initialize(
            lambda networks: self.cls(task, networks, config)
        )


_ENTRIES: dict[str, Entry] = {}
_OUTSIDE: dict[tuple[str, str], Entry] = {}
"""Methods from outside, by name and digest: an edited file is another one."""
_collecting: list[tuple[Origin, list[Entry]]] = []


def method(
    name: str, *, title: str, paper: str, family: str = "", needs_unlabeled: bool = True
) -> Callable[[type[Method]], type[Method]]:
    """Register a Method class under a name; MethodError for a taken name, and for no family of FAMILIES.

    family: of a method from outside this repository it may be any short word, or none.
    """

    def register(cls: type[Method]) -> type[Method]:
        line = next(iter((cls.__doc__ or "").strip().splitlines()), "")
        origin = _collecting[-1][0] if _collecting else None
        _check_family(name, family, origin)
        found = Entry(name, title, paper, line, cls, needs_unlabeled, origin, family)
        if _collecting:
            _collecting[-1][1].append(found)
            return cls
        if name in _ENTRIES:
            taken = _ENTRIES[name].cls
            raise MethodError(f"method name {name!r} is taken by {taken.__module__}.{taken.__qualname__}")
        _ENTRIES[name] = found
        return cls

    return register


def _check_family(name: str, family: object, origin: Origin | None) -> None:
    word = family if isinstance(family, str) else "\n"  # which no family is
    if origin is None and word not in FAMILIES:
        raise MethodError(f"method {name!r}: family {family!r}; expected one of {', '.join(FAMILIES)}")
    if not word.isprintable() or len(word) > LONGEST_FAMILY:
        raise MethodUsageError(
            f"method {name!r}: expected a family of at most {LONGEST_FAMILY} printable characters, such as consistency"
        )


@contextmanager
def collecting(origin: Origin) -> Iterator[list[Entry]]:
    """Let what is registered meanwhile be an origin's, in a list, and known to nobody else until it is remembered."""
    entries()  # so that what a file from outside imports of this package is registered already
    found: list[Entry] = []
    _collecting.append((origin, found))
    try:
        yield found
    finally:
        _collecting.pop()


def remember(found: Entry) -> None:
    """Let ``entry`` return a method from outside by its name and digest."""
    assert found.origin is not None
    _OUTSIDE[found.name, found.origin.digest] = found


def remember_backbone(name: str, make: Callable[[int, int], Segmenter]) -> None:
    """Let a backbone from outside be built by its name; make: numbers of classes and channels -> network.

    MethodUsageError for the name of a backbone that is known without it.
    """
    from methods.networks import factory

    if factory.is_known(name):
        raise MethodUsageError(f"the name {name!r} is that of a known backbone; name yours otherwise")
    factory.OUTSIDE[name] = make


def entries() -> Mapping[str, Entry]:
    """Return all methods by name; imports every module of the package once."""
    for module in pkgutil.iter_modules(methods.__path__):
        importlib.import_module(f"methods.{module.name}")
    return dict(sorted(_ENTRIES.items()))


def entry(name: str, digest: str | None = None) -> Entry:
    """Return one method, or raise MethodUsageError that names the nearest one.

    digest: of the files of a method from outside, which must have been remembered.
    """
    if digest is not None:
        if (name, digest) not in _OUTSIDE:
            raise MethodUsageError(f"the method {name} from outside ({digest}) is not at hand in this process")
        return _OUTSIDE[name, digest]
    known = entries()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        raise MethodUsageError(f"there is no method {name!r}; {hint}")
    return known[name]


def configure(name: str, fidelity: str, overrides: Mapping[str, Any]) -> Config:
    """Return the validated config of a method of this repository; see ``Entry.configure``."""
    return entry(name).configure(fidelity, overrides)


def check_backbone(backbone: str, weights: str | None, side: int, slices: int) -> None:
    """Raise MethodError for a backbone, or weights of it, that can't train on so many square slices of this side."""
    from methods.networks import factory

    factory.check_trainable(backbone, weights, side, slices)


def build(name: str, task: Task, backbone: str, config: Config, *, weights: str | None, seed: int) -> Method:
    """Return a method of this repository on fresh networks; see ``Entry.build``."""
    return entry(name).build(task, backbone, config, weights=weights, seed=seed)


def changed_in(config: Config, asked: Mapping[str, Any]) -> str:
    """Return which asked value a config holds otherwise, by a validator of its own; empty where it holds them all.

    A record tells what a config holds, so that it would tell a value that nobody asked for.
    """
    for name, value in asked.items():
        found = getattr(config, name)
        if found != value and to_jsonable_python(found) != _alone(type(config), name, value):
            words = f"{name}={found!r} of the {name}={value!r} that is asked for"
            return (
                f"{type(config).__name__} makes {words}; let its validator refuse a value by ValueError, not change it"
            )
    return ""


def _alone(config: type[Config], name: str, value: Any) -> Any:
    """Return what a field's type alone makes of a value, so that a list may be asked of a tuple, as JSON."""
    kind: Any = config.model_fields[name].annotation
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    try:
        return to_jsonable_python(adapter.validate_python(value))
    except ValidationError:
        return value


def _fault(error: ValidationError) -> str:
    """Return the first thing wrong with a config, as a user wrote it: text as it is, all else as JSON."""
    first = error.errors()[0]
    if first["type"] == "missing":
        return f"Config field {'.'.join(map(str, first['loc']))} has no default; give it one by cited(default, source)"
    wrong = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:  # a rule over several fields, which names them itself
        return f"--set: {wrong}"
    given = first["input"] if isinstance(first["input"], str) else json.dumps(first["input"], default=str)
    return f"--set {'.'.join(map(str, first['loc']))}={given}: {wrong}"

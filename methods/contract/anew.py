"""A method whose modules are run anew, as another process has it: with nothing in them that an earlier run left."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType

import numpy as np
import torch

from methods.contract.helpers import used_alone
from methods.contract.subject import Subject
from methods.origin import Origin
from methods.registry import Entry, collecting

OF_ALL = ("data", "methods", "torch")
"""Packages of which a file may replace a function for its process, once."""


@contextmanager
def anew(subject: Subject, seed: int) -> Iterator[Subject]:
    """Give a method whose modules ran just now, and global random numbers that go on from another place.

    The method as it is where its modules can't run twice in a process, such as one that names an operation of torch.
    """
    python, numpy, kept = random.getstate(), np.random.get_state(), _modules(subject.entry)  # noqa: NPY002 - a method may ask it
    with torch.random.fork_rng(devices=[]):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        torch.manual_seed(seed)
        try:
            yield replace(subject, entry=_run(subject.entry, kept))
        finally:
            _put_back(kept)
            random.setstate(python)
            np.random.set_state(numpy)  # noqa: NPY002


def _modules(entry: Entry) -> Mapping[str, ModuleType]:
    """Return the modules that a method is made of, those of packages that it alone imports too; of ours its own."""
    own = entry.cls.__module__
    if entry.origin is None:
        return {own: sys.modules[own]}
    return used_alone(own.split(".")[0])


def _run(entry: Entry, kept: Mapping[str, ModuleType]) -> Entry:
    """Return the same method of modules that are run for it, or the one at hand where they can't be."""
    origin = entry.origin or Origin("", "", "", {})
    try:
        with collecting(origin) as found, _functions_left():
            for name in kept:
                del sys.modules[name]
            importlib.import_module(entry.cls.__module__)
        (again,) = (one for one in found if one.name == entry.name and one.cls.__module__ == entry.cls.__module__)
    except Exception:  # whatever can be done once a process
        _put_back(kept)
        return entry
    return replace(again, origin=entry.origin)


@contextmanager
def _functions_left() -> Iterator[None]:
    """Leave functions as they are that a file replaces as it is run, which it did before."""
    named = [module for name, module in list(sys.modules.items()) if name.split(".")[0] in OF_ALL]
    held = [(vars(one), {name: value for name, value in vars(one).items() if callable(value)}) for one in named]
    yield
    for now, before in held:
        now.update({name: value for name, value in before.items() if now.get(name) is not value})


def _put_back(kept: Mapping[str, ModuleType]) -> None:
    """Let the modules be those that were there; a package knows the modules in it, too."""
    tops = {name.split(".")[0] for name in kept} - {"methods"}
    for name in [name for name in sys.modules if name.split(".")[0] in tops]:
        del sys.modules[name]
    sys.modules.update(kept)
    for name, module in kept.items():
        package, _, own = name.rpartition(".")
        if package in sys.modules:
            setattr(sys.modules[package], own, module)

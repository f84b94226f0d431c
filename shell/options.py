"""Options of a command line: read whole, checked as they are read, and refused in one line."""

from __future__ import annotations

import argparse
import difflib
import math
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

THREADS = 1024
"""More CPU threads than any run has a use for, beyond which systems refuse to start them."""


class Parser(argparse.ArgumentParser):
    """A command's options. None may be cut short; what is wrong is one line that names the option, and exit 2."""

    def __init__(self, module: str, about: str | None) -> None:
        super().__init__(prog=f"python -m {module}", description=about, allow_abbrev=False)

    def parse_args(self, args: Sequence[str] | None = None, namespace: None = None) -> argparse.Namespace:  # type: ignore[override]
        """Return the options of these words, else of the command line; an unknown one is named before all else."""
        words = sys.argv[1:] if args is None else list(args)
        if not {"-h", "--help"} & set(words):
            self._refuse_unknown(words)
        return super().parse_args(words, namespace)

    def error(self, message: str) -> NoReturn:
        """Say in one line what is wrong, and exit with 2."""
        words = _plain(message)
        told = ": expected " in words and not words.endswith("one value")  # what would be right
        self.exit(2, f"error: {words}\n" if told else f"error: {words} (usage: {self.prog} --help)\n")

    def end_with(self, text: str) -> None:
        """Let the help end with lines that are printed as they are."""
        self.epilog, self.formatter_class = text, argparse.RawDescriptionHelpFormatter

    def add_data_root(self) -> None:
        """Add --data-root, a folder, None where the usual places are meant."""
        where = "folder above the data set (default: $ACTION_BENCH_DATA, else data/raw)"
        self.add_argument("--data-root", type=Path, help=where)

    def add_threads(self) -> None:
        """Add --threads, a count, None where it is not said."""
        why = "CPU threads a cell (default 1: sums depend on how they are split)"
        self.add_argument("--threads", type=whole(1, THREADS), metavar="N", help=why)

    def add_recompute(self) -> None:
        """Add --recompute."""
        why = "compute maps anew in the backward pass (same numbers, a fraction of the memory; --eager on a GPU)"
        self.add_argument("--recompute", action="store_true", help=why)

    def add_weights(self) -> None:
        """Add --predictor and --rule, of a finished run, None where its record says them."""
        self.add_argument(
            "--predictor", metavar="NAME", help="whose weights (default: the network that the record reports)"
        )
        self.add_argument(
            "--rule", metavar="RULE", help="last, val_best or ema_last (default: as the record reports, last)"
        )

    def _refuse_unknown(self, words: Sequence[str]) -> None:
        known = list(self._option_string_actions)
        for word in words:
            name = word.partition("=")[0]
            if name == "--":
                return
            if name.startswith("--") and " " not in name and name not in known:
                near = [one for one in known if one.startswith(name)] or difflib.get_close_matches(
                    name, known, n=1, cutoff=0.75
                )
                hint = f"; did you mean {near[0]}?" if near else ""
                self.error(f"there is no option {name}{hint}")


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a reader of whole numbers from ``least`` on, and up to ``most`` where that is given."""
    bounds = f"{least} or more" if most is None else f"{least} to {most}"

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text}: expected a whole number, {bounds}") from None
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"{text}: expected {bounds}")
        return value

    return read


def amount(
    expected: str, *, above: float = -math.inf, least: float = -math.inf, most: float = math.inf
) -> Callable[[str], float]:
    """Return a reader of numbers within bounds; expected: the bounds in words."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (value > above and least <= value <= most):  # nan is in no range
            raise argparse.ArgumentTypeError(f"{text}: expected {expected}")
        return value

    return read


def named_folder(text: str) -> Path:
    """Return a folder's path; an empty text, which a variable that is not set leaves, is not the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("'': expected a folder's name, such as . for the current folder")
    return Path(text)


def one_of(*names: str) -> Callable[[str], str]:
    """Return a reader of one of these words."""

    def read(text: str) -> str:
        if text in names:
            return text
        near = difflib.get_close_matches(text, names, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise argparse.ArgumentTypeError(f"{text}: expected {', '.join(names[:-1])} or {names[-1]}{hint}")

    return read


def _plain(message: str) -> str:
    """Return argparse's message as a sentence that begins with the option."""
    found = re.fullmatch(r"argument (\S+): (.*)", message, re.DOTALL)
    if found is None:
        return message.replace("the following arguments are required:", "missing")
    name, words = found.groups()
    if words.startswith("expected "):
        return f"{name}: {words.replace('argument', 'value')}"
    return f"{name} {words}" if ": expected " in words else f"{name}: {words}"

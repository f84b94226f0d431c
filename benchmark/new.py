"""Write a method's file that trains as it stands, with the places to change marked.

``python -m benchmark.new my_method``, then ``python -m benchmark.run --method my_method.py``
"""

from __future__ import annotations

import argparse
import keyword
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmark.command import main
from shell.folders import require_writable
from shell.options import Parser

STARTER = Path(__file__).resolve().parent / "outside" / "starter.txt"


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = Parser("benchmark.new", __doc__)
    add = options.add_argument
    add("name", metavar="NAME", help="what the method is called: small letters, digits and _")
    add("--title", help="what tables call it (default: its name in words)")
    add("--folder", type=Path, default=Path(), metavar="DIR", help="where its file is written (default: here)")
    return options


def command(arguments: Sequence[str] | None = None) -> int:
    """Write NAME.py and say how it is checked and run."""
    given = parser().parse_args(arguments)
    from benchmark.outside.loaded import method_of
    from methods.origin import Origin
    from results.writing import write_atomic

    name = given.name.removesuffix(".py")
    title = name.replace("_", " ").capitalize() if given.title is None else given.title
    _check(name, title, given.folder)
    require_writable(given.folder, "name another with --folder")
    file = given.folder / f"{name}.py"
    text = _filled(STARTER.read_text(encoding="utf-8"), name, title).encode()
    method_of(Origin(file.name, file.name, str(file.resolve()), {file.name: text}), str(file))  # as it stands
    write_atomic(file, lambda opened: opened.write(text))
    print(f"{file}: change what is marked CHANGE 1 to 6, then")
    print(f"  python -m benchmark.check {file}")
    print(f"  python -m benchmark.run --method {file} --dataset phantom --preset smoke")
    return 0


def _filled(text: str, name: str, title: str) -> str:
    """Return the starter with its three words replaced."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    return text.replace("CLASS", camel).replace("NAME", name).replace("TITLE", title)


def _check(name: str, title: str, folder: Path) -> None:
    """Raise UsageError for a name or title that can't be one, or is another's, and for a file that is there."""
    from benchmark.errors import UsageError
    from benchmark.outside.files import OURS
    from benchmark.outside.strays import is_installed
    from methods.registry import entries

    camel = "".join(part.capitalize() for part in name.split("_"))
    if not (name.isascii() and name[:1].isalpha() and name.isidentifier() and name == name.lower()):
        raise UsageError(f"{name}: expected small letters, digits and _, a letter first, such as my_method")
    if keyword.iskeyword(name) or keyword.iskeyword(camel):
        raise UsageError(f"{name} is a word of Python's own, which no class or module can be; give another, my_{name}")
    if name in OURS or name in sys.stdlib_module_names or is_installed(name):
        raise UsageError(f"{name}.py would stand before the package {name} where commands are run; give another name")
    if name in entries():
        raise UsageError(f"{name} is a method of this repository already; give yours another name")
    plain = title.strip() and title.isprintable() and not set(title) & {'"', "\\"}
    if title in {one.title for one in entries().values()} or not plain:
        raise UsageError(f"--title {title!r}: expected a line without quotes that no method of this repository has")
    if (folder / f"{name}.py").exists():
        raise UsageError(f"{folder / f'{name}.py'} is there already, and is left as it is; give another name")


if __name__ == "__main__":
    main("benchmark.new", command)

"""A copy of the project's code that a test may edit."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("benchmark", "data", "methods", "results", "shell", "reports")


def copied(folder: Path) -> Path:
    """Copy the packages' Python files into a folder and return it."""
    for path in (path for name in PACKAGES for path in (ROOT / name).rglob("*.py")):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return folder


def edit(root: Path, *names: str) -> None:
    """Put a comment at the end of files."""
    for name in names:
        path = root / name
        path.write_text(path.read_text() + "# edited\n")

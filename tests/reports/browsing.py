"""A page opened from disk in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 400, "height": 800}


@contextmanager
def reading(browser: Any, file: Path, mark: str = "", **context: Any) -> Iterator[Any]:
    """Give a page as opened; in the end nothing was asked for but it, and nothing complained."""
    made = browser.new_context(**{"viewport": WIDE, **context})
    page, said, asked = made.new_page(), list[str](), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
    page.goto(file.as_uri() + mark)
    yield page
    assert (said, {url for url in asked if not url.startswith("data:")}) == ([], {file.as_uri()})
    made.close()

"""Pages as a browser reads them, so that no test depends on how a template is indented."""

import re
from pathlib import Path

BLOCKS = (
    "html|head|meta|title|style|body|main|h[1-6]|p|div|table|caption|thead|tbody|tr|th|td|figure|figcaption|img"
    "|dl|dt|dd|details|summary|pre|nav|ul|li|form|label|option|script"
)


def read_page(path: Path) -> str:
    """Return a page's HTML: runs of white space are one space, and none beside the tag of a block."""
    one_space = re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))
    return re.sub(rf" ?(</?(?:{BLOCKS})\b[^>]*>) ?", r"\1", one_space)

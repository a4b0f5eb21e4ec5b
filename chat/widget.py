"""The widget's script as readers load it: its modules joined into one, in one request.

There is no build step: the sources are plain ES modules that run as they are. Joined they are one
address, one integrity hash, and never a mix of two versions after a deploy. Every import and every
comment stands on lines of its own and every top-level name is used once, so joining needs no
parser; the tests load the joined script in a browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parent / "static" / "chat" / "widget.js"

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\./[\w/-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (\{\};$)?", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*.*?\*/[ \t]*$|//[^\n]*$)", re.MULTILINE | re.DOTALL)
_TYPE_CAST = re.compile(r"/\*\* @type \{.*?\} \*/ ")
_MARGIN = re.compile(r"\n\s+")
_STYLES = re.compile(r"`\n.*?\n`", re.DOTALL)
_AROUND = re.compile(r"\s*([{};,])\s*|(:) ")


@cache
def script() -> bytes:
    """The script to serve as ``/widget.js``, UTF-8."""
    text = "\n".join(_plain(module) for module in _modules(SOURCE, set()))
    return text.encode() + b"\n"


def _modules(path: Path, seen: set[Path]) -> Iterator[Path]:
    """``path`` after everything it imports, each module once."""
    if path in seen:
        return
    seen.add(path)
    for imported in _IMPORT.findall(path.read_text(encoding="utf-8")):
        yield from _modules((path.parent / imported).resolve(), seen)
    yield path


def _plain(path: Path) -> str:
    """A module's code without what only its authors and the module loader read."""
    text = path.read_text(encoding="utf-8")
    for pattern in (_IMPORT, _EXPORT, _COMMENT, _TYPE_CAST):
        text = pattern.sub("", text)
    text = _STYLES.sub(lambda styles: _AROUND.sub(r"\1\2", styles[0]), text)
    return _MARGIN.sub("\n", text).strip()

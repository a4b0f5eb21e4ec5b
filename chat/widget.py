"""The widget's scripts as readers load them: minified, the modules of the first load joined.

There is no build step: the sources are plain ES modules that run as they are. What every reader
needs is joined into one script: one address, one integrity hash, and never a mix of two versions
after a deploy. Every import stands on a line of its own and every top-level name is used once, so
joining needs no parser; the tests load the joined script in a browser. The words of a language and
the parts that load when they are first needed import nothing and stay modules of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rcssmin import cssmin
from rjsmin import jsmin

HOME = Path(__file__).parent / "static" / "chat"
SOURCE = HOME / "widget.js"
SHARED = HOME / "shared.js"
LAZY = ("later", "words")
"""Folders of ``widget/`` whose modules a browser loads by themselves."""

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\./[\w/-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (\{\};$)?", re.MULTILINE)
_STYLES = re.compile(r"`\n(.*?)\n`", re.DOTALL)


@cache
def script() -> bytes:
    """The script to serve as ``/widget.js``, UTF-8."""
    return _joined(SOURCE)


@cache
def part(name: str) -> bytes | None:
    """The module to serve as ``/widget/NAME.js``, UTF-8; ``None`` when there is none."""
    if name == SHARED.stem:
        return _joined(SHARED)
    source = parts().get(name)
    return minified(source.read_text(encoding="utf-8")) if source else None


@cache
def parts() -> dict[str, Path]:
    """The modules that load by themselves, by name: ``words/en`` and so on."""
    files = (file for folder in LAZY for file in (HOME / "widget" / folder).glob("*.js"))
    return {f"{file.parent.name}/{file.stem}": file for file in sorted(files)}


def minified(*sources: str) -> bytes:
    """Modules without comments and needless space; their style sheets too."""
    text = jsmin("\n".join(sources))
    return _STYLES.sub(lambda styles: f"`{cssmin(styles[1])}`", text).encode() + b"\n"


def _joined(entry: Path) -> bytes:
    modules = (_joinable(module) for module in _modules(entry, set()))
    return minified('(() => {\n"use strict";', *modules, "})();")


def _modules(path: Path, seen: set[Path]) -> Iterator[Path]:
    """``path`` after everything it imports, each module once."""
    if path in seen:
        return
    seen.add(path)
    for imported in _IMPORT.findall(path.read_text(encoding="utf-8")):
        yield from _modules((path.parent / imported).resolve(), seen)
    yield path


def _joinable(path: Path) -> str:
    """A module's code without its imports and the marks of what it exports."""
    return _EXPORT.sub("", _IMPORT.sub("", path.read_text(encoding="utf-8")))

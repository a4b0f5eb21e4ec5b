"""EPUB files as books: each document of the reading order is a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from retrieval.errors import SourceError
from retrieval.readers.epub.archive import Archive
from retrieval.readers.epub.package import Package, read_package
from retrieval.readers.html.document import decode
from retrieval.readers.html.page import read_page
from retrieval.readers.source import Page, Selection

SUFFIX = ".epub"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"} | {
    "track",
    "wbr",
}
_EMPTY_ELEMENT = re.compile(r"""<([A-Za-z][\w:.-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)/>""")


class EpubSource:
    """An EPUB file. Page paths and addresses are those of its documents inside the archive.

    Raises ``SourceError`` for a file that is damaged, protected or too large to be a book.
    """

    format = "epub"
    base_url = ""

    def __init__(self, root: Path) -> None:
        self.root = root
        if root.is_dir():
            raise SourceError(f"{root} is a folder.", "Give the EPUB file itself.")
        self._archive = Archive(root)
        self._package: Package = read_package(self._archive)
        self.title = self._package.title or root.stem
        self.language = self._package.language

    @property
    def inputs(self) -> Sequence[Path]:
        """See ``Source``."""
        return (self.root,)

    @classmethod
    def recognises(cls, root: Path) -> str:
        """The name of a file that ends like an EPUB's; "" for anything else."""
        return root.name if root.is_file() and root.suffix.lower() == SUFFIX else ""

    def paths(self, selection: Selection) -> Sequence[str]:
        """The selected documents in reading order."""
        return [path for path in dict.fromkeys(self._package.spine) if selection.takes(path)]

    def read(self, path: str) -> Page:
        """One document. Raises ``SourceError`` for a path that is none or cannot be unpacked."""
        if path not in self._package.spine:
            raise SourceError(f"{path} is no document of {self.title}.")
        text = _as_html(decode(self._archive.read(path)))
        return read_page(text, path, quote(path), title=self._package.titles.get(path, ""))


def _as_html(text: str) -> str:
    """XHTML as an HTML parser reads it: ``<a id="x"/>`` would stay open to the end of the page."""
    return _EMPTY_ELEMENT.sub(_with_end, text)


def _with_end(element: re.Match[str]) -> str:
    name, attributes = element.groups()
    if name.lower() in VOID:
        return element[0]
    return f"<{name}{attributes}></{name}>"

"""What directives and roles know of the page that they stand on while it is parsed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from docutils import nodes
from docutils.parsers.rst import languages

from retrieval.readers.files import BookFiles
from retrieval.readers.source import Dropped
from retrieval.readers.sphinx.conf import Conf


class Titles(Protocol):
    """The titles that cross-references show, whichever page they stand on."""

    def of_page(self, target: str, page: str) -> str:
        """The title of the page that ``target`` names as seen from ``page``, or nothing."""
        ...

    def of_label(self, label: str) -> str:
        """The title of the section, figure or table that carries the label, or nothing."""
        ...

    def of_link(self, target: str, page: str) -> str:
        """The title of what a Markdown link leads to: a page, a part of one, a label."""
        ...


@dataclass
class OpenPage:
    """One page while it is parsed. ``path`` is relative to the source root.

    ``insert_markdown`` renders an included text in its place; it is there while a Markdown page is
    parsed, and is given the text, the name of its file and how much deeper its headings stand.
    """

    path: str
    files: BookFiles
    conf: Conf
    titles: Titles
    dropped: list[Dropped] = field(default_factory=list)
    roles_defined: list[str] = field(default_factory=list)
    included_from: dict[str, str] = field(default_factory=dict)
    object_scope: str = ""
    kernel_language: str = ""
    prolog_lines: int = 0
    insert_markdown: Callable[[str, str, int], None] | None = None

    def drop(self, kind: str, line: int | None, detail: str = "") -> None:
        self.dropped.append(Dropped(kind, line or 0, " ".join(detail.split())[:200]))

    def file(self, argument: str, line: int | None) -> Path | None:
        """A file that the page names; one outside the book or missing is reported instead."""
        path = self.files.named_on(self.path, argument)
        if path is None:
            self.drop("file outside the book", line, argument)
            return None
        if not os.path.isfile(path):  # noqa: PTH113  (Path.is_file raises on names that are too long)
            self.drop("missing file", line, argument)
            return None
        return path

    def file_text(self, argument: str, line: int | None) -> str | None:
        """The text of a file that the page names, or nothing when it cannot be taken."""
        path = self.file(argument, line)
        return path.read_text(encoding="utf-8-sig", errors="replace") if path else None


def page_of(document: nodes.document) -> OpenPage:
    """The page that a document is parsed from."""
    page = document.settings.page
    assert isinstance(page, OpenPage)
    return page


def directive_names(document: nodes.document) -> Any:
    """docutils' table of directive and role names in the language of the book."""
    return languages.get_language(document.settings.language_code, document.reporter)


class labelled(nodes.General, nodes.Element):  # noqa: N801  (docutils names nodes in lower case)
    """A wrapper that names what it holds: a tab, a version note, a drop-down."""


class cross_reference(nodes.Inline, nodes.TextElement):  # noqa: N801
    """A reference whose text is the title of its target, which another page may hold."""


class highlight_language(nodes.Invisible, nodes.Element):  # noqa: N801
    """From here on literal blocks without a language are in this one."""

"""The pages of a book: which there are, in what order, what they and their labels are called."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from functools import cached_property

from wcmatch import glob

from retrieval.errors import SourceError
from retrieval.readers.asking import asked, file_answer
from retrieval.readers.files import BookFiles
from retrieval.readers.source import Page, Question
from retrieval.readers.sphinx.asking import AskedTitles, title_answer
from retrieval.readers.sphinx.conf import Conf, Markup
from retrieval.readers.sphinx.outline import Outline, normalise_label, read_outline
from retrieval.readers.sphinx.page import OpenPage
from retrieval.readers.sphinx.reading import read_page

ALWAYS_EXCLUDED = ("_build", "**/_build", "**/_sources", ".*", "**/.*")
GLOB = glob.GLOBSTAR | glob.BRACE | glob.DOTGLOB


class BookPages:
    """Pages, titles, labels and reading order, from a scan of the sources that is done once.

    ``only`` is the path of the single page of a book that is one file.
    """

    def __init__(self, files: BookFiles, conf: Conf, only: str = "") -> None:
        self._files = files
        self._conf = conf
        self._only = only
        self._outlines: dict[str, Outline] = {}

    def read(self, path: str, url: str) -> Page:
        """One page. Raises ``SourceError`` for a path that is no page or cannot be read."""
        if path not in self.page_set:
            raise SourceError(f"{path} is no page of this book.")
        files = asked(self._files)
        page = OpenPage(path, files, self._conf, AskedTitles(self, files.answers))
        return files.noted_on(read_page(files.page_text(path), page, url))

    @property
    def basis(self) -> str:
        """See ``Retraceable``."""
        source_root = os.path.relpath(self._files.source_root, self._files.root)
        return repr((source_root, self._only, self._conf))

    def answer(self, question: Question) -> str:
        """See ``Retraceable``."""
        return title_answer(self, question) or file_answer(self._files, question)

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """Every page of the book by path."""
        excluded = [_with_contents(name) for name in (*ALWAYS_EXCLUDED, *self._conf.excluded)]
        return tuple(
            path for path in self._sources if not any(rule.match(path) for rule in excluded)
        )

    @cached_property
    def _sources(self) -> tuple[str, ...]:
        """Every file with a page's suffix, parts that pages include among them."""
        if self._only:
            return (self._only,)
        root = self._files.source_root
        found = (
            file.relative_to(root).as_posix()
            for suffix in self._conf.suffixes
            for file in root.rglob(f"*{suffix}")
            if file.is_file() and self._files.inside(file)
        )
        return tuple(sorted(set(found)))

    @cached_property
    def page_set(self) -> frozenset[str]:
        return frozenset(self.pages)

    @property
    def root_page(self) -> str:
        return self.named(self._conf.root_doc) or self.pages[0]

    def of_book(self) -> str:
        return self.outline(self.root_page).title

    def outline(self, path: str) -> Outline:
        if path not in self._outlines:
            try:
                text = self._files.page_text(path)
                self._outlines[path] = self._read_outline(path, self._conf.expand(text))
            except (SourceError, RecursionError):
                # Whoever reads this page is told; a reference to it shows its target instead.
                self._outlines[path] = Outline()
        return self._outlines[path]

    def _read_outline(self, path: str, text: str) -> Outline:
        match self._conf.markup_of(path):
            case Markup.RST:
                return read_outline(text)
            case Markup.MYST:
                from retrieval.readers.sphinx.myst_outline import read_myst_outline

                return read_myst_outline(text)
            case Markup.NOTEBOOK:
                from retrieval.readers.notebook.cells import read_notebook
                from retrieval.readers.sphinx.myst_outline import read_myst_outline

                return read_myst_outline(read_notebook(text, path).prose)

    def of_page(self, target: str, page: str) -> str:
        path = self.named(_from_page(target, page))
        return self.outline(path).title if path else ""

    def of_label(self, label: str) -> str:
        return self._labels.get(normalise_label(label), "")

    def of_link(self, target: str, page: str) -> str:
        name, _hash, part = target.partition("#")
        path = self.named(_from_page(name, page)) if name else page
        if not path:
            return self.of_label(target)
        outline = self.outline(path)
        return (outline.anchors.get(part) or self.of_label(part)) if part else outline.title

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {
            label: title
            for path in self._sources
            for label, title in self.outline(path).labels.items()
        }

    def in_reading_order(self) -> tuple[str, ...]:
        """The pages in the order of the toctrees, then those that none of them names."""
        return tuple(dict.fromkeys([*self._in_toctree_order(), *self.pages]))

    def _in_toctree_order(self) -> Iterator[str]:
        """Depth first from the root document, each page once."""
        seen: set[str] = set()
        waiting = [self.root_page]
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            yield path
            waiting.extend(reversed(list(self._children(path))))

    def _children(self, path: str) -> Iterator[str]:
        for entry in self.outline(path).toctree:
            name = _from_page(entry.name, path)
            if page := self.named(name):
                yield page
            elif entry.glob:
                yield from self.matching(name)

    def matching(self, pattern: str) -> Iterator[str]:
        """The pages whose name without its suffix fits the glob."""
        for page in self.pages:
            if glob.globmatch(self._conf.without_suffix(page), pattern, flags=GLOB):
                yield page

    def named(self, name: str) -> str:
        """The page that a document name means, with or without its suffix; empty for none."""
        for suffix in ("", *self._conf.suffixes):
            if f"{name}{suffix}" in self.page_set:
                return f"{name}{suffix}"
        return ""


def _with_contents(pattern: str) -> glob.WcMatcher[str]:
    """Sphinx's rule: a pattern names a file, or a folder with all that is in it."""
    return glob.compile([pattern, f"{pattern.rstrip('/')}/**"], flags=GLOB)


def _from_page(name: str, page: str) -> str:
    """A document name as seen from a page: ``/x`` from the source root, else from its folder."""
    if name.startswith("/"):
        return posixpath.normpath(name.lstrip("/"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), name))

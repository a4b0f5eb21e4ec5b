"""Books of Sphinx: found by their ``conf.py``, read without Sphinx and without running it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from wcmatch import glob

from retrieval.errors import SourceError
from retrieval.readers.source import Page, Selection
from retrieval.readers.sphinx.conf import Conf, read_conf
from retrieval.readers.sphinx.files import BookFiles
from retrieval.readers.sphinx.outline import Outline, normalise_label, read_outline
from retrieval.readers.sphinx.page import RstPage
from retrieval.readers.sphinx.rst import read_rst

CONF_FOLDERS = (".", "docs", "doc", "source", "docs/source", "doc/source")
MAKEFILE_SOURCE = re.compile(r"^SOURCE(?:DIR)?\s*[:?]?=\s*([\w./-]+)\s*$", re.MULTILINE)
ALWAYS_EXCLUDED = ("_build", "**/_build", "**/_sources", ".*", "**/.*")
GLOB = glob.GLOBSTAR | glob.BRACE | glob.DOTGLOB


class SphinxSource:
    """A Sphinx book on disk. Page paths are relative to the folder of its master document.

    Pickles by its folder alone, so that several processes can read pages of one book. Raises
    ``SourceError`` when the folder holds no ``conf.py`` with reStructuredText pages.
    """

    format = "sphinx"

    def __init__(self, root: Path) -> None:
        conf_path = _find_conf(root)
        if conf_path is None:
            raise SourceError(f"{root} holds no Sphinx conf.py.", "Give the folder that does.")
        self.root = root
        self._conf = read_conf(conf_path, BookFiles(root, conf_path.parent))
        self._files = BookFiles(root, _source_root(root, conf_path.parent, self._conf))
        self._titles = _BookTitles(self._files, self._conf)
        if not self._titles.pages:
            raise SourceError(f"{root} holds no reStructuredText pages.")
        self.title = self._conf.project or self._titles.of_book() or root.resolve().name
        self.base_url = self._conf.base_url
        self.language = self._conf.language

    def __reduce__(self) -> tuple[type[SphinxSource], tuple[Path]]:
        return type(self), (self.root,)

    @classmethod
    def recognises(cls, root: Path) -> str:
        """Where the ``conf.py`` of a Sphinx book with pages that this reader can read is, or ""."""
        try:
            cls(root)
        except SourceError:
            return ""
        return "conf.py"

    def paths(self, selection: Selection) -> Sequence[str]:
        """The selected pages in the order of the toctrees, then those that none of them names."""
        reachable = dict.fromkeys(self._titles.in_toctree_order())
        rest = [path for path in self._titles.pages if path not in reachable]
        return [path for path in (*reachable, *rest) if selection.takes(path)]

    def read(self, path: str) -> Page:
        """One page. Raises ``SourceError`` for a path that is no page or cannot be read."""
        if path not in self._titles.page_set:
            raise SourceError(f"{path} is no page of {self.title}.")
        text = self._files.page_text(path)
        page = RstPage(path, self._files, self._conf, self._titles)
        return read_rst(text, page, _without_suffix(path, self._conf) + self._conf.page_suffix)


class _BookTitles:
    """Pages, titles, labels and reading order, from a scan of the sources that is done once."""

    def __init__(self, files: BookFiles, conf: Conf) -> None:
        self._files = files
        self._conf = conf
        self._outlines: dict[str, Outline] = {}

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """Every page of the book by path."""
        excluded = (*ALWAYS_EXCLUDED, *self._conf.excluded)
        return tuple(path for path in self._sources if not _is_excluded(path, excluded))

    @cached_property
    def _sources(self) -> tuple[str, ...]:
        """Every file with a page's suffix, parts that pages include among them."""
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
        return self._page(self._conf.root_doc) or self.pages[0]

    def of_book(self) -> str:
        return self.outline(self.root_page).title

    def outline(self, path: str) -> Outline:
        if path not in self._outlines:
            try:
                text = self._files.page_text(path)
            except SourceError:
                # Whoever reads this page is told; a reference to it shows its target instead.
                text = ""
            self._outlines[path] = read_outline(self._conf.expand(text))
        return self._outlines[path]

    def of_page(self, target: str, page: str) -> str:
        path = self._page(_from_page(target, page))
        return self.outline(path).title if path else ""

    def of_label(self, label: str) -> str:
        return self._labels.get(normalise_label(label), "")

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {
            label: title
            for path in self._sources
            for label, title in self.outline(path).labels.items()
        }

    def in_toctree_order(self) -> Iterator[str]:
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
            if page := self._page(name):
                yield page
            elif entry.glob:
                yield from (
                    page
                    for page in self.pages
                    if glob.globmatch(_without_suffix(page, self._conf), name, flags=GLOB)
                )

    def _page(self, name: str) -> str:
        """The page that a document name means, with or without its suffix; empty for none."""
        for suffix in ("", *self._conf.suffixes):
            if f"{name}{suffix}" in self.page_set:
                return f"{name}{suffix}"
        return ""


def _find_conf(root: Path) -> Path | None:
    candidates = (root / folder / "conf.py" for folder in CONF_FOLDERS)
    return next((path for path in candidates if path.is_file()), None)


def _source_root(root: Path, conf_folder: Path, conf: Conf) -> Path:
    """The folder of the pages: that of ``conf.py``, unless the master document is in another.

    ``sphinx-build -c . source`` keeps the two apart; the Makefile names the folder then.
    """
    folders = [conf_folder, *_makefile_folders(conf_folder), conf_folder / "source"]
    inside = [folder for folder in folders if folder.resolve().is_relative_to(root.resolve())]
    for folder in inside:
        if any((folder / f"{conf.root_doc}{suffix}").is_file() for suffix in conf.suffixes):
            return folder
    return conf_folder


def _makefile_folders(conf_folder: Path) -> list[Path]:
    makefile = conf_folder / "Makefile"
    if not makefile.is_file():
        return []
    text = makefile.read_text(encoding="utf-8", errors="replace")
    return [conf_folder / name for name in MAKEFILE_SOURCE.findall(text)]


def _is_excluded(path: str, patterns: Sequence[str]) -> bool:
    """Sphinx's rule: a pattern names a file, or a folder with all that is in it."""
    return any(
        glob.globmatch(path, [pattern, f"{pattern.rstrip('/')}/**"], flags=GLOB)
        for pattern in patterns
    )


def _from_page(name: str, page: str) -> str:
    """A document name as seen from a page: ``/x`` from the source root, else from its folder."""
    if name.startswith("/"):
        return posixpath.normpath(name.lstrip("/"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), name))


def _without_suffix(path: str, conf: Conf) -> str:
    for suffix in conf.suffixes:
        if path.endswith(suffix):
            return path.removesuffix(suffix)
    return path

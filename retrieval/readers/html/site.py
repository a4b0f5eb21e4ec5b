"""Built sites: a folder of pages as a generator wrote them, or one page in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from retrieval.errors import SourceError
from retrieval.readers.html.layout import SAMPLE, Layout, find_layout
from retrieval.readers.html.page import parse, read_page, title_parts
from retrieval.readers.html.sitemap import read_sitemap
from retrieval.readers.html.survey import PageFile, Survey, Surveyed, survey
from retrieval.readers.source import Dropped, Page, Selection

SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
SITEMAPS = ("sitemap.xml", "sitemap.xml.gz", "sitemap-0.xml")
OF_DOCUMENTATION = " documentation"


class Site:
    """The pages of one built site, wherever they are stored: their order, titles and layout.

    ``base_url``, ``sitemap`` and ``left_out`` are what is known besides the pages. What was left
    out of the site (redirects, pages for search, duplicates) is told with its first page.
    """

    def __init__(
        self,
        files: Sequence[PageFile],
        base_url: str = "",
        sitemap: Sequence[str] = (),
        left_out: Sequence[Dropped] = (),
    ) -> None:
        self._files = files
        self._base_url = base_url
        self._sitemap = sitemap
        self._left_out = left_out

    @cached_property
    def _survey(self) -> Survey:
        return survey(self._files, self._base_url, self._sitemap)

    @cached_property
    def _pages(self) -> dict[str, Surveyed]:
        return {page.page.path: page for page in self._survey.pages}

    @property
    def base_url(self) -> str:
        return self._survey.base_url

    @cached_property
    def layout(self) -> Layout:
        """The layout of most pages, seen in a sample from the whole site."""
        pages = self._survey.pages
        sample = pages[:: max(1, len(pages) // SAMPLE)][:SAMPLE]
        return find_layout(parse(page.page.text()) for page in sample)

    @cached_property
    def title(self) -> str:
        """The site's name; that of a site with one page is the last part of its window title."""
        first = next((page.head.title for page in self._survey.pages), "")
        name = self._name or _last_part(first) or first
        return name.partition(OF_DOCUMENTATION)[0]

    @cached_property
    def language(self) -> str:
        languages = Counter(page.head.language for page in self._survey.pages)
        return languages.most_common(1)[0][0] if languages else ""

    @cached_property
    def _name(self) -> str:
        """What the pages call the site, or the ending that most of their titles share."""
        pages = self._survey.pages
        said = [page.head.site_name or _last_part(page.head.title) for page in pages]
        names = Counter(said).most_common(1)
        return names[0][0] if names and names[0][1] * 2 >= len(pages) and len(pages) > 1 else ""

    def paths(self, selection: Selection) -> list[str]:
        return [path for path in self._pages if selection.takes(path)]

    def read(self, path: str) -> Page:
        """One page. Raises ``SourceError`` for a path that is no page of the site."""
        surveyed = self._pages.get(path)
        if surveyed is None:
            raise SourceError(f"{path} is no page of {self.title}.")
        page = read_page(surveyed.page.text(), path, surveyed.url, self.layout, self._name)
        if path == next(iter(self._pages)):
            left_out = (*self._left_out, *self._survey.left_out)
            return replace(page, dropped=(*left_out, *page.dropped))
        return page


def _last_part(title: str) -> str:
    parts = title_parts(title)
    return parts[-1] if len(parts) > 1 else ""


class HtmlSource:
    """A folder of built pages, or one page. Page paths are relative to the folder.

    Raises ``SourceError`` when there is no page.
    """

    format = "html"

    def __init__(self, root: Path) -> None:
        self.root = root
        files = _page_files(root)
        if not files:
            raise SourceError(
                f"{root} holds no HTML pages.",
                "Give the folder that the generator built, such as build, site or _build/html.",
            )
        self._site = Site(files, sitemap=_sitemap(root))
        self.title = self._site.title or root.resolve().stem
        self.base_url = self._site.base_url
        self.language = self._site.language

    @property
    def inputs(self) -> Sequence[Path]:
        """See ``Source``."""
        return (self.root,)

    @classmethod
    def recognises(cls, root: Path) -> str:
        """A page at the top of the folder, or the file itself, with the generator's name."""
        files = [root] if root.is_file() else sorted(root.glob("*.*htm*"))
        pages = [file.name for file in files if file.suffix.lower() in SUFFIXES and file.is_file()]
        name = "index.html" if "index.html" in pages else next(iter(pages), "")
        return f"{name} ({cls(root).layout})" if name else ""

    @property
    def layout(self) -> str:
        """The generator or theme by whose main content the pages are read."""
        return self._site.layout.name

    def paths(self, selection: Selection) -> Sequence[str]:
        """The selected pages in reading order."""
        return self._site.paths(selection)

    def read(self, path: str) -> Page:
        """One page. Raises ``SourceError`` for a path that is no page."""
        return self._site.read(path)


def _page_files(root: Path) -> list[PageFile]:
    if root.is_file():
        return [PageFile(root.name, root, quote(root.name))]
    paths = ((file.relative_to(root).as_posix(), file) for file in _html_files(root))
    return [PageFile(path, file, quote(path)) for path, file in sorted(paths)]


def _html_files(root: Path) -> Iterator[Path]:
    """Pages inside the folder; hidden ones and links that lead out of it are none."""
    for file in root.rglob("*.*htm*"):
        hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
        inside = file.resolve().is_relative_to(root.resolve())
        if file.suffix.lower() in SUFFIXES and file.is_file() and inside and not hidden:
            yield file


def _sitemap(root: Path) -> tuple[str, ...]:
    for name in SITEMAPS:
        if (root / name).is_file():
            return read_sitemap((root / name).read_bytes(), name).pages
    return ()

"""A published site as a book: its address instead of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from retrieval.readers.html.site import Site
from retrieval.readers.source import Page, Progress, Selection
from retrieval.readers.web.address import origin_of, page_path
from retrieval.readers.web.cache import PageCache
from retrieval.readers.web.crawl import Listing, fetch_pages, list_pages, refused_pages
from retrieval.readers.web.fetching import Fetcher


class WebSource:
    """The pages that the sitemap of a site names below an address. Page paths are relative to it.

    Pages are fetched when ``paths`` is asked for, only those of the selection, and kept below
    ``folder``, so that the next ingest fetches what changed. Raises ``SourceError`` for what is no
    address, has no sitemap or does not answer.
    """

    format = "html"

    def __init__(self, address: str, folder: Path, progress: Progress) -> None:
        origin = origin_of(address)
        key = sha256(address.encode()).hexdigest()[:12]
        self.root = address
        self._folder = folder / f"{origin.host}-{key}"
        self._progress = progress
        with Fetcher(address) as fetcher:
            self._listing: Listing = list_pages(fetcher, address)
        self._site: Site | None = None

    @property
    def inputs(self) -> Sequence[Path]:
        """See ``Source``: what is kept of a site is not the site."""
        return ()

    @property
    def base_url(self) -> str:
        return self._listing.base

    @property
    def title(self) -> str:
        return self._front.title

    @property
    def language(self) -> str:
        return self._front.language

    @cached_property
    def _front(self) -> Site:
        """The first page alone: it tells what a book has to know before its pages are chosen."""
        return self._fetch(self._listing.pages[:1])

    def paths(self, selection: Selection) -> Sequence[str]:
        """Fetches the selected pages and gives their paths in reading order."""
        base = self._listing.base
        wanted = [page for page in self._listing.pages if selection.takes(page_path(page, base))]
        self._site = self._fetch(wanted)
        return self._site.paths(Selection())

    def read(self, path: str) -> Page:
        """One page of the last selection. Raises ``SourceError`` for a path that is none."""
        if self._site is None:
            self.paths(Selection())
        assert self._site is not None
        return self._site.read(path)

    def _fetch(self, pages: Sequence[str]) -> Site:
        base, kept = self._listing.base, PageCache(self._folder)
        with Fetcher(self.root) as fetcher:
            fetcher.obey(self._listing.robots)
            fetched = fetch_pages(fetcher, base, pages, kept, self._progress)
        left_out = (*refused_pages(self._listing), *fetched.left_out)
        return Site(fetched.files, base, self._listing.pages, left_out)

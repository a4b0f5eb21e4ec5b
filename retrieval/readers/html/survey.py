"""Which files of a built site are pages of the book, at which addresses, in which order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from retrieval.readers.html.document import Head, decode, read_head
from retrieval.readers.source import Dropped

NOWHERE = "https://book.invalid/"
"""Stands for the address of a site that does not tell its own."""

_INDEX = re.compile(r"(^|/)index\.x?html?$")
_SPELLING = re.compile(r"(?:(?:^|/)index)?(?:\.x?html?)?/?$")
_NO_PAGE = re.compile(
    r"(?:^|/)(?:_modules|_static|_sources|_images|tags?)/"
    r"|(?:^|/)(?:search|searchresults|genindex(?:-\w+)?|\w+-modindex|modindex|404|print|toc|tags)"
    r"(?:/index)?\.x?html?$"
)


@dataclass(frozen=True, slots=True)
class PageFile:
    """A stored page: its path in the book, its file, its address below the site's, its charset."""

    path: str
    file: Path
    url: str
    charset: str = ""

    def text(self) -> str:
        return decode(self.file.read_bytes(), self.charset)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A page of the book and what its head says; ``url`` is relative to the survey's base."""

    page: PageFile
    head: Head
    url: str


@dataclass(frozen=True, slots=True)
class Survey:
    """The pages of a site in reading order, its address when known, and what was left out."""

    pages: tuple[Surveyed, ...]
    base_url: str
    left_out: tuple[Dropped, ...]


def survey(files: Sequence[PageFile], base_url: str, sitemap: Sequence[str]) -> Survey:
    """Read the heads of all pages; ``sitemap`` holds the addresses that the site names, in order.

    The order is that of the links to the next page, which all book generators set; where there are
    none, that of the first page's navigation, of the sitemap, of the paths. A generator's sitemap
    is seldom sorted as its navigation is.
    """
    found = [Surveyed(file, read_head(file.text()), _own_url(file.url)) for file in files]
    base = base_url or _told_base(found)
    kept, left_out = _kept([_with_canonical_url(page, base) for page in found], base)
    return Survey(tuple(_ordered(kept, base, sitemap)), base, tuple(left_out))


def _own_url(url: str) -> str:
    return _INDEX.sub(r"\1", url)


def _told_base(pages: Iterable[Surveyed]) -> str:
    """The site's address: what stands before a page's own path in its canonical address."""
    for page in pages:
        canonical = urldefrag(page.head.canonical).url
        if urlsplit(canonical).scheme not in {"http", "https"}:
            continue
        for ending in dict.fromkeys((page.url, _SPELLING.sub("", page.url))):
            rest = canonical.removesuffix("/") if not ending.endswith("/") else canonical
            if ending and rest.endswith(f"/{ending}"):
                return rest.removesuffix(ending)
        if not page.url and canonical.endswith("/"):
            return canonical
    return ""


def _with_canonical_url(page: Surveyed, base: str) -> Surveyed:
    """The page under the spelling of its address that it calls canonical, with or without .html."""
    canonical = _canonical(page, base)
    if base and canonical.startswith(base) and _same(canonical) == _same(urljoin(base, page.url)):
        return Surveyed(page.page, page.head, canonical.removeprefix(base))
    return page


# ── which ────────────────────────────────────────────────────────────────────────────────────


def _kept(pages: Sequence[Surveyed], base: str) -> tuple[list[Surveyed], list[Dropped]]:
    """The pages of the book, and why each other one is none."""
    is_preview = all(page.head.noindex for page in pages)
    first = _first_of_each_canonical(pages, base)
    kept, left_out = [], []
    for page in pages:
        reason = _reason(page, is_preview) or ("" if page.page.path in first else "duplicate")
        if reason:
            left_out.append(Dropped(f"{reason} page", 1, page.page.path))
        else:
            kept.append(page)
    return kept, left_out


def _reason(page: Surveyed, is_preview: bool) -> str:
    if page.head.redirect:
        return "redirect"
    if _NO_PAGE.search(page.page.path):
        return "generated"
    return "noindex" if page.head.noindex and not is_preview else ""


def _first_of_each_canonical(pages: Sequence[Surveyed], base: str) -> set[str]:
    """The paths of the pages to keep where several call the same address canonical.

    The page at that address is kept, else the first. A template that gives most pages the same
    canonical address is wrong and not believed.
    """
    named = {page.page.path: _same(_canonical(page, base)) for page in pages}
    common = {place for place, count in Counter(named.values()).items() if count > len(pages) / 2}
    at = {_same(urljoin(base or NOWHERE, page.url)): page.page.path for page in pages}
    first: dict[str, str] = {}
    for page in pages:
        path = page.page.path
        place = named[path] if named[path] and named[path] not in common else path
        first.setdefault(place, at.get(place, path))
    return set(first.values())


def _canonical(page: Surveyed, base: str) -> str:
    canonical = page.head.canonical
    return urldefrag(urljoin(_address(page, base), canonical)).url if canonical else ""


# ── in which order ───────────────────────────────────────────────────────────────────────────


def _ordered(pages: Sequence[Surveyed], base: str, sitemap: Sequence[str]) -> Iterator[Surveyed]:
    """Chains of next pages, begun where nothing comes before, then pages that are in none."""
    by_address = {_same(_address(page, base)): page for page in pages}
    order = _without_chains(by_address, base, sitemap)
    following = {place: _next(by_address[place], base) for place in order}
    later = set(following.values())
    for start in (*(place for place in order if place not in later), *order):
        place = start
        while place in by_address:
            yield by_address.pop(place)
            place = following[place]


def _without_chains(
    by_address: dict[str, Surveyed], base: str, sitemap: Sequence[str]
) -> list[str]:
    """The addresses: the front page, its navigation, the sitemap, then by path."""
    front_first = sorted(by_address, key=lambda place: (place.count("/"), place))[:1]
    front = by_address[front_first[0]] if front_first else None
    links = _links(front, front.head.navigation, base) if front else []
    named = [_same(urljoin(base or NOWHERE, place)) for place in sitemap]
    known = dict.fromkeys((*front_first, *links, *named, *by_address))
    return [place for place in known if place in by_address]


def _next(page: Surveyed, base: str) -> str:
    return next(iter(_links(page, (page.head.next_page,), base)), "")


def _links(page: Surveyed, hrefs: Iterable[str], base: str) -> list[str]:
    start = urljoin(_address(page, base), page.head.base)
    return [_same(urljoin(start, href)) for href in hrefs if href and not href.startswith("#")]


def _address(page: Surveyed, base: str) -> str:
    return urljoin(base or NOWHERE, page.url)


def _same(address: str) -> str:
    """An address in the form in which two spellings of it are equal; the scheme does not count."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.netloc}/{_SPELLING.sub('', unquote(parts.path).strip('/'))}" if address else ""

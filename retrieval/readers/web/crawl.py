"""What a site lets us read: its robots.txt, its sitemaps, and the pages that they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urljoin

from protego import Protego

from retrieval.errors import SourceError
from retrieval.readers.html.sitemap import LARGEST, Sitemap, read_sitemap
from retrieval.readers.html.survey import PageFile
from retrieval.readers.source import Dropped, Progress
from retrieval.readers.web.address import folder_of, page_path, tidied
from retrieval.readers.web.cache import Kept, PageCache
from retrieval.readers.web.fetching import AGENT, Fetcher, NotFetched, Reply

LARGEST_PAGE = 5 * 1024 * 1024
LARGEST_ROBOTS = 512 * 1024
MOST_PAGES = 5000
MOST_SITEMAPS = 200
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
SITEMAP_ENDINGS = (".xml", ".xml.gz")


@dataclass(frozen=True, slots=True)
class Listing:
    """A site's rules, the addresses of its pages in the order of its sitemaps, and the refused."""

    robots: Protego
    base: str
    pages: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    """Pages on disk, and each page that was not fetched with the reason."""

    files: tuple[PageFile, ...]
    left_out: tuple[Dropped, ...]


# ── what there is ────────────────────────────────────────────────────────────────────────────


def list_pages(fetcher: Fetcher, start: str) -> Listing:
    """The pages below ``start`` that the site's sitemap names and its robots.txt allows.

    ``start`` may be the sitemap itself. From then on the fetcher obeys what robots.txt asks for.
    Raises ``SourceError`` when there is no sitemap or it names too many pages or none.
    """
    robots = _robots(fetcher, start)
    fetcher.obey(robots)
    base = folder_of(start)
    named = _named_pages(fetcher, _sitemaps(robots, start))
    inside = [page for page in named if page.startswith(base)]
    _check_number(inside, named, base)
    allowed = [page for page in inside if robots.can_fetch(page, AGENT)]
    refused = set(inside).difference(allowed)
    return Listing(robots, base, tuple(allowed), tuple(page for page in inside if page in refused))


def _check_number(inside: Sequence[str], named: Sequence[str], base: str) -> None:
    if not inside:
        elsewhere = f" but {len(named):,} elsewhere, such as {named[0]}" if named else ""
        raise SourceError(
            f"The sitemap names no page below {base}{elsewhere}.",
            "Give the address that the pages begin with.",
        )
    if len(inside) > MOST_PAGES:
        raise SourceError(
            f"The sitemap names {len(inside):,} pages; {MOST_PAGES:,} are the most of a book.",
            f"Give the address of a part of the site, such as {base}docs/.",
        )


def _robots(fetcher: Fetcher, start: str) -> Protego:
    """The site's rules; a site without any (status 4xx) allows everything."""
    url = urljoin(start, "/robots.txt")
    try:
        reply = fetcher.get(url, LARGEST_ROBOTS)
    except NotFetched as error:
        raise SourceError(
            f"{url} cannot be read: {error}.", "Give the address that the site is served at."
        ) from error
    return Protego.parse(reply.body.decode("utf-8", "replace"))


def _sitemaps(robots: Protego, start: str) -> list[str]:
    """Where sitemaps may be: at ``start``, where robots.txt says, or at the usual places."""
    if start.endswith(SITEMAP_ENDINGS):
        return [start]
    usual = [urljoin(folder_of(start), "sitemap.xml"), urljoin(start, "/sitemap.xml")]
    return list(dict.fromkeys([*robots.sitemaps, *usual]))


def _named_pages(fetcher: Fetcher, places: Sequence[str]) -> list[str]:
    """The pages of all sitemaps that are found, each address once."""
    sitemaps = list(_found_sitemaps(fetcher, places))
    if not sitemaps:
        raise SourceError(
            f"There is no sitemap at {' or '.join(places)}.",
            "Let the site's generator write one, give the sitemap's own address, or ingest the "
            "folder that the generator built.",
        )
    named = (tidied(page) for sitemap in sitemaps for page in sitemap.pages)
    return list(dict.fromkeys(named))


def _found_sitemaps(fetcher: Fetcher, places: Sequence[str]) -> Iterator[Sitemap]:
    """The sitemaps at these addresses, and those that are named in sitemap indexes."""
    waiting, seen = list(places), set(places)
    while waiting:
        sitemap = _sitemap(fetcher, waiting.pop(0))
        if sitemap is None:
            continue
        yield sitemap
        further = [place for place in sitemap.sitemaps if place not in seen]
        seen.update(further)
        waiting += further
        if len(seen) > MOST_SITEMAPS:
            raise SourceError(f"{places[0]} leads to more than {MOST_SITEMAPS} sitemaps.")


def _sitemap(fetcher: Fetcher, place: str) -> Sitemap | None:
    """The sitemap at this address, ``None`` when there is none; too large is an error."""
    try:
        reply = fetcher.get(place, LARGEST)
    except NotFetched as error:
        if error.reason == "too large":
            raise SourceError(f"The sitemap {place} is {error}.") from error
        return None
    if reply.status != HTTPStatus.OK or reply.content_type in PAGE_TYPES:
        return None
    return read_sitemap(reply.body, place)


# ── what it says ─────────────────────────────────────────────────────────────────────────────


def fetch_pages(
    fetcher: Fetcher, base: str, pages: Sequence[str], cache: PageCache, progress: Progress
) -> Fetched:
    """Fetch the pages that changed since they were kept.

    Raises ``SourceError`` when the site stops answering: an edition must not lose pages because a
    server was down.
    """
    files: dict[str, PageFile] = {}
    left_out = []
    for done, page in enumerate(pages):
        progress("Fetching", done, len(pages))
        try:
            file = _page_file(_current(fetcher, page, cache), base, cache)
        except NotFetched as error:
            left_out.append(Dropped(f"{error.reason} page", 1, page))
        else:
            files.setdefault(file.path, file)
    progress("Fetching", len(pages), len(pages))
    return Fetched(tuple(files.values()), tuple(left_out))


def _current(fetcher: Fetcher, page: str, cache: PageCache) -> Kept:
    kept = cache.find(page)
    reply = fetcher.get(page, LARGEST_PAGE, kept.conditions() if kept else {})
    if reply.status == HTTPStatus.NOT_MODIFIED and kept:
        return kept
    _check_page(reply)
    return cache.keep(
        page,
        reply.body,
        url=reply.url,
        charset=reply.charset,
        etag=reply.headers.get("etag", ""),
        last_modified=reply.headers.get("last-modified", ""),
    )


def _check_page(reply: Reply) -> None:
    if reply.status != HTTPStatus.OK:
        raise NotFetched(f"status {reply.status}")
    if reply.content_type not in PAGE_TYPES:
        raise NotFetched(reply.content_type or "untyped")
    if "noindex" in reply.headers.get("x-robots-tag", "").lower():
        raise NotFetched("noindex")


def _page_file(kept: Kept, base: str, cache: PageCache) -> PageFile:
    if not kept.url.startswith(base):
        raise NotFetched("elsewhere", kept.url)
    path = page_path(kept.url, base)
    return PageFile(path, cache.folder / kept.file, kept.url.removeprefix(base), kept.charset)


def refused_pages(listing: Listing) -> Iterator[Dropped]:
    """The pages that robots.txt does not allow, for the report."""
    for page in listing.refused:
        yield Dropped("robots.txt page", 1, page)

"""The pages of an edition: which one a reader is on, and on which one a chunk stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from urllib.parse import unquote, urlsplit

from retrieval.models import Chunk, Edition, Section

PAGE_SUFFIX = re.compile(r"(?:(?:^|/)index)?(?:\.(?:html?|mdx?))?/?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pages:
    """Page paths by address (see ``_address``) and by the id of each chunk on them."""

    by_address: Mapping[str, str]
    by_chunk: Mapping[int, str]

    def at(self, page_url: str, base_url: str) -> str | None:
        """The path of the page with this address, or ``None`` when the edition has no such page.

        Host, query, fragment, trailing slash, ``index`` and ``.html`` do not count. An address
        that is not below ``base_url`` (a preview host, another version) counts by its longest
        ending.
        """
        asked, base = _address(page_url), _address(base_url)
        if asked is None or not page_url:
            return None
        if not asked or asked == base:
            return self.by_address.get("") if asked == base else None
        below = asked.removeprefix(f"{base}/")
        return self.by_address.get(below) or self._with_ending(asked)

    def _with_ending(self, address: str) -> str | None:
        parts = address.split("/")
        endings = ("/".join(parts[start:]) for start in range(len(parts)))
        known = (self.by_address[end] for end in endings if end and end in self.by_address)
        return next(known, None)


def pages_of(edition: Edition) -> Pages:
    """The edition's pages, read from its rows once in each process."""
    with _reading:
        return _pages(edition.pk, edition.digest)


_reading = Lock()


@lru_cache(maxsize=16)
def _pages(edition_id: int, digest: str) -> Pages:
    del digest  # it is there to tell an edition from one of another database
    sections = Section.objects.filter(edition=edition_id).order_by("path")
    addresses = {
        _address(url) or "": path for url, path in sections.values_list("url", "path").distinct()
    }
    chunks = Chunk.objects.filter(edition=edition_id).values_list("pk", "section__path")
    return Pages(addresses, dict(chunks))


def _address(url: str) -> str | None:
    """The path of a URL in the form in which two spellings of a page's address are equal."""
    try:
        path = unquote(urlsplit(url.strip()).path)
    except ValueError:
        return None
    return PAGE_SUFFIX.sub("", path.strip("/"))

"""Which page of the book a reader is on, told from the address in the browser."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from retrieval.models import Edition, Section

PAGE_SUFFIX = re.compile(r"(?:(?:^|/)index)?(?:\.(?:html?|mdx?))?/?$", re.IGNORECASE)


def page_at(edition: Edition, base_url: str, page_url: str) -> str | None:
    """The path of the page with this address, or ``None`` when it is no page of the edition.

    Host, query, fragment, trailing slash, ``index`` and ``.html`` do not count. An address that
    is not below ``base_url`` (a preview host, another version) is matched by its longest ending.
    """
    asked, base = _address(page_url), _address(base_url)
    if asked is None:
        return None
    pages = _pages(edition.pk, edition.digest)
    below = _below(asked, base or "")
    if below is not None and below in pages:
        return pages[below]
    parts = asked.split("/")
    endings = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((pages[ending] for ending in endings if ending and ending in pages), None)


def _below(asked: str, base: str) -> str | None:
    """The address relative to the book's, or ``None`` when it is not below it."""
    if not base or asked == base:
        return "" if asked == base else asked
    return asked.removeprefix(f"{base}/") if asked.startswith(f"{base}/") else None


def _address(url: str) -> str | None:
    """The path of a URL in the form in which two spellings of a page's address are equal."""
    try:
        path = unquote(urlsplit(url.strip()).path)
    except ValueError:
        return None
    return PAGE_SUFFIX.sub("", path.strip("/"))


@lru_cache(maxsize=64)
def _pages(edition_id: int, digest: str) -> dict[str, str]:
    """Page paths by address. An edition never changes, so neither does this."""
    del digest  # it is there to tell an edition from one of another database
    rows = Section.objects.filter(edition=edition_id).values_list("url", "path").distinct()
    return {_address(url) or "": path for url, path in rows.order_by("path")}

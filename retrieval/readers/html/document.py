"""A built page: its bytes as text, and what its head says of it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from bs4.dammit import EncodingDetector
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

_REFRESH = re.compile(
    r"^\s*\d+(?:\.\d+)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?(.*?)['\"]?\s*$", re.IGNORECASE
)
_NEXT = (
    "//link[@rel='next'] | //a[contains(concat(' ', @rel, ' '), ' next ')]"
    " | //a[contains(@class, 'pagination-nav__link--next')]"
    " | //a[contains(@class, 'pager-link') and contains(@class, 'next')]"
)
_NAVIGATION = (
    "//*[contains(@class, 'toctree')]//a | //nav//a | //*[@role='navigation']//a"
    " | //*[contains(@class, 'sidebar')]//a | //*[contains(@class, 'chapter')]//a"
)


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says of itself. Addresses are as written: absolute or relative to the page."""

    title: str
    site_name: str
    language: str
    canonical: str
    base: str
    redirect: str
    noindex: bool
    next_page: str
    navigation: tuple[str, ...]


def decode(markup: bytes, charset: str = "") -> str:
    """The text of a page; ``charset`` is what the server said.

    A byte order mark wins, then the server, then the page's own declaration, then UTF-8. Bytes
    that fit none of them are read as Windows-1252, as a browser does.
    """
    data, mark = EncodingDetector.strip_byte_order_mark(markup)
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    for encoding in filter(None, (mark, charset, declared, "utf-8")):
        with suppress(LookupError, UnicodeDecodeError):
            return data.decode(encoding)
    return data.decode("windows-1252", "replace")


def read_head(text: str) -> Head:
    """What the page says of itself; empty values for an empty page or one that is no HTML."""
    try:
        page = document_fromstring(text.encode(), parser=HTMLParser(encoding="utf-8"))
    except etree.ParserError:
        page = document_fromstring("<html></html>")
    refresh = _meta(page, "refresh", "http-equiv")
    following = _hrefs(page, _NEXT)
    return Head(
        title=" ".join((page.findtext(".//title") or "").split()),
        site_name=_meta(page, "og:site_name", "property"),
        language=page.get("lang", "").strip(),
        canonical=next(iter(_hrefs(page, "//link[@rel='canonical']")), ""),
        base=next(iter(_hrefs(page, "//base")), ""),
        redirect=found[1] if (found := _REFRESH.match(refresh)) else "",
        noindex="noindex" in _meta(page, "robots").lower(),
        next_page=following[0] if following else "",
        navigation=tuple(_hrefs(page, _NAVIGATION)),
    )


def _meta(page: HtmlElement, name: str, attribute: str = "name") -> str:
    """The content of the ``meta`` element of this name, which may be written in any case."""
    for meta in page.iter("meta"):
        if meta.get(attribute, "").lower() == name:
            return str(meta.get("content", "")).strip()
    return ""


def _hrefs(page: HtmlElement, path: str) -> list[str]:
    found = page.xpath(f"({path})/@href")
    return [str(href).strip() for href in found] if isinstance(found, list) else []

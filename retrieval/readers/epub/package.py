"""What an EPUB says of itself: its metadata, reading order and table of contents.

See the W3C's EPUB 3.3, and its predecessor EPUB 2 for ``toc.ncx``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote, urlsplit

from lxml import etree

from retrieval.errors import SourceError
from retrieval.readers.epub.archive import Archive

CONTAINER = "META-INF/container.xml"
DOCUMENTS = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
NAVIGATION = "nav"
NCX = "application/x-dtbncx+xml"
OPS = "{http://www.idpf.org/2007/ops}"


@dataclass(frozen=True, slots=True)
class Package:
    """Title, language, the documents in reading order, and the contents' title of each."""

    title: str
    language: str
    spine: tuple[str, ...]
    titles: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Item:
    path: str
    media_type: str
    properties: frozenset[str]


def read_package(archive: Archive) -> Package:
    """Raises ``SourceError`` when the EPUB has no package file or no documents in order."""
    place = _package_path(archive)
    package = archive.xml(place)
    items = dict(_manifest(package, posixpath.dirname(place)))
    spine = tuple(path for path in _spine(package, items) if path in archive)
    if not spine:
        raise SourceError(f"{archive.path} names no documents to read.", "The EPUB is incomplete.")
    titles: dict[str, str] = {}
    for path, title in _contents(archive, list(items.values())):
        titles.setdefault(path, title)  # a document's own entry comes before those of its parts
    return Package(_said(package, "title"), _said(package, "language"), spine, titles)


def _package_path(archive: Archive) -> str:
    for root in archive.xml(CONTAINER).iter("{*}rootfile"):
        if path := root.get("full-path"):
            return str(path)
    raise SourceError(f"{archive.path} names no package file.", "The EPUB is incomplete.")


def _said(package: etree._Element, name: str) -> str:
    """The first of the metadata of this name that says something."""
    values = (element.text or "" for element in package.iter(f"{{*}}{name}"))
    return next((" ".join(value.split()) for value in values if value.strip()), "")


def _manifest(package: etree._Element, folder: str) -> Iterator[tuple[str, _Item]]:
    for item in package.iter("{*}item"):
        path = _path(folder, item.get("href", ""))
        properties = frozenset(item.get("properties", "").split())
        yield item.get("id", ""), _Item(path, item.get("media-type", ""), properties)


def _spine(package: etree._Element, items: dict[str, _Item]) -> Iterator[str]:
    """The documents in reading order, without the one that only lists them."""
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref", ""))
        if item and item.media_type in DOCUMENTS and NAVIGATION not in item.properties:
            yield item.path


# ── the table of contents ────────────────────────────────────────────────────────────────────


def _contents(archive: Archive, items: Sequence[_Item]) -> Iterator[tuple[str, str]]:
    """The path and title of each entry: of the navigation document, else of an EPUB 2's NCX."""
    there = [item for item in items if item.path in archive]
    for item in there:
        if NAVIGATION in item.properties:
            yield from _nav_titles(archive.xml(item.path), item.path)
            return
    for item in there:
        if item.media_type == NCX:
            yield from _ncx_titles(archive.xml(item.path), item.path)


def _nav_titles(document: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    for nav in document.iter("{*}nav"):
        if nav.get(f"{OPS}type", "toc") != "toc":
            continue
        for link in nav.iter("{*}a"):
            title = "".join(str(text) for text in link.itertext())
            yield _path(posixpath.dirname(path), link.get("href", "")), _one_line(title)


def _ncx_titles(document: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    for point in document.iter("{*}navPoint"):
        content = point.find("{*}content")
        title = point.findtext("{*}navLabel/{*}text") or ""
        if content is not None:
            yield _path(posixpath.dirname(path), content.get("src", "")), _one_line(title)


def _one_line(text: str) -> str:
    """Text without line ends, its named entities (which the XML parser leaves) as characters."""
    return " ".join(unescape(text).split())


def _path(folder: str, href: str) -> str:
    """The archive path that a relative address in a file of ``folder`` means."""
    return posixpath.normpath(posixpath.join(folder, unquote(urlsplit(href).path)))

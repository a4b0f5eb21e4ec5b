"""``sitemap.xml``: the addresses that a site names as its pages, see sitemaps.org."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass

from lxml import etree

from retrieval.errors import SourceError

LARGEST = 50 * 1024 * 1024
"""Bytes of one sitemap when unpacked: the limit that sitemaps.org sets."""

GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Pages in the order of the file, and further sitemaps when the file is an index."""

    pages: tuple[str, ...]
    sitemaps: tuple[str, ...]


def read_sitemap(data: bytes, name: str) -> Sitemap:
    """A sitemap or sitemap index, plain or packed by gzip; ``name`` is for messages.

    Raises ``SourceError`` when it is too large or no XML. Entities and the network stay off.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(_unpacked(data, name), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SourceError(f"{name} is no sitemap: {error}.") from error
    return Sitemap(_locations(root, "url"), _locations(root, "sitemap"))


def _unpacked(data: bytes, name: str) -> bytes:
    if data.startswith(GZIP_MAGIC):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
                data = file.read(LARGEST + 1)
        except (OSError, EOFError) as error:
            raise SourceError(f"{name} is a damaged gzip file: {error}.") from error
    if len(data) > LARGEST:
        raise SourceError(f"{name} is larger than {LARGEST // 1024 // 1024} MB.")
    return data


def _locations(root: etree._Element, kind: str) -> tuple[str, ...]:
    found = (entry.findtext("{*}loc") or "" for entry in root.iter(f"{{*}}{kind}"))
    return tuple(dict.fromkeys(place.strip() for place in found if place.strip()))

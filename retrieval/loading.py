"""The passages of hits, read from their rows; those that are asked for often stay in memory."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Final, TypeAlias

from cachetools import LRUCache

from retrieval.models import Chunk, Edition
from retrieval.passages import Kind, Passage

KEPT: Final = 4_096
"""Passages kept in a process, about 1.5 kB each: an edition's rows never change."""
PLACE = tuple(f"section__{name}" for name in ("path", "url", "anchor", "heading_path"))
COLUMNS = ("pk", "key", "kind", "text", *PLACE)

_Key: TypeAlias = tuple[int, str, str, int]

_kept: LRUCache[_Key, Passage] = LRUCache(KEPT)
_using = Lock()


def passages_of(edition: Edition, chunk_ids: Sequence[int]) -> dict[int, Passage]:
    """The passages by their chunk's id, without those that the edition does not have.

    One query at the most, for what is not in memory. Thread-safe.
    """
    keys = {chunk_id: _key(edition, chunk_id) for chunk_id in chunk_ids}
    with _using:
        known = {chunk_id: _kept[key] for chunk_id, key in keys.items() if key in _kept}
    if missing := keys.keys() - known.keys():
        read = _read(edition, missing)
        with _using:
            _kept.update({keys[chunk_id]: passage for chunk_id, passage in read.items()})
        known.update(read)
    return known


def _key(edition: Edition, chunk_id: int) -> _Key:
    """The digest tells an edition from one of another database, the address may be changed."""
    return edition.pk, edition.digest, edition.book.base_url, chunk_id


def _read(edition: Edition, chunk_ids: set[int]) -> dict[int, Passage]:
    base = edition.book.base_url.rstrip("/")
    chunks = Chunk.objects.filter(edition=edition, pk__in=chunk_ids)
    # In no order: for that of the book SQLite walks through the whole edition.
    rows = chunks.order_by().values_list(*COLUMNS)
    return {
        chunk_id: Passage(
            key=key,
            book=edition.book.slug,
            edition=edition.number,
            path=path,
            url=f"{base}/{url}",
            anchor=anchor,
            heading_path=tuple(heading_path),
            kind=Kind(kind),
            text=text,
        )
        for chunk_id, key, kind, text, path, url, anchor, heading_path in rows
    }

"""The search index of an edition, derived from its rows: two engines behind one interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
from django.conf import settings

from retrieval.chunking import lexical_text
from retrieval.embeddings import sparse
from retrieval.index.edge import EdgeIndex
from retrieval.index.interface import (
    BATCH,
    Hit,
    Index,
    IndexMissing,
    Point,
    Query,
    chapter_of,
)
from retrieval.models import Chunk, Edition

__all__ = [
    "Hit",
    "Index",
    "IndexMissing",
    "Point",
    "Query",
    "chapter_of",
    "index",
    "points",
    "rebuild",
    "restore",
]

_restoring = Lock()


def index() -> Index:
    """The engine that the settings name: a Qdrant server with ``QDRANT_URL``, else Edge."""
    return _engine(settings.QDRANT_URL, settings.QDRANT_API_KEY, settings.RAGBOOK_DATA)


@cache
def _engine(url: str, api_key: str, data: Path) -> Index:
    if not url:
        return EdgeIndex(data / "index")
    from retrieval.index.server import ServerIndex, connection  # its client takes 0.5 s to import

    shards, replicas = settings.RAGBOOK_QDRANT_SHARDS, settings.RAGBOOK_QDRANT_REPLICAS
    return ServerIndex(connection(url, api_key), shards, replicas)


def rebuild(edition: Edition, seen: Callable[[int], None] = lambda _: None) -> None:
    """Index the edition from its rows; ``seen`` is told how many chunks are on their way.

    Raises ``IndexUnavailable`` and ``EmbeddingError``.
    """
    index().build(edition, _counted(points(edition), seen))


def _counted(points: Iterator[Point], seen: Callable[[int], None]) -> Iterator[Point]:
    count = 0
    seen(count)
    for count, point in enumerate(points, 1):
        if count % BATCH == 0:
            seen(count)
        yield point
    seen(count)


def restore(edition: Edition) -> None:
    """Rebuild a lost index; threads that ask for it at the same moment build it once."""
    with _restoring:
        if not index().exists(edition):
            rebuild(edition)


def points(edition: Edition) -> Iterator[Point]:
    """What is indexed of each chunk, in reading order, read and encoded in batches."""
    encoder = sparse(edition.book.language)
    for batch in _chunk_batches(edition):
        texts = [lexical_text(chunk.section.heading_path, chunk.text) for chunk in batch]
        for chunk, vector in zip(batch, encoder.passages(texts), strict=True):
            yield Point(
                chunk_id=chunk.pk,
                path=chunk.section.path,
                chapter=chapter_of(chunk.section.path),
                dense=_vector(chunk),
                sparse=vector,
            )


def _chunk_batches(edition: Edition) -> Iterator[list[Chunk]]:
    """Chunks by their ordinal, a batch a query: no cursor that a connection pooler would lose."""
    rows = (
        edition.chunks.select_related("section")
        .only("edition", "ordinal", "text", "vector", "section__path", "section__heading_path")
        .order_by("ordinal")
    )
    last = -1
    while batch := list(rows.filter(ordinal__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].ordinal


def _vector(chunk: Chunk) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.frombuffer(bytes(chunk.vector), dtype="<f4")

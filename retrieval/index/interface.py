"""What a search engine takes and gives, whichever engine it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.embeddings import SparseVector
from retrieval.errors import IndexUnavailable
from retrieval.models import Edition

BATCH = 256
"""How many points are sent to an engine at once: about 1 MB of 384-dimensional vectors."""

FORMAT = 2
"""Raised when other words of a chunk are indexed: an older index is built again from rows."""

PAGE_FILES = frozenset({"index", "readme", "_index"})


class IndexMissing(IndexUnavailable):
    """The edition has no index, or a damaged one. Building it again from rows is the cure."""


@dataclass(frozen=True, slots=True)
class Point:
    """A chunk as an engine stores it. ``dense`` has shape (dimension,) and unit length."""

    chunk_id: int
    path: str
    chapter: str
    dense: NDArray[np.float32]
    sparse: SparseVector


@dataclass(frozen=True, slots=True)
class Query:
    """Both vectors of a query, how deep each ranking goes, and what part of the book counts.

    ``sparse`` carries the weight of each term (its inverse document frequency): engines only
    multiply and add. Without ``path`` and ``chapter`` the whole edition is searched.
    """

    dense: NDArray[np.float32]
    sparse: SparseVector
    limit: int
    path: str | None = None
    chapter: str | None = None


class Hit(NamedTuple):
    """A chunk that one or both rankings hold, with its fused score in 0..1.

    ``dense`` is the cosine similarity and ``sparse`` the BM25 score; ``None`` when that ranking
    does not reach the chunk.
    """

    chunk_id: int
    score: float
    dense: float | None = None
    sparse: float | None = None


class Index(Protocol):
    """An engine that holds one searchable set of points for each edition."""

    def build(self, edition: Edition, points: Iterable[Point]) -> None:
        """Index the points, replacing what was indexed of the edition before.

        Reads ``points`` in batches. Raises ``IndexUnavailable``.
        """

    def search(self, edition: Edition, query: Query) -> list[Hit]:
        """The fused ranking, best first. Raises ``IndexMissing``, ``IndexUnavailable``."""

    def exists(self, edition: Edition) -> bool:
        """Whether the whole edition is indexed. Raises ``IndexUnavailable``."""

    def drop(self, edition: Edition) -> None:
        """Forget the edition; nothing happens when it was never indexed."""

    def sweep(self, book: str, editions: Collection[int]) -> None:
        """Forget whatever is indexed of the book beside these editions, given by number.

        What another process is building stays. Raises ``IndexUnavailable``.
        """


def conditions(query: Query) -> dict[str, str]:
    """The payload fields that a hit must have, for scopes smaller than the edition."""
    wanted = {"path": query.path, "chapter": query.chapter}
    return {field: value for field, value in wanted.items() if value is not None}


def checked(edition: Edition, query: Query) -> Query:
    """The query, if an engine can answer it: Edge returns no hits for NaN and raises no error."""
    if query.dense.shape != (edition.dimension,):
        raise IndexUnavailable(
            f"The query has {query.dense.shape[-1]} dimensions, the edition {edition.dimension}.",
            "Ingest the book again with the embedding model that is set now.",
        )
    if not np.isfinite(query.dense).all():
        raise IndexUnavailable("The query's embedding is not finite.", "Try another wording.")
    return query


def chapter_of(path: str) -> str:
    """The folder that a page belongs to; a page that fills its own folder counts one higher.

    >>> chapter_of("Tutorials/Launch/Basics.rst")
    'Tutorials/Launch'
    >>> chapter_of("guide/topics/index.md"), chapter_of("intro.md")
    ('guide', '')
    """
    page = PurePosixPath(path)
    folder = page.parent
    if page.stem.lower() in PAGE_FILES or page.stem == folder.name:
        folder = folder.parent
    return "" if folder == PurePosixPath(".") else str(folder)


def batches(points: Iterable[Point]) -> Iterator[list[Point]]:
    """The points in lists of ``BATCH``, without holding more than one list."""
    iterator = iter(points)
    while batch := list(islice(iterator, BATCH)):
        yield batch

"""A Qdrant server: one collection for each embedding model, shared by all books.

Every read is confined by ``_edition_filter``, every delete by that or ``_others_filter``; nothing
else builds a filter. The book is the collection's tenant, so Qdrant keeps the points of one book
together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from json import JSONDecodeError

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from retrieval.embeddings import SparseVector
from retrieval.errors import IndexUnavailable
from retrieval.index.fusion import Ranking, fused
from retrieval.index.interface import (
    FORMAT,
    Hit,
    IndexMissing,
    Point,
    Query,
    batches,
    checked,
    conditions,
)
from retrieval.models import Edition

PREFIX = "chunks"
SEARCH_TIMEOUT_S = 2
WRITE_TIMEOUT_S = 60
GRAPH_OF_EACH_BOOK = models.HnswConfigDiff(m=0, payload_m=16)
"""No graph over all books, which nobody searches."""

KEYWORD, INTEGER = models.KeywordIndexType.KEYWORD, models.IntegerIndexType.INTEGER
PAYLOAD: dict[str, models.KeywordIndexParams | models.IntegerIndexParams] = {
    "book": models.KeywordIndexParams(type=KEYWORD, is_tenant=True),
    "edition": models.IntegerIndexParams(type=INTEGER, range=False, lookup=True, enable_hnsw=False),
    "path": models.KeywordIndexParams(type=KEYWORD, enable_hnsw=False),
    "chapter": models.KeywordIndexParams(type=KEYWORD, enable_hnsw=False),
}
"""What can be filtered by. Only books have graphs, and a book's points lie together."""


class ServerIndex:
    """The editions in one Qdrant server.

    ``connect`` is called once, at the first use: a client must not be carried across a fork. A new
    collection is spread over ``shards``, each kept ``replicas`` times.
    """

    def __init__(
        self, connect: Callable[[], QdrantClient], shards: int = 1, replicas: int = 1
    ) -> None:
        self._connect = connect
        self._shards, self._replicas = shards, replicas
        self._connection: QdrantClient | None = None

    @property
    def _client(self) -> QdrantClient:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def build(self, edition: Edition, points: Iterable[Point]) -> None:
        self._ensure_collection(edition)
        self.drop(edition)
        for batch in batches(points):
            with _answering():
                self._client.upsert(
                    collection_of(edition),
                    [_stored(edition, point) for point in batch],
                    wait=True,
                    timeout=WRITE_TIMEOUT_S,
                )

    def search(self, edition: Edition, query: Query) -> list[Hit]:
        requests = _requests(edition, checked(edition, query))
        with _answering():
            dense, sparse = self._client.query_batch_points(
                collection_of(edition), requests, timeout=SEARCH_TIMEOUT_S
            )
        if not dense.points and not conditions(query):
            raise IndexMissing(f"No passage of {edition.book.slug} is indexed.", "Ingest again.")
        return fused(_ranking(dense), _ranking(sparse))

    def exists(self, edition: Edition) -> bool:
        try:
            with _answering():
                count = self._client.count(
                    collection_of(edition),
                    count_filter=_edition_filter(edition),
                    exact=True,
                    timeout=SEARCH_TIMEOUT_S,
                ).count
        except IndexMissing:
            return False
        return count == edition.chunk_count

    def drop(self, edition: Edition) -> None:
        try:
            with _answering():
                self._client.delete(
                    collection_of(edition),
                    models.FilterSelector(filter=_edition_filter(edition)),
                    wait=True,
                    timeout=WRITE_TIMEOUT_S,
                )
        except IndexMissing:
            return

    def sweep(self, book: str, editions: Collection[int]) -> None:
        with _answering():
            names = [found.name for found in self._client.get_collections().collections]
            for name in names:
                if name.startswith(PREFIX):
                    self._client.delete(
                        name,
                        models.FilterSelector(filter=_others_filter(book, editions)),
                        wait=True,
                        timeout=WRITE_TIMEOUT_S,
                    )

    def _ensure_collection(self, edition: Edition) -> None:
        name = collection_of(edition)
        with _answering():
            if self._client.collection_exists(name):
                return
            try:
                self._client.create_collection(
                    name,
                    vectors_config={
                        "dense": models.VectorParams(
                            size=edition.dimension, distance=models.Distance.DOT
                        )
                    },
                    sparse_vectors_config={"sparse": models.SparseVectorParams()},
                    hnsw_config=GRAPH_OF_EACH_BOOK,
                    shard_number=self._shards,
                    replication_factor=self._replicas,
                    timeout=WRITE_TIMEOUT_S,
                )
            except UnexpectedResponse as error:
                if error.status_code != 409:  # another ingest was first
                    raise
            self._index_payload(name)

    def _index_payload(self, name: str) -> None:
        for field, schema in PAYLOAD.items():
            self._client.create_payload_index(
                name, field, schema, wait=True, timeout=WRITE_TIMEOUT_S
            )


def connection(url: str, api_key: str) -> Callable[[], QdrantClient]:
    """What makes the client. It tells no version at the start and waits no longer than told."""

    def connect() -> QdrantClient:
        return QdrantClient(
            url=url,
            api_key=api_key or None,
            timeout=SEARCH_TIMEOUT_S,
            check_compatibility=False,
        )

    return connect


def collection_of(edition: Edition) -> str:
    """One collection for each format, embedding model and size: vectors of two never mix."""
    model = re.sub(r"[^a-z0-9]+", "-", edition.embedding.lower()).strip("-")
    return f"{PREFIX}{FORMAT}_{model}_{edition.dimension}"


def _edition_filter(edition: Edition, **fields: str) -> models.Filter:
    """The one filter: this book, this edition, and what the scope adds to it."""
    wanted: dict[str, str | int] = {"book": edition.book.slug, "edition": edition.number}
    wanted.update(fields)
    return models.Filter(
        must=[
            models.FieldCondition(key=key, match=models.MatchValue(value=value))
            for key, value in wanted.items()
        ]
    )


def _others_filter(book: str, editions: Collection[int]) -> models.Filter:
    """Whatever a collection holds of this book beside these editions."""
    return models.Filter(
        must=[models.FieldCondition(key="book", match=models.MatchValue(value=book))],
        must_not=[
            models.FieldCondition(key="edition", match=models.MatchAny(any=sorted(editions)))
        ],
    )


def _requests(edition: Edition, query: Query) -> list[models.QueryRequest]:
    chosen = _edition_filter(edition, **conditions(query))
    vectors: dict[str, list[float] | models.SparseVector] = {
        "dense": query.dense.tolist(),
        "sparse": _sparse(query.sparse),
    }
    return [
        models.QueryRequest(
            query=models.NearestQuery(nearest=vector),
            using=name,
            filter=chosen,
            limit=query.limit,
            with_payload=False,
        )
        for name, vector in vectors.items()
    ]


def _stored(edition: Edition, point: Point) -> models.PointStruct:
    return models.PointStruct(
        id=point.chunk_id,
        vector={"dense": point.dense.tolist(), "sparse": _sparse(point.sparse)},
        payload={
            "book": edition.book.slug,
            "edition": edition.number,
            "path": point.path,
            "chapter": point.chapter,
        },
    )


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=vector.indices.tolist(), values=vector.values.tolist())


def _ranking(response: models.QueryResponse) -> Ranking:
    return [(int(point.id), point.score) for point in response.points]


@contextmanager
def _answering() -> Iterator[None]:
    """The client's many exceptions as ours: a collection that is not there, or no usable answer.

    The client lets a malformed body through as a ``JSONDecodeError``; its local mode tells a
    missing collection by a ``ValueError``, of which that is a kind.
    """
    try:
        yield
    except UnexpectedResponse as error:
        if error.status_code == 404:
            raise IndexMissing(
                "The collection does not exist.", "Ingest the book again."
            ) from error
        raise _unavailable(error) from error
    except (ApiException, QdrantException, JSONDecodeError) as error:
        raise _unavailable(error) from error
    except ValueError as error:
        if "not found" in str(error):
            raise IndexMissing(
                "The collection does not exist.", "Ingest the book again."
            ) from error
        raise


def _unavailable(error: Exception) -> IndexUnavailable:
    return IndexUnavailable(
        f"The Qdrant server gave no usable answer ({type(error).__name__}).",
        "Is it running, and is QDRANT_URL right?",
    )

"""Search: a reader's question becomes the passages of the live edition that fit it best.

question + context → vectors → hits of both rankings → ranked by page → passages, each adding
something → answerable
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from retrieval.answerability import ANSWERABLE_THRESHOLD, answerability
from retrieval.embeddings import SparseVector, embedder, token_vectors
from retrieval.followups import Asked, asked_in
from retrieval.index import Hit, IndexMissing, Query, chapter_of, index, restore
from retrieval.lexicon import Lexicon, lexicon_of
from retrieval.loading import passages_of
from retrieval.models import Edition
from retrieval.pages import Pages, pages_of
from retrieval.passages import Found, Scope, SearchResult
from retrieval.reranking import reranked, reranker
from retrieval.rules import excluded_chunks, rules_of
from retrieval.serving import served_book
from retrieval.subject import without_subject
from retrieval.variety import varied

__all__ = [
    "ANSWERABLE_THRESHOLD",
    "excluded_chunks",
    "live_edition",
    "page_at",
    "passages_of",
    "search",
    "sentence_vectors",
    "served_book",
    "token_vectors",
]

DEPTH = 100
"""How deep each of the two rankings goes."""

MOST_EXCLUDED = 1_000
"""How much deeper at the most, so that excluded hits do not take the places of others."""

CANDIDATES = 20
"""How many passages are read to choose those of the answer."""

PAGE_WEIGHT = 0.1
PAGE_EVIDENCE = 3
CURRENT_PAGE = 0.2


@dataclass(frozen=True, slots=True)
class Trace:
    """A search's result, the hits of both rankings, and all chunk ids in their final order."""

    result: SearchResult
    hits: tuple[Hit, ...]
    ranked: tuple[int, ...]


def search(
    book_slug: str,
    query: str,
    *,
    limit: int = 8,
    page_url: str = "",
    scope: Scope = Scope.BOOK,
    history: Sequence[Mapping[str, str]] = (),
    selection: str = "",
) -> SearchResult:
    """The best passages of the book's live edition for the query, best first.

    Passages on the page at ``page_url`` count a little more. A ``scope`` smaller than the book
    keeps to that page (or its chapter); when the edition has no such page, the whole book is
    searched, and the result's ``scope`` says so. ``history`` holds earlier turns, oldest first.

    Raises ``BookNotFound``, ``IndexUnavailable`` and ``EmbeddingError``.
    """
    return traced(
        book_slug,
        query,
        limit=limit,
        page_url=page_url,
        scope=scope,
        history=history,
        selection=selection,
    ).result


def traced(
    book_slug: str,
    query: str,
    *,
    limit: int = 8,
    page_url: str = "",
    scope: Scope = Scope.BOOK,
    history: Sequence[Mapping[str, str]] = (),
    selection: str = "",
) -> Trace:
    """What ``search`` does, and how it came about: for evaluations and people."""
    started = perf_counter()
    edition = live_edition(book_slug)
    lexicon, pages = lexicon_of(edition), pages_of(edition)
    asked = _asked(without_subject(query, edition.book.title), history, selection, lexicon)
    page = page_at(edition, page_url)
    searched = scope if page is not None else Scope.BOOK
    excluded = excluded_chunks(edition)
    depth = DEPTH + min(len(excluded), MOST_EXCLUDED)
    built = _query(asked, edition, lexicon, page, searched, depth)
    hits = _hits(edition, built, excluded, pages)
    ranked = by_page(hits, pages, page)
    candidates = max(limit, CANDIDATES)
    found = _ordered(asked, _found(edition, ranked[:candidates]))
    result = SearchResult(
        query=asked.as_text,
        found=found[:limit],
        answerable=answerability(
            asked.question, hits, built.sparse, [hit.passage for hit in found]
        ),
        retrieve_ms=(perf_counter() - started) * 1000,
        scope=searched,
        leans=asked.leans,
    )
    rest = (chunk_id for chunk_id, _ in ranked[candidates:])
    return Trace(result, tuple(hits), (*(hit.chunk_id for hit in found), *rest))


def sentence_vectors(embedding: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors of texts by the named model, (len(texts), dimension).

    Raises ``EmbeddingError``.
    """
    return embedder(embedding).embed_passages(texts)


def live_edition(slug: str) -> Edition:
    """The edition that readers of the book see now. Raises ``BookNotFound``."""
    live = served_book(slug).live
    assert live is not None
    return live


def page_at(edition: Edition, page_url: str) -> str | None:
    """The path of the edition's page at this address, ``None`` when it has no such page."""
    return pages_of(edition).at(page_url, edition.book.base_url)


# ── the query ────────────────────────────────────────────────────────────────────────────────


def _asked(
    query: str, history: Sequence[Mapping[str, str]], selection: str, lexicon: Lexicon
) -> Asked:
    question = lexicon.mended(query)
    return asked_in(question, history, selection, len(lexicon.terms_of(question)))


def _query(
    asked: Asked, edition: Edition, lexicon: Lexicon, page: str | None, scope: Scope, depth: int
) -> Query:
    narrow = page is not None
    return Query(
        dense=_dense(asked, edition.embedding),
        sparse=lexicon.weighted(_terms(asked, lexicon)),
        limit=depth,
        path=page if narrow and scope in (Scope.PAGE, Scope.SELECTION) else None,
        chapter=chapter_of(page) if page is not None and scope is Scope.CHAPTER else None,
    )


def _dense(asked: Asked, embedding: str) -> NDArray[np.float32]:
    """The unit vector of the question, moved towards its context."""
    vector = _embedded(embedding, asked.question)
    if asked.context:
        vector = vector + np.float32(asked.near) * _embedded(embedding, asked.context)
    length = np.linalg.norm(vector)
    return np.asarray(vector / length if length else vector, np.float32)


@lru_cache(maxsize=1_024)
def _embedded(embedding: str, text: str) -> NDArray[np.float32]:
    """Many readers click the same starter question."""
    vector = embedder(embedding).embed_query(text)
    vector.setflags(write=False)
    return vector


def _terms(asked: Asked, lexicon: Lexicon) -> SparseVector:
    """The terms of the question at full weight, further ones of its context at theirs."""
    weights = dict.fromkeys(lexicon.terms_of(asked.context), asked.words)
    weights |= dict.fromkeys(lexicon.terms_of(asked.question), 1.0)
    ordered = sorted(weights)
    return SparseVector(
        np.array(ordered, np.uint32), np.array([weights[term] for term in ordered], np.float32)
    )


# ── the hits ─────────────────────────────────────────────────────────────────────────────────


def _hits(edition: Edition, query: Query, excluded: Collection[int], pages: Pages) -> list[Hit]:
    """The hits of both rankings. A lost or foreign index is built again, once."""
    try:
        hits = index().search(edition, query)
    except IndexMissing:
        restore(edition)
        hits = index().search(edition, query)
    # What is no chunk of the edition is left out: an index never outvotes the database.
    return [hit for hit in hits if hit.chunk_id in pages.by_chunk and hit.chunk_id not in excluded]


def by_page(hits: Sequence[Hit], pages: Pages, current: str | None) -> list[tuple[int, float]]:
    """Chunk ids with their final scores, best first, from hits in that order.

    A page with several good passages is more likely to be about the question, so each passage
    gains from the best of its page (document evidence for passages: Callan, SIGIR 1994), and a
    little from being on the page that the reader has open.
    """
    of_page: dict[str, list[float]] = defaultdict(list)
    for hit in hits:
        of_page[pages.by_chunk[hit.chunk_id]].append(hit.score)
    evidence = {
        page: PAGE_WEIGHT * sum(scores[:PAGE_EVIDENCE]) / PAGE_EVIDENCE
        for page, scores in of_page.items()
    }
    if current in evidence:
        evidence[current] += CURRENT_PAGE
    ranked = [(hit.chunk_id, hit.score + evidence[pages.by_chunk[hit.chunk_id]]) for hit in hits]
    return sorted(ranked, key=lambda scored: (-scored[1], scored[0]))


# ── the passages ─────────────────────────────────────────────────────────────────────────────


def _ordered(asked: Asked, found: Sequence[Found]) -> tuple[Found, ...]:
    """The candidates as an answer shall draw on them: the best first, then what adds to it."""
    return varied(reranked(reranker(settings.RAGBOOK_RERANKER), asked.as_text, found))


def _found(edition: Edition, ranked: Sequence[tuple[int, float]]) -> tuple[Found, ...]:
    passages = passages_of(edition, [chunk_id for chunk_id, _ in ranked])
    rules_for = rules_of(edition)
    return tuple(
        Found(passage, score, chunk_id, rules_for(passage.path, passage.heading_path))
        for chunk_id, score in ranked
        if (passage := passages.get(chunk_id))
    )

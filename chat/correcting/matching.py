"""Which of the editors' answers a question gets: one whose question means the same and that stands.

Whether a correction stands is asked of its row and of the live edition's passages at that moment,
so a stale memory can miss one for a second, but never brings one back.
"""

from __future__ import annotations

from dataclasses import dataclass

from chat.correcting.candidates import candidates_of
from chat.correction import Correction
from retrieval.models import Chunk, Edition
from retrieval.passages import Found
from retrieval.search import live_edition, passages_of, token_vectors


@dataclass(frozen=True, slots=True)
class Corrected:
    """An editor's answer and its passages as the live edition holds them, in the cited order."""

    correction: Correction
    found: tuple[Found, ...]


def corrected(book: str, question: str) -> Corrected | None:
    """What the editors answer to a question that can stand alone, if they do.

    ``book`` is a slug. Raises ``BookNotFound`` and ``EmbeddingError``.
    """
    edition = live_edition(book)
    for key in candidates_of(edition.book_id).like(question, token_vectors):
        correction = Correction.objects.kept().filter(pk=key).first()
        found = _found(correction, edition) if correction else ()
        if correction and found:
            return Corrected(correction, found)
    return None


def _found(correction: Correction, edition: Edition) -> tuple[Found, ...]:
    """The passages of the correction; none unless the edition holds all of them."""
    keys = list(correction.passages.order_by("n").values_list("chunk_key", flat=True))
    chunks = dict(Chunk.objects.filter(edition=edition, key__in=keys).values_list("key", "pk"))
    if len(chunks) < len(set(keys)):
        return ()
    passages = passages_of(edition, list(chunks.values()))
    return tuple(Found(passages[chunks[key]], score=1.0, chunk_id=chunks[key]) for key in keys)

"""Which of the editors' answers a question gets: one whose question means the same and that stands.

Whether a correction stands is asked of its row and of the live edition's passages at that moment,
so a stale memory can miss one for a second, but never brings one back.
"""

from __future__ import annotations

from dataclasses import dataclass

from chat.correcting.candidates import candidates_of
from chat.correcting.passages import held
from chat.correction import Correction
from retrieval.models import Edition
from retrieval.passages import Found
from retrieval.search import live_edition, token_vectors


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
    """The passages of the correction; none unless readers may be given all of them."""
    keys = list(correction.passages.order_by("n").values_list("chunk_key", flat=True))
    found = held(edition, keys)
    return found if len(found) == len(keys) else ()

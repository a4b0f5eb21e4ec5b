"""The corrected questions of a book as one matrix, and which of them a question sounds like.

A question costs one product of the matrix with its vector, so a thousand corrections cost no more
time than a word of an answer. The matrix stays in memory until the book's corrections change, in
whichever process: how many there are and what their keys add up to is asked once a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, TypeAlias

import numpy as np
from cachetools import LRUCache, TTLCache, cached
from django.db.models import Count, Sum
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from numpy.typing import NDArray

from chat.correcting.agreement import Encode, agree
from chat.correction import Correction
from retrieval.search import sentence_vectors

Floats: TypeAlias = NDArray[np.float32]

ENCODER: Final = "bundled"
"""Whatever encodes the book: the figures below hold for this one."""

ALIKE: Final = 0.88
"""Cosine of two questions from which they may mean the same. With the agreement of their words,
chosen with ``python -m benchmarks.corrections``."""

TRIED: Final = 8
"""Corrected questions that are read word by word, the nearest first."""

CHECKED_S: Final = 1.0
BOOKS_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Candidates:
    """Corrected questions: ``keys`` of their rows, ``texts``, and ``vectors`` (n, dimension)."""

    keys: Sequence[int]
    texts: Sequence[str]
    vectors: Floats

    def like(self, question: str, encode: Encode) -> Iterator[int]:
        """The keys of corrections that answer the question, the most alike first."""
        if not self.keys:
            return
        likeness = self.vectors @ question_vectors([question])[0]
        near: list[int] = np.flatnonzero(likeness >= ALIKE).tolist()
        for row in sorted(near, key=lambda row: (-likeness[row], -self.keys[row]))[:TRIED]:
            if agree(question, self.texts[row], encode):
                yield self.keys[row]


def candidates_of(book: int) -> Candidates:
    """The corrected questions of the book with this key. Raises ``EmbeddingError``."""
    revision = _revision(book)
    with _using:
        known = _kept.get(book)
    if known is None or known[0] != revision:
        known = revision, _read(book)
        with _using:
            _kept[book] = known
    return known[1]


def question_vectors(questions: Sequence[str]) -> Floats:
    """Unit vectors of questions, (n, dimension). Raises ``EmbeddingError``."""
    return sentence_vectors(ENCODER, questions)


_Revision: TypeAlias = tuple[int, int]
_kept: LRUCache[int, tuple[_Revision, Candidates]] = LRUCache(BOOKS_KEPT)
_using = Lock()
_checked: TTLCache[Any, _Revision] = TTLCache(maxsize=1_024, ttl=CHECKED_S)


@cached(_checked, lock=_using)
def _revision(book: int) -> _Revision:
    """Changes with every correction that comes or goes; their words never change."""
    kept = Correction.objects.kept().filter(book=book).order_by()
    found = kept.aggregate(count=Count("pk"), keys=Sum("pk", default=0))
    return found["count"], found["keys"]


@receiver([post_save, post_delete], sender=Correction)
def forget(**_: Any) -> None:
    """See changes of this process at once; also to be called after an update without a signal."""
    with _using:
        _checked.clear()
        _kept.clear()


def _read(book: int) -> Candidates:
    kept = Correction.objects.kept().filter(book=book).order_by("pk")
    rows = list(kept.only("question", "encoder", "vector"))
    _renew([row for row in rows if row.encoder != ENCODER])
    return Candidates(
        keys=[row.pk for row in rows],
        texts=[row.question for row in rows],
        vectors=_matrix(row.vector for row in rows),
    )


def _renew(rows: Sequence[Correction]) -> None:
    """Encode again what another encoder has encoded."""
    if not rows:
        return
    for row, vector in zip(rows, question_vectors([row.question for row in rows]), strict=True):
        row.encoder, row.vector = ENCODER, vector.tobytes()
    Correction.objects.bulk_update(rows, ["encoder", "vector"], batch_size=500)


def _matrix(vectors: Iterable[bytes | memoryview]) -> Floats:
    rows = [np.frombuffer(vector, "<f4") for vector in vectors]
    return np.stack(rows) if rows else np.zeros((0, 0), np.float32)

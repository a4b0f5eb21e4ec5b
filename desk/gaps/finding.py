"""The search for gaps: unanswered questions → vectors → clusters → the gaps they are → rows.

It may run at any time and as often as wanted: the same questions give the same gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import numpy as np
from django.db import transaction
from django.utils import timezone

from chat.models import Answer
from desk.gap import Gap, GapQuestion
from desk.gaps.asking import Asked, Wording, wordings
from desk.gaps.clustering import Floats, clusters, middle
from desk.gaps.lacking import Lack, lack_of
from desk.gaps.matching import Cluster, Known, matched
from retrieval.models import Book, Edition
from retrieval.search import live_edition, sentence_vectors

WEEKS: Final = 4
BATCH: Final = 256
QUESTIONS_READ: Final = 50
"""Wordings of a gap in which missing words are looked for."""

Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search for gaps came to: how many gaps are new, known and no longer there."""

    book: str
    questions: int
    new: int
    known: int
    gone: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cluster with everything that its gap's row will say."""

    cluster: Cluster
    typical: Asked
    asked: tuple[Asked, ...]
    lack: Lack


def find_gaps(slug: str, progress: Progress) -> Found:
    """Find the book's gaps and keep them. Raises ``BookNotFound`` and what a search raises."""
    edition = live_edition(slug)
    said = wordings(edition.book)
    vectors = _vectors(edition.embedding, [wording.text for wording in said], progress)
    groups = clusters(vectors)
    candidates = []
    for done, rows in enumerate(groups, start=1):
        group = [said[row] for row in rows]
        candidates.append(_candidate(edition, group, vectors[rows]))
        progress("Comparing", done, len(groups))
    return _kept(edition.book, candidates)


def _vectors(encoder: str, texts: Sequence[str], progress: Progress) -> Floats:
    """Unit vectors of the texts, (n, dimension)."""
    batches = []
    for start in range(0, len(texts), BATCH):
        progress("Encoding", start, len(texts))
        batches.append(sentence_vectors(encoder, texts[start : start + BATCH]))
    progress("Encoding", len(texts), len(texts))
    return np.concatenate(batches) if batches else np.zeros((0, 0), np.float32)


def _candidate(edition: Edition, group: Sequence[Wording], vectors: Floats) -> Candidate:
    weights = np.array([len(wording.asked) for wording in group], np.float32)
    centre = middle(vectors, weights)
    typical = group[int(np.argmax(vectors @ centre))]
    asked = sorted((one for it in group for one in it.asked), key=lambda one: one.at)
    texts = [wording.text for wording in group[:QUESTIONS_READ]]
    return Candidate(
        cluster=Cluster(frozenset(one.answer for one in asked), centre, edition.embedding),
        typical=typical.asked[0],
        asked=tuple(asked),
        lack=lack_of(edition.book.slug, typical.text, texts),
    )


# ── the rows ─────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def _kept(book: Book, candidates: Sequence[Candidate]) -> Found:
    Book.objects.select_for_update().get(pk=book.pk)  # one search of a book stores at a time
    now = timezone.now()
    there = _standing(candidates)
    known = _known(book)
    gaps = matched([candidate.cluster for candidate in candidates], known)
    GapQuestion.objects.filter(gap__book=book).delete()
    for place, candidate in enumerate(candidates):
        if candidate.typical.answer in there:
            _keep(gaps.get(place) or Gap(book=book), candidate, there, now)
    gone = _forget_empty(book)
    return Found(
        book=book.slug,
        questions=sum(len(candidate.asked) for candidate in candidates),
        new=len(candidates) - len(gaps),
        known=len(gaps),
        gone=gone,
    )


def _standing(candidates: Iterable[Candidate]) -> dict[Any, Answer]:
    """The typical answers, and all others that no reader has erased meanwhile, by their keys."""
    keys = [one.answer for candidate in candidates for one in candidate.asked]
    found: dict[Any, Answer] = {}
    for start in range(0, len(keys), 500):
        batch = Answer.objects.filter(pk__in=keys[start : start + 500])
        found |= {answer.pk: answer for answer in batch.only("pk", "edition", "outcome")}
    return found


def _known(book: Book) -> list[Known]:
    gaps = Gap.objects.filter(book=book).order_by("pk").prefetch_related("questions")
    return [
        Known(gap, frozenset(question.answer_id for question in gap.questions.all()))
        for gap in gaps
    ]


def _keep(gap: Gap, candidate: Candidate, there: dict[Any, Answer], now: datetime) -> None:
    """Store what the search found of a gap; one that was closed and is asked again opens again."""
    asked = [one for one in candidate.asked if one.answer in there]
    if gap.state == Gap.State.CLOSED and gap.closed and asked[-1].at > gap.closed:
        gap.state, gap.closed = Gap.State.OPEN, None
    if gap._state.adding:  # noqa: SLF001 (public, in spite of its name)
        gap.edition_id = there[candidate.typical.answer].edition_id
    gap.typical_id = candidate.typical.answer
    gap.count, gap.weeks, gap.counted = len(asked), _weeks(asked, now), now
    gap.first_asked, gap.last_asked = asked[0].at, asked[-1].at
    gap.nearest, gap.missing = candidate.lack.nearest, candidate.lack.missing
    gap.encoder = candidate.cluster.encoder
    gap.vector = candidate.cluster.vector.astype("<f4").tobytes()
    gap.save()
    GapQuestion.objects.bulk_create(
        (GapQuestion(gap=gap, answer_id=one.answer, asked=one.at) for one in asked),
        batch_size=500,
    )


def _weeks(asked: Sequence[Asked], now: datetime) -> list[int]:
    """How many were asked in each of the last weeks, the latest last."""
    ages = [(now - one.at) // timedelta(weeks=1) for one in asked]
    return [ages.count(week) for week in reversed(range(WEEKS))]


def _forget_empty(book: Book) -> int:
    """Remove gaps without questions; a dismissed one stays, so that it need not be twice."""
    empty = Gap.objects.filter(book=book, questions=None)
    gone = empty.exclude(state=Gap.State.DISMISSED)
    count = gone.count()
    gone.delete()
    empty.update(count=0, weeks=[0] * WEEKS)
    return count

"""Reviews open themselves: what waits for an editor is read off the rows.

Answers are flagged by streams, readers' thumbs, audits and commands in any process, and a
correction expires by an ingest that has never heard of it. None of them has to tell anybody:
whoever opens the queue gathers first. Gathering twice, or in two places at once, changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from chat.correction import Correction
from chat.models import Answer, Finding
from desk.review import DONE, Review, ReviewEvent, ReviewQuerySet, State

BATCH: Final = 500

Action = ReviewEvent.Action


def gather() -> int:
    """Open a review of each flagged answer and expired correction; returns how many came up.

    Reviews whose flag was taken off elsewhere close themselves, and so do those whose corrections
    stand again after a rollback.
    """
    _moved(_settled_elsewhere(), State.APPROVED, Action.SETTLED)
    _moved(_standing_again(), State.CORRECTED, Action.REVIVED)
    expired = _moved(_expired(), State.EXPIRED, Action.EXPIRED)
    reopened = _moved(_flagged_again(), State.OPEN, Action.REOPENED)
    return expired + reopened + _opened() + _orphaned()


def _settled_elsewhere() -> ReviewQuerySet:
    flagged = Answer.objects.flagged().filter(pk=OuterRef("answer")).order_by()
    return Review.objects.filter(~Exists(flagged), state=State.OPEN, correction=None)


def _flagged_again() -> ReviewQuerySet:
    """A corrected one stays closed for as long as its correction stands."""
    decided = (State.APPROVED, State.REJECTED)
    return Review.objects.filter(state__in=decided, answer__flagged=True)


def _expired() -> ReviewQuerySet:
    return Review.objects.filter(
        state=State.CORRECTED, correction__in=Correction.objects.expired().order_by()
    )


def _standing_again() -> ReviewQuerySet:
    return Review.objects.filter(
        state=State.EXPIRED, correction__in=Correction.objects.standing().order_by()
    )


@transaction.atomic
def _moved(reviews: ReviewQuerySet, state: State, action: Action) -> int:
    """Put the reviews into a state, each once, and note it."""
    chosen = list(reviews.select_for_update(of=("self",)).values_list("pk", flat=True))
    moved = Review.objects.filter(pk__in=chosen)
    if state in DONE:
        moved.update(state=state, decided=timezone.now())
    else:
        moved.update(state=state, opened=timezone.now(), assignee=None, decided=None)
    _note(chosen, action)
    return len(chosen)


def _opened() -> int:
    """Reviews of flagged answers that have none."""
    count = 0
    waiting = Answer.objects.flagged().filter(review=None).order_by("pk").annotate(since=_since())
    while answers := list(waiting.values_list("pk", "book", "since")[:BATCH]):
        rows = [
            Review(answer_id=answer, book_id=book, opened=since) for answer, book, since in answers
        ]
        count += _added(rows, Review.objects.filter(answer__in=[pk for pk, _, _ in answers]))
    return count


def _since() -> Greatest:
    """Since when a flagged answer waits: the queue may not have been opened for days."""
    found = Finding.objects.filter(sentence__answer=OuterRef("pk")).order_by("-created")
    latest = Subquery(found.values("created")[:1])
    thumb = Coalesce("feedback__created", "created")
    return Greatest("created", thumb, Coalesce(latest, "created"))


def _orphaned() -> int:
    """Reviews of expired corrections that have none: their answers were erased."""
    alone = Correction.objects.expired().filter(review=None).order_by("pk")
    rows = [
        Review(correction_id=pk, book_id=book, state=State.EXPIRED)
        for pk, book in alone.values_list("pk", "book")
    ]
    keys = [row.correction_id for row in rows]
    return _added(rows, Review.objects.filter(correction__in=keys)) if rows else 0


@transaction.atomic
def _added(rows: Sequence[Review], added: ReviewQuerySet) -> int:
    """Keep the reviews that nobody else has opened by now; ``added`` finds all of them."""
    Review.objects.bulk_create(rows, ignore_conflicts=True)
    fresh = list(added.filter(events=None).values_list("pk", flat=True))
    _note(fresh, Action.OPENED)
    return len(fresh)


def _note(reviews: Sequence[int], action: Action) -> None:
    ReviewEvent.objects.bulk_create(
        ReviewEvent(review_id=pk, action=action, via=ReviewEvent.Via.ITSELF) for pk in reviews
    )

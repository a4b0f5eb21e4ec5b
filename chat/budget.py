"""What a book's answers may cost: tokens are reserved with the question, settled with its answer.

A question reserves the most that its answer can use, so readers who ask at one moment cannot spend
the same tokens twice. Whose question finds too little left is answered in the book's own sentences.
A reservation whose process was killed counts no more once its answer must have ended.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, models
from django.db.models import F, QuerySet, Sum

from chat import metrics
from chat.prompts import CHARACTERS_PER_TOKEN, LONGEST_PROMPT, MAX_OUTPUT_TOKENS
from chat.spending import Reservation, Spending
from retrieval.models import Book

log = structlog.get_logger(__name__)

ADVISORY_CLASS = 0x6275  # the first of the two numbers of our advisory locks on Postgres
ALL_BOOKS = 0
GRACE = timedelta(seconds=60)
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` tokens since a day, for one book or for all together."""

    book: Book | None
    period: str
    since: date
    most: int

    def left(self) -> int:
        """What is neither used nor reserved.

        Reservations are read first: what is settled in between counts twice, never not at all.
        """
        alive = Reservation.objects.filter(created__gte=datetime.now(UTC) - lifetime())
        reserved = _total(self._of(alive), "tokens")
        return self.most - reserved - _total(self._of(Spending.objects.all()), "used")

    def _of(self, rows: QuerySet[models.Model]) -> QuerySet[models.Model]:
        since = rows.filter(day__gte=self.since)
        return since.filter(book=self.book) if self.book else since


def reserve(answer: uuid.UUID, book: Book) -> bool:
    """Whether the model may be asked, and then what its answer may use is reserved.

    Belongs into the transaction that stores the question.
    """
    if not settings.OPENAI_API_KEY:
        return True
    today, needed = datetime.now(UTC).date(), most_tokens()
    limits = limits_of(book, today)
    if limits:
        _take_turn(ALL_BOOKS if any(limit.book is None for limit in limits) else book.pk)
        if min(_measured(limits)) < needed:
            log.warning("budget_spent", book=book.slug)
            return False
    Reservation.objects.create(answer=answer, book=book, day=today, tokens=needed)
    return True


def settle(answer: uuid.UUID, tokens: int) -> None:
    """Count what the answer really used, in place of what was reserved for it."""
    if not settings.OPENAI_API_KEY:
        return  # nothing was reserved either
    reservation = Reservation.objects.filter(pk=answer).first()
    if reservation is None:
        return
    reservation.delete()
    if tokens:
        _spend(reservation, tokens)


def forget_killed() -> None:
    """Delete reservations of processes that were killed; they have counted no more for long."""
    Reservation.objects.filter(created__lt=datetime.now(UTC) - KEPT_FOR).delete()


def lifetime() -> timedelta:
    """After this time an answer has ended, or its process has."""
    return timedelta(seconds=settings.RAGBOOK_DEADLINE_S) + GRACE


def most_tokens() -> int:
    """The most that one answer can use: the longest prompt and reply, and what judges it."""
    answer = LONGEST_PROMPT // CHARACTERS_PER_TOKEN + MAX_OUTPUT_TOKENS
    if settings.RAGBOOK_JUDGE == "local":
        return answer
    judging: int = settings.RAGBOOK_JUDGE_TOKENS + MAX_OUTPUT_TOKENS
    return answer + judging


def limits_of(book: Book, today: date) -> list[Limit]:
    """The limits that a question to the book must keep: its own, and those of all books."""
    month = today.replace(day=1)
    wanted = (
        (book, "day", today, book.daily_tokens),
        (book, "month", month, book.monthly_tokens),
        (None, "day", today, settings.RAGBOOK_DAILY_TOKENS or None),
        (None, "month", month, settings.RAGBOOK_MONTHLY_TOKENS or None),
    )
    return [
        Limit(whose, period, since, most)
        for whose, period, since, most in wanted
        if most is not None
    ]


def _measured(limits: Sequence[Limit]) -> Iterable[int]:
    """What is left of each limit, told to whoever watches as well."""
    for limit in limits:
        left = limit.left()
        whose = limit.book.slug if limit.book else "*"
        metrics.BUDGET_LEFT.labels(book=whose, period=limit.period).set(max(0, left))
        yield left


def _take_turn(book: int) -> None:
    """Until this transaction ends, nobody else reserves of the same limits.

    SQLite needs no lock: its transactions begin as writers, of which there is one.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            number = book % 2**31
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ADVISORY_CLASS, number])


def _spend(reservation: Reservation, tokens: int) -> None:
    whose = {"book_id": reservation.book_id, "day": reservation.day}
    day = Spending.objects.filter(**whose)
    if not day.update(used=F("used") + tokens):
        Spending.objects.bulk_create([Spending(**whose)], ignore_conflicts=True)
        day.update(used=F("used") + tokens)


def _total(rows: QuerySet[models.Model], column: str) -> int:
    total: int | None = rows.aggregate(total=Sum(column))["total"]
    return total or 0

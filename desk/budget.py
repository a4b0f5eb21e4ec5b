"""How many tokens a book's answers have taken, against what they may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.utils import timezone

from chat.models import Spending
from retrieval.models import Book


@dataclass(frozen=True, slots=True)
class Use:
    """Tokens read and written in a period. ``limit`` is ``None`` where there is none."""

    period: str
    used: int
    limit: int | None

    @property
    def percent(self) -> int:
        return min(100, 100 * self.used // self.limit) if self.limit else 0

    @property
    def tone(self) -> str:
        if self.limit is None:
            return "quiet"
        return "bad" if self.used >= self.limit else "warn" if self.percent >= 80 else "good"


def use_of(book: Book) -> tuple[Use, Use]:
    """The use of today and of this calendar month (UTC), also for what readers have erased."""
    _, today, month = next(_uses([book]))
    return today, month


def tightest(books: Sequence[Book]) -> tuple[Book, Use] | None:
    """The book that is nearest to a limit of its own, and how near; ``None`` without any limit."""
    limited = [(book, use) for book, *uses in _uses(books) for use in uses if use.limit is not None]
    return max(limited, key=lambda it: (it[1].used / (it[1].limit or 1), it[1].used), default=None)


def _uses(books: Sequence[Book]) -> Iterator[tuple[Book, Use, Use]]:
    """For each book the use of today and of this month, in one query."""
    today = timezone.now().date()
    spent = Spending.objects.filter(book__in=books, day__gte=today.replace(day=1)).order_by()
    rows = spent.values_list("book").annotate(
        day_used=Sum("used", default=0, filter=Q(day=today)), month_used=Sum("used")
    )
    used = {book: (day, month) for book, day, month in rows}
    for book in books:
        day, month = used.get(book.pk, (0, 0))
        yield (
            book,
            Use("Today", day, book.daily_tokens),
            Use("This month", month, book.monthly_tokens),
        )

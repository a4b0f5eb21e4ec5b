"""How many tokens a book's answers have taken, against what they may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, Sum
from django.utils import timezone

from chat.models import Answer
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
    """The use of today and of this calendar month (UTC), in one query from an index."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    month = today.replace(day=1)
    tokens = Sum(F("input_tokens") + F("output_tokens"), default=0)
    used = Answer.objects.filter(book=book, created__gte=month).aggregate(
        month=tokens, day=_since(today)
    )
    return (
        Use("Today", used["day"], book.daily_tokens),
        Use("This month", used["month"], book.monthly_tokens),
    )


def _since(moment: datetime) -> Sum:
    since = Q(created__gte=moment)
    return Sum(F("input_tokens") + F("output_tokens"), filter=since, default=0)

"""How many tokens a book's answers have taken, against what they may."""

from __future__ import annotations

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
    today = timezone.now().date()
    used = Spending.objects.filter(book=book, day__gte=today.replace(day=1)).aggregate(
        month=Sum("used", default=0), day=Sum("used", default=0, filter=Q(day=today))
    )
    return (
        Use("Today", used["day"], book.daily_tokens),
        Use("This month", used["month"], book.monthly_tokens),
    )

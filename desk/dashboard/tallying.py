"""Days that are over are counted once and kept: a year costs what its last two days do."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from desk.dashboard.counting import BookDay, Counts, counted
from desk.dashboard.period import Period
from desk.tally import Tally

RUNNING_DAYS: Final = 2
"""Today and yesterday may still change: answers end after midnight, thumbs follow soon."""

AT_ONCE: Final = 500
_NAMES: Final = tuple(it.name for it in fields(Counts))


def by_day(books: Sequence[int], period: Period) -> dict[date, Counts]:
    """The counts of all the books together, of each day on which something was asked."""
    running = timezone.localdate() - timedelta(days=RUNNING_DAYS - 1)
    over = Period(period.first, min(period.last, running - timedelta(days=1)))
    late = Period(max(period.first, running), period.last)
    return _together(_over(books, over).items(), counted(books, late).items())


def _together(*counts: Iterable[tuple[BookDay, Counts]]) -> dict[date, Counts]:
    days: defaultdict[date, Counts] = defaultdict(Counts)
    for part in counts:
        for (_, day), found in part:
            days[day] += found
    return dict(days)


def _over(books: Sequence[int], period: Period) -> dict[BookDay, Counts]:
    """Whatever was kept; what was not is counted now."""
    kept = _kept(books, period)
    missing = [(book, day) for day in period for book in books if (book, day) not in kept]
    return kept | _settled(books, missing) if missing else kept


def _kept(books: Sequence[int], period: Period) -> dict[BookDay, Counts]:
    tallies = Tally.objects.filter(book__in=books, day__range=(period.first, period.last))
    return {(it.book_id, it.day): _counts(it) for it in tallies.order_by()}


def _counts(tally: Tally) -> Counts:
    """The kept counts; the keys of JSON are words."""
    kept = {name: getattr(tally, name) for name in _NAMES}
    waits = Counter({int(step): answers for step, answers in tally.waits.items()})
    return Counts(**{**kept, "waits": waits})


def _settled(books: Sequence[int], missing: Sequence[BookDay]) -> dict[BookDay, Counts]:
    """Count the days and keep them, also those on which nothing was asked.

    Whoever does so at the same moment counts the same, and the first one's rows stay.
    """
    days = [day for _, day in missing]
    found = counted(books, Period(min(days), max(days)))
    settled = {key: found.get(key, Counts()) for key in missing}
    rows = (_tally(book, day, counts) for (book, day), counts in settled.items())
    Tally.objects.bulk_create(rows, AT_ONCE, ignore_conflicts=True)
    return settled


def _tally(book: int, day: date, counts: Counts) -> Tally:
    return Tally(book_id=book, day=day, **{name: getattr(counts, name) for name in _NAMES})

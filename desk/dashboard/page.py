"""What the dashboard shows of the counts: cards, charts and sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.formats import date_format

from desk.budget import Use, tightest
from desk.dashboard.charts import Chart, Series, stacked
from desk.dashboard.counting import STEPS_AN_OCTAVE, Counts
from desk.dashboard.period import Period, PeriodForm
from desk.dashboard.sections import LOOKED_AT, sections
from desk.dashboard.tallying import by_day
from desk.people import books_of
from desk.review import Review
from retrieval.display import visible
from retrieval.models import Book

PRESETS: Final = (7, 30, 90)
WAITS: Final = (250, 500, 1_000, 2_000, 4_000, 8_000)
"""Borders in milliseconds of the columns of the waiting chart, each twice the one before."""


@dataclass(frozen=True, slots=True)
class Card:
    """A figure at the top. ``change`` compares it with the period before, or is empty."""

    title: str
    figure: str
    below: str
    change: str = ""
    tone: str = "quiet"


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """The context of the dashboard for the visitor's books, in a fixed number of queries."""
    form = PeriodForm(request.GET, request.user)
    period, chosen = form.period, form.chosen
    whole = [chosen] if chosen else list(books_of(request.user))
    books = [book.pk for book in whole]
    days = by_day(books, Period(period.before.first, period.last))
    now, before = _total(days, period), _total(days, period.before)
    return {
        "form": form,
        "presets": [_preset(days, period, chosen) for days in PRESETS],
        "period": period,
        "cards": _cards(now, before, _waiting(books, period), tightest(whole)),
        "charts": _charts(period, [days.get(day, Counts()) for day in period], now.waits),
        "sections": sections(books, period),
        "looked_at": min(LOOKED_AT, now.questions),
        "nothing": not now.questions,
    }


def _total(days: Mapping[date, Counts], period: Period) -> Counts:
    return sum((counts for day, counts in days.items() if day in period), Counts())


def _waiting(books: Sequence[int], period: Period) -> int:
    """How many came into the review queue in the period and wait; it has gathered before."""
    came = Review.objects.filter(opened__gte=period.start, opened__lt=period.end)
    return came.to_do().filter(book__in=books).count()


def _preset(days: int, period: Period, chosen: Any) -> dict[str, Any]:
    latest = Period.latest(days)
    book = f"&book={chosen.pk}" if chosen else ""
    return {
        "name": f"{days} days",
        "query": f"?first={latest.first}&last={latest.last}{book}",
        "current": latest == period,
    }


# ── cards ────────────────────────────────────────────────────────────────────────────────────


def _cards(
    now: Counts, before: Counts, waiting: int, budget: tuple[Book, Use] | None
) -> list[Card]:
    said = now.helpful + now.not_helpful
    good, good_before = (it.answered + it.quoted for it in (now, before))
    return [
        Card("Questions", f"{now.questions:,}", "asked by readers", _growth(now, before)),
        Card(
            "Answered", _share(good, now.questions),
            f"{now.answered:,} in the model's words, {now.quoted:,} in the book's",
            _points(good, now, good_before, before), "good",
        ),
        Card(
            "Refused", _share(now.refused, now.questions),
            f"{now.refused:,} that the book does not answer",
            _points(now.refused, now, before.refused, before), "warn",
        ),
        Card(
            "Flagged", _share(waiting, now.questions), f"{waiting:,} wait in the review queue",
            "", "bad",
        ),
        Card(
            "Helpful", _share(now.helpful, said),
            f"{said:,} readers said so or said not", "", "good",
        ),
        Card(
            "First sentence", _within(now.waits, 0.5),
            f"nine of ten within {_within(now.waits, 0.9)}",
        ),
        _tokens(now),
        *([_budget(*budget)] if budget else []),
    ]  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _growth(now: Counts, before: Counts) -> str:
    """The change of the number of questions, in per cent of what was."""
    if not before.questions:
        return ""
    return f"{now.questions / before.questions - 1:+.0%}"


def _points(part: int, now: Counts, part_before: int, before: Counts) -> str:
    """The change of a share, in points of a hundred."""
    if not (now.questions and before.questions):
        return ""
    points = 100 * (part / now.questions - part_before / before.questions)
    return f"{points:+.0f} points"


def _within(steps: Mapping[int, int], share: float) -> str:
    """In how many seconds that share of the answers began."""
    left = share * sum(steps.values())
    for step in sorted(steps):
        left -= steps[step]
        if left <= 0:
            return f"{2 ** ((step + 1) / STEPS_AN_OCTAVE) / 1000:.1f} s"
    return "–"


def _tokens(now: Counts) -> Card:
    total = now.input_tokens + now.output_tokens
    below = f"{_short(now.input_tokens)} read, {_short(now.output_tokens)} written"
    cost = now.input_tokens * settings.RAGBOOK_PRICE_INPUT / 1_000_000
    cost += now.output_tokens * settings.RAGBOOK_PRICE_OUTPUT / 1_000_000
    if not cost:
        return Card("Tokens", _short(total), below)
    return Card("Cost", f"${cost:,.2f}", f"{_short(total)} tokens: {below}")


def _budget(book: Book, use: Use) -> Card:
    """How much is used of the limit that is nearest."""
    used = f"{_short(use.used)} of {_short(use.limit or 0)} tokens {use.period.lower()}"
    return Card("Budget", f"{use.percent}%", f"{used}, {visible(book.title)}", tone=use.tone)


def _short(number: int) -> str:
    for size, name in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.3g}\N{NO-BREAK SPACE}{name}"
    return str(number)


# ── charts ───────────────────────────────────────────────────────────────────────────────────


def _charts(period: Period, counts: Sequence[Counts], waits: Mapping[int, int]) -> list[Chart]:
    names = [date_format(day, "j M") for day in period]
    return [
        stacked(
            "Questions a day", names,
            Series("Answered", "brand", [it.answered for it in counts]),
            Series("Quoted", "calm", [it.quoted for it in counts]),
            Series("Refused", "warn", [it.refused for it in counts]),
            Series("Failed", "bad", [it.broken for it in counts]),
            Series("Stopped", "quiet", [it.stopped for it in counts]),
        ),
        stacked(
            "How well answers were proved", names,
            Series("Proved as a whole", "good", _shares(counts, "proved")),
            Series("Sentences left out", "warn", _shares(counts, "shortened")),
            Series("Something unproved shown", "bad", _shares(counts, "unproved")),
            unit="%",
        ),
        stacked(
            "What readers said", names,
            Series("Helpful", "good", [it.helpful for it in counts]),
            Series("Not helpful", "bad", [it.not_helpful for it in counts]),
        ),
        stacked(
            "Wait for the first sentence", _wait_names(),
            Series("Answers", "brand", _waits(waits)),
        ),
    ]  # fmt: skip


def _shares(counts: Sequence[Counts], name: str) -> list[float]:
    """In per cent of the answers that had sentences to prove."""
    return [
        100 * getattr(it, name) / whole if (whole := it.proved + it.shortened + it.unproved) else 0
        for it in counts
    ]


def _wait_names() -> list[str]:
    seconds = [f"{border / 1000:g} s" for border in WAITS]
    return [*(f"≤ {border}" for border in seconds), f"> {seconds[-1]}"]


def _waits(steps: Mapping[int, int]) -> list[int]:
    columns = [0] * (len(WAITS) + 1)
    for step, answers in steps.items():
        began = 2 ** ((step + 0.5) / STEPS_AN_OCTAVE)
        columns[sum(began >= border for border in WAITS)] += answers
    return columns

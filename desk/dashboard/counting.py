"""What is counted of the answers: one query each, from indexes, however many answers there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from django.db.models import Count, F, FloatField, Max, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Floor, Greatest, Ln, TruncDate

from chat.models import Answer, Citation, Feedback
from chat.verdict import Outcome, Verdict
from desk.dashboard.period import Period

LOOKED_AT: Final = 2_000
"""The sections are counted over so many of the latest answers: their citations have long texts."""

STEPS_AN_OCTAVE: Final = 4
_OCTAVE: Final = 0.6931471805599453

GOOD: Final = (Outcome.ANSWERED, Outcome.QUOTED)
BROKEN: Final = (Outcome.FAILED, Outcome.INTERRUPTED)
UNPROVED: Final = (Verdict.PARTLY, Verdict.UNSUPPORTED, Verdict.CONTRADICTED)


@dataclass(frozen=True, slots=True)
class Counts:
    """Answers of a day or of many. ``proved``: answered or quoted, all proved, nothing left out."""

    questions: int = 0
    answered: int = 0
    quoted: int = 0
    refused: int = 0
    broken: int = 0
    flagged: int = 0
    proved: int = 0
    shortened: int = 0
    unproved: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, it.name) + getattr(other, it.name) for it in fields(Counts)))

    @property
    def stopped(self) -> int:
        """Those that the reader stopped, and those being written right now."""
        known = self.answered + self.quoted + self.refused + self.broken
        return self.questions - known


@dataclass(frozen=True, slots=True)
class Thumbs:
    helpful: int = 0
    not_helpful: int = 0


@dataclass(frozen=True, slots=True)
class SectionCounts:
    """How often a section was cited, and how often answers failed that it was nearest to."""

    citation: int
    cited: int
    failed: int


_COUNTED: Final[dict[str, Any]] = {
    "questions": Count("*"),
    "answered": Count("created", filter=Q(outcome=Outcome.ANSWERED)),
    "quoted": Count("created", filter=Q(outcome=Outcome.QUOTED)),
    "refused": Count("created", filter=Q(outcome=Outcome.REFUSED)),
    "broken": Count("created", filter=Q(outcome__in=BROKEN)),
    "waiting": Count("created", filter=Q(flagged=True)),
    "proved": Count("created", filter=Q(outcome__in=GOOD, withheld=0) & ~Q(verdict__in=UNPROVED)),
    "shortened": Count(
        "created", filter=Q(outcome__in=GOOD, withheld__gt=0) & ~Q(verdict__in=UNPROVED)
    ),
    "unproved": Count("created", filter=Q(outcome__in=GOOD, verdict__in=UNPROVED)),
    "read": Sum("input_tokens"),
    "written": Sum("output_tokens"),
}

# A count may not be called like a column of the answers.
_ALIASES: Final = {"flagged": "waiting", "input_tokens": "read", "output_tokens": "written"}


def by_day(books: Sequence[int], period: Period) -> dict[date, Counts]:
    """The counts of each day on which something was asked."""
    rows = (
        _answers(books, period)
        .annotate(day=TruncDate("created"))
        .values("day")
        .annotate(**_COUNTED)
    )
    return {row["day"]: _counts(row) for row in rows}


def _counts(row: Mapping[str, Any]) -> Counts:
    return Counts(**{it.name: row[_ALIASES.get(it.name, it.name)] for it in fields(Counts)})


def thumbs_by_day(books: Sequence[int], period: Period) -> dict[date, Thumbs]:
    """What readers said of the answers of each day."""
    rows = (
        Feedback.objects.filter(
            answer__book__in=books,
            answer__created__gte=period.start,
            answer__created__lt=period.end,
        )
        .order_by()
        .values(day=TruncDate("answer__created"))
        .annotate(up=Count("pk", filter=Q(helpful=True)), down=Count("pk", filter=Q(helpful=False)))
    )
    return {row["day"]: Thumbs(row["up"], row["down"]) for row in rows}


def first_sentence_steps(books: Sequence[int], period: Period) -> dict[int, int]:
    """How many answers took how long to their first sentence.

    The key is a quarter of an octave: an answer of step s took 2 ** (s / 4) milliseconds or up to
    a fifth more.
    """
    milliseconds = Greatest(F("first_sentence_ms"), Value(1.0), output_field=FloatField())
    rows = (
        _answers(books, period)
        .filter(first_sentence_ms__isnull=False)
        .values(step=Floor(Ln(milliseconds) * Value(STEPS_AN_OCTAVE / _OCTAVE)))
        .annotate(answers=Count("*"))
    )
    return {int(row["step"]): row["answers"] for row in rows}


def by_section(books: Sequence[int], period: Period) -> list[SectionCounts]:
    """The sections that the latest answers of the period cited or failed at."""
    latest = _answers(books, period).order_by("-created").values("pk")[:LOOKED_AT]
    failed = (
        Q(answer__outcome=Outcome.REFUSED)
        | Q(answer__flagged=True)
        | Q(answer__feedback__helpful=False)
    )
    rows = (
        Citation.objects.filter(answer__in=latest)
        .order_by()
        .values("url")
        .annotate(
            citation=Max("pk"),
            times_cited=Count("pk", filter=Q(cited=True)),
            failed=Coalesce(Count("pk", filter=Q(n=1) & failed), 0),
        )
    )
    return [SectionCounts(row["citation"], row["times_cited"], row["failed"]) for row in rows]


def _answers(books: Sequence[int], period: Period) -> QuerySet[Answer]:
    return Answer.objects.filter(
        book__in=books, created__gte=period.start, created__lt=period.end
    ).order_by()

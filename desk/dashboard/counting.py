"""What is counted of the answers, book by book and day by day: three queries from indexes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final, TypeAlias

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum, Value
from django.db.models.functions import Floor, Greatest, Ln, TruncDate

from chat.models import Answer, Feedback
from chat.verdict import Outcome, Verdict
from desk.dashboard.period import Period

STEPS_AN_OCTAVE: Final = 4
_OCTAVE: Final = 0.6931471805599453

GOOD: Final = (Outcome.ANSWERED, Outcome.QUOTED)
BROKEN: Final = (Outcome.FAILED, Outcome.INTERRUPTED)
UNPROVED: Final = (Verdict.PARTLY, Verdict.UNSUPPORTED, Verdict.CONTRADICTED)

BookDay: TypeAlias = tuple[int, date]


@dataclass(frozen=True, slots=True)
class Counts:
    """Answers of a day or of many, and the thumbs that readers gave in that time.

    ``proved``: answered or quoted, all proved, nothing left out. ``waits`` are the answers by the
    quarter of an octave in which their first sentence came: one of step s took 2 ** (s / 4)
    milliseconds or up to a fifth more.
    """

    questions: int = 0
    answered: int = 0
    quoted: int = 0
    refused: int = 0
    broken: int = 0
    proved: int = 0
    shortened: int = 0
    unproved: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    helpful: int = 0
    not_helpful: int = 0
    waits: Counter[int] = field(default_factory=Counter)

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, it.name) + getattr(other, it.name) for it in fields(Counts)))

    @property
    def stopped(self) -> int:
        """Those that the reader stopped, and those being written right now."""
        known = self.answered + self.quoted + self.refused + self.broken
        return self.questions - known


_DAY: Final = TruncDate("created")
_COUNTED: Final[dict[str, Any]] = {
    "questions": Count("*"),
    "answered": Count("created", filter=Q(outcome=Outcome.ANSWERED)),
    "quoted": Count("created", filter=Q(outcome=Outcome.QUOTED)),
    "refused": Count("created", filter=Q(outcome=Outcome.REFUSED)),
    "broken": Count("created", filter=Q(outcome__in=BROKEN)),
    "proved": Count("created", filter=Q(outcome__in=GOOD, withheld=0) & ~Q(verdict__in=UNPROVED)),
    "shortened": Count(
        "created", filter=Q(outcome__in=GOOD, withheld__gt=0) & ~Q(verdict__in=UNPROVED)
    ),
    "unproved": Count("created", filter=Q(outcome__in=GOOD, verdict__in=UNPROVED)),
    "read": Sum("input_tokens"),
    "written": Sum("output_tokens"),
}
# A count may not be called like a column of the answers.
_ALIASES: Final = {"read": "input_tokens", "written": "output_tokens"}


def counted(books: Sequence[int], period: Period) -> dict[BookDay, Counts]:
    """The counts of each book and day on which something was asked, or said of an answer."""
    values: defaultdict[BookDay, dict[str, Any]] = defaultdict(dict)
    for rows in (_answers, _thumbs, _waits):
        for key, counts in rows(books, period):
            values[key] |= counts
    return {key: Counts(**counts) for key, counts in values.items()}


def _answers(books: Sequence[int], period: Period) -> Iterator[tuple[BookDay, Mapping[str, Any]]]:
    for row in _asked(books, period).values("book", day=_DAY).annotate(**_COUNTED):
        counts = {_ALIASES.get(name, name): row[name] for name in _COUNTED}  # type: ignore[literal-required]
        yield (row["book"], row["day"]), counts


def _waits(books: Sequence[int], period: Period) -> Iterator[tuple[BookDay, Mapping[str, Any]]]:
    milliseconds = Greatest(F("first_sentence_ms"), Value(1.0), output_field=FloatField())
    step = Floor(Ln(milliseconds) * Value(STEPS_AN_OCTAVE / _OCTAVE))
    rows = _asked(books, period).filter(first_sentence_ms__isnull=False)
    waits: defaultdict[BookDay, Counter[int]] = defaultdict(Counter)
    for row in rows.values("book", day=_DAY, step=step).annotate(answers=Count("*")):
        waits[row["book"], row["day"]][int(row["step"])] = row["answers"]
    return ((key, {"waits": steps}) for key, steps in waits.items())


def _asked(books: Sequence[int], period: Period) -> QuerySet[Answer]:
    answers = Answer.objects.filter(
        book__in=books, created__gte=period.start, created__lt=period.end
    )
    return answers.order_by()


def _thumbs(books: Sequence[int], period: Period) -> Iterator[tuple[BookDay, Mapping[str, Any]]]:
    """By the day of the thumb: a late one does not change a day that was counted."""
    given = Feedback.objects.filter(
        answer__book__in=books, created__gte=period.start, created__lt=period.end
    )
    rows = given.order_by().values(book=F("answer__book"), day=_DAY)
    for row in rows.annotate(
        up=Count("pk", filter=Q(helpful=True)), down=Count("pk", filter=Q(helpful=False))
    ):
        yield (row["book"], row["day"]), {"helpful": row["up"], "not_helpful": row["down"]}

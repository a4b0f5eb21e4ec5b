"""Which sections carry the answers, and at which answers fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Max, Q

from chat.models import Answer, Citation
from chat.verdict import Outcome
from desk.dashboard.period import Period
from desk.display import safe_link
from retrieval.display import visible
from retrieval.models import heading_line

LOOKED_AT: Final = 1_000
"""The sections are counted over so many of the latest answers: their citations have long texts."""

SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class SectionCounts:
    """How often a section was cited, and how often answers failed that it was nearest to."""

    citation: int
    cited: int
    failed: int


@dataclass(frozen=True, slots=True)
class SectionRow:
    """``share`` is the length of its bar, in per cent of the longest."""

    place: str
    link: str
    count: int
    share: int


def sections(books: Sequence[int], period: Period) -> dict[str, list[SectionRow]]:
    """The most ``cited`` sections and those at which most ``failed``, in two queries."""
    counts = by_section(books, period)
    cited = sorted(counts, key=lambda it: -it.cited)[:SHOWN]
    failed = sorted(counts, key=lambda it: -it.failed)[:SHOWN]
    shown = [it.citation for it in (*cited, *failed)]
    named = Citation.objects.order_by().only("url", "title", "heading_path")
    citations = named.in_bulk(shown)
    return {
        "cited": list(_rows(((it.citation, it.cited) for it in cited), citations)),
        "failed": list(_rows(((it.citation, it.failed) for it in failed), citations)),
    }


def by_section(books: Sequence[int], period: Period) -> list[SectionCounts]:
    """The sections that the latest answers of the period cited or failed at."""
    asked = Answer.objects.filter(book__in=books, created__gte=period.start, created__lt=period.end)
    latest = asked.order_by("-created").values("pk")[:LOOKED_AT]
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
            times_cited=Count("answer", filter=Q(cited=True), distinct=True),
            failed=Count("pk", filter=Q(n=1) & failed),
        )
    )
    return [SectionCounts(row["citation"], row["times_cited"], row["failed"]) for row in rows]


def _rows(
    counts: Iterable[tuple[int, int]], citations: Mapping[int, Citation]
) -> Iterator[SectionRow]:
    longest = 0
    for pk, count in counts:
        longest = longest or count
        if count:
            citation = citations[pk]
            place = visible(heading_line(citation.heading_path) or citation.title)
            yield SectionRow(place, safe_link(citation.url), count, round(100 * count / longest))

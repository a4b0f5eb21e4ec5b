"""An evaluation as one HTML page that explains each miss; it needs no other file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.template.loader import render_to_string

from retrieval.evaluate import MISSED_BEYOND, Evaluation, Gold, Metrics, Outcome, Standing
from retrieval.passages import Passage
from retrieval.search import ANSWERABLE_THRESHOLD

TEMPLATE = "retrieval/evaluation.html"
SHOWN = 5
HEADLINES: Final = {
    "section_recall@5": "Section recall@5",
    "page_recall@5": "Page recall@5",
    "mrr": "Mean reciprocal rank",
    "refusal_recall": "Unanswerable refused",
    "wrongly_refused": "Wrongly refused",
    "answerable_auroc": "AUROC of answerable",
}
COLUMNS: Final = {
    "section_recall@1": "section @1",
    "section_recall@5": "@5",
    "section_recall@10": "@10",
    "page_recall@1": "page @1",
    "page_recall@5": "@5",
    "page_recall@10": "@10",
    "mrr": "MRR",
    "refusal_recall": "refused",
    "refusal_precision": "precision",
    "wrongly_refused": "wrongly",
}


@dataclass(frozen=True, slots=True)
class Miss:
    """A gold group that stands too deep, what stands above it, and why."""

    outcome: Outcome
    golds: tuple[Gold, ...]
    standing: Standing
    reason: str
    above: tuple[Passage, ...]


def as_html(evaluation: Evaluation) -> str:
    """The page. Everything in it is escaped; it loads nothing."""
    return render_to_string(
        TEMPLATE,
        {
            "evaluation": evaluation,
            "headlines": list(_headlines(evaluation.metrics)),
            "columns": list(COLUMNS.values()),
            "rows": list(_rows(evaluation)),
            "misses": list(_misses(evaluation)),
            "misjudged": [outcome for outcome in evaluation.outcomes if outcome.misjudged],
            "dots": list(_dots(evaluation)),
            "threshold": ANSWERABLE_THRESHOLD,
            "beyond": MISSED_BEYOND,
        },
    )


def _headlines(metrics: Metrics) -> Iterator[tuple[str, str]]:
    for name, label in HEADLINES.items():
        if name in metrics:
            yield label, f"{metrics[name]:.3f}"
    yield "Search p50 / p95", f"{metrics['search_p50_ms']:.1f} / {metrics['search_p95_ms']:.1f} ms"


def _rows(evaluation: Evaluation) -> Iterator[tuple[str, int, list[float | None]]]:
    """A name, how many questions, and a figure for each column."""
    for name, metrics in [*evaluation.by_kind.items(), ("all", evaluation.metrics)]:
        yield name, int(metrics["questions"]), [metrics.get(column) for column in COLUMNS]


def _dots(evaluation: Evaluation) -> Iterator[tuple[float, int, Outcome]]:
    """Each question's place on the strip in per cent, and its row: 0 answerable, 1 not."""
    for outcome in evaluation.outcomes:
        yield 100 * outcome.answerable, int(outcome.question.expect == "refuse"), outcome


# ── misses ───────────────────────────────────────────────────────────────────────────────────


def _misses(evaluation: Evaluation) -> Iterator[Miss]:
    for outcome in evaluation.outcomes:
        for group in outcome.missed:
            yield _miss(outcome, group, outcome.question.id in evaluation.unfound_evidence)


def _miss(outcome: Outcome, group: int, unfound: bool) -> Miss:
    golds = tuple(outcome.question.gold[i] for i in outcome.question.gold_groups[group])
    standing = outcome.standings[group]
    on_page = outcome.page_ranks[group]
    reason = _reason(standing, on_page, unfound)
    return Miss(outcome, golds, standing, reason, outcome.found[:SHOWN])


def _reason(standing: Standing, on_page: int | None, unfound: bool) -> str:
    """Which ranking lost the section, in plain words."""
    if standing.final is None and unfound:
        return "The evidence stands in no section of this edition: is the question file right?"
    if standing.final is None:
        return "Neither ranking reaches the section: the question shares no words or sense with it."
    near = on_page is not None and on_page <= MISSED_BEYOND
    place = "The right page was found, another section of it stands higher. " if near else ""
    return place + _seen_by(standing)


def _seen_by(standing: Standing) -> str:
    dense, sparse = standing.dense, standing.sparse
    if sparse is None:
        return "Only the ranking by meaning sees it: the section uses other words."
    if dense is None:
        return "Only the ranking by words sees it: its sense is about something else."
    if min(dense, sparse) > MISSED_BEYOND:
        return "Both rankings see it, neither near the top."
    better = "words" if sparse < dense else "meaning"
    return f"The ranking by {better} has it near the top, the other one holds it down."

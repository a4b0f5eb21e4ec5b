"""The figures of a run."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from retrieval.evaluate.outcome import Outcome

CUTS = (1, 5, 10)
METRICS = (
    *(f"section_recall@{cut}" for cut in CUTS),
    *(f"page_recall@{cut}" for cut in CUTS),
    "mrr",
    "answerable_auroc",
    "refusal_recall",
    "refusal_precision",
    "wrongly_refused",
    "search_p50_ms",
    "search_p95_ms",
)
LOWER_IS_BETTER = frozenset({"wrongly_refused", "search_p50_ms", "search_p95_ms"})

Metrics = dict[str, float]


def figures_of(outcomes: Sequence[Outcome]) -> Metrics:
    """Each figure that the outcomes allow; a set without unanswerable questions has no AUROC."""
    golden = [outcome for outcome in outcomes if outcome.question.gold_groups]
    figures: Metrics = {"questions": len(outcomes)}
    if golden:
        figures |= _recall(golden)
    figures |= _refusal(outcomes)
    waits = [outcome.milliseconds for outcome in outcomes]
    p50, p95 = np.percentile(waits, [50, 95])
    return figures | {"search_p50_ms": float(p50), "search_p95_ms": float(p95)}


def _recall(outcomes: Sequence[Outcome]) -> Metrics:
    """Recall: the share of satisfied groups, averaged over questions. MRR: of the first one."""
    figures = {}
    for name, ranks in (
        ("section", [outcome.section_ranks for outcome in outcomes]),
        ("page", [outcome.page_ranks for outcome in outcomes]),
    ):
        for cut in CUTS:
            figures[f"{name}_recall@{cut}"] = fmean(
                fmean(rank is not None and rank <= cut for rank in groups) for groups in ranks
            )
    figures["mrr"] = fmean(
        max((1 / rank for rank in outcome.section_ranks if rank), default=0.0)
        for outcome in outcomes
    )
    return figures


def _refusal(outcomes: Sequence[Outcome]) -> Metrics:
    """Precision and recall of refusing, the share wrongly refused, and the AUROC behind them."""
    unanswerable = [o for o in outcomes if o.question.expect == "refuse"]
    answerable = [o for o in outcomes if o.question.expect == "answer"]
    refused = [o for o in outcomes if o.refused]
    figures = {}
    if answerable:
        figures["wrongly_refused"] = fmean(o.refused for o in answerable)
    if unanswerable:
        figures["refusal_recall"] = fmean(o.refused for o in unanswerable)
    if unanswerable and refused:
        figures["refusal_precision"] = fmean(o.question.expect == "refuse" for o in refused)
    if answerable and unanswerable:
        figures["answerable_auroc"] = auroc(
            [o.answerable for o in answerable], [o.answerable for o in unanswerable]
        )
    return figures


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that a positive scores above a negative, a tie counting half."""
    above = np.subtract.outer(np.asarray(positive), np.asarray(negative))
    return float(np.mean((above > 0) + 0.5 * (above == 0)))

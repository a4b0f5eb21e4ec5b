"""The figures of a run, and the bounds that an author sets for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from retrieval.errors import QuestionsError
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


# ── thresholds ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric and its bound: at least ``bound``, or at most for times and wrong refusals."""

    metric: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """From ``METRIC=VALUE``; ``recall@5`` is short for ``section_recall@5``.

        Raises ``QuestionsError`` for text of another form and for an unknown metric.
        """
        name, _, value = text.partition("=")
        metric = f"section_{name}" if name.startswith("recall@") else name
        if metric not in METRICS:
            raise QuestionsError(f"There is no metric {name!r}.", f"Known: {', '.join(METRICS)}.")
        try:
            return cls(metric, float(value))
        except ValueError:
            raise QuestionsError(f"{text!r} is not METRIC=VALUE, such as recall@5=0.8.") from None

    def missed(self, metrics: Metrics) -> bool:
        """Raises ``QuestionsError`` when the questions of the run do not give that figure."""
        if self.metric not in metrics:
            raise QuestionsError(f"These questions give no {self.metric}.")
        figure = metrics[self.metric]
        return figure > self.bound if self.metric in LOWER_IS_BETTER else figure < self.bound

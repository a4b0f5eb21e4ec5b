"""How good judgements are: the figures of ``evaluate_grounding``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chat.evaluate.examples import LABELS
from chat.evaluate.judging import Judged
from chat.verdict import Verdict

CALIBRATION_BINS = 10


@dataclass(slots=True)
class Report:
    """Figures over all examples, by type, and how often a support of each size was right."""

    metrics: dict[str, float]
    types: list[dict[str, Any]] = field(default_factory=list)
    calibration: list[dict[str, float]] = field(default_factory=list)


def report(judged: Sequence[Judged]) -> Report:
    """AUROC and balanced accuracy of supported against unsupported, precision and recall of what
    a strict book shows, calibration, and the share shown of each type."""
    claims = [item for item in judged if item.label != "not_a_claim"]
    silent = [item for item in judged if item.label == "not_a_claim"]
    good = [item for item in claims if item.label == "supported"]
    bad = [item for item in claims if item.label == "unsupported"]
    shown = [item for item in claims if item.shown]
    bins = reliability(
        [item.score for item in claims], [item.label == "supported" for item in claims]
    )
    return Report(
        metrics={
            "n": len(judged),
            "base_rate": _share(len(good), len(claims)),
            "auroc": auroc(_scores(good), _scores(bad)),
            "auroc_with_partly": auroc(
                _scores(good), _scores([item for item in claims if item.label != "supported"])
            ),
            "balanced_accuracy": (_shown_share(good) + 1 - _shown_share(bad)) / 2,
            "precision": _share(sum(item.label == "supported" for item in shown), len(shown)),
            "recall": _shown_share(good),
            "unsupported_shown": _shown_share([i for i in claims if i.label != "supported"]),
            "not_a_claim_recall": _share(
                sum(item.verdict is Verdict.NOT_A_CLAIM for item in silent), len(silent)
            ),
            "calibration_error": calibration_error(bins),
            **_times("ms", [item.ms for item in judged]),
            **_times("cpu_ms", [item.cpu_ms for item in judged]),
            **_times("cold_ms", [item.cold_ms for item in judged]),
        },
        types=_types(judged),
        calibration=bins,
    )


def _times(name: str, found: Sequence[float]) -> dict[str, float]:
    ordered = sorted(found)
    return {f"{name}_p50": _quantile(ordered, 0.5), f"{name}_p95": _quantile(ordered, 0.95)}


def reliability(supports: Sequence[float], labels: Sequence[bool]) -> list[dict[str, float]]:
    """Ten equal bins of support: how many claims, their mean support, the share supported."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(CALIBRATION_BINS)]
    for support, label in zip(supports, labels, strict=True):
        bins[min(int(support * CALIBRATION_BINS), CALIBRATION_BINS - 1)].append((support, label))
    return [
        {
            "from": number / CALIBRATION_BINS,
            "n": len(found),
            "support": _share(sum(support for support, _ in found), len(found)),
            "supported": _share(sum(label for _, label in found), len(found)),
        }
        for number, found in enumerate(bins)
        if found
    ]


def calibration_error(bins: Sequence[dict[str, float]]) -> float:
    """The expected calibration error (Guo et al. 2017): the mean gap of the bins, by size."""
    count = sum(one["n"] for one in bins)
    gaps = sum(one["n"] * abs(one["support"] - one["supported"]) for one in bins)
    return gaps / count if count else 0.0


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores above a negative, ties counted half (Mann-Whitney U).

    0.5 if one of the two is empty.
    """
    if not positive or not negative:
        return 0.5
    ordered = sorted([(score, 1) for score in positive] + [(score, 0) for score in negative])
    rank_sum, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        rank = (at + 1 + end) / 2
        rank_sum += rank * sum(is_positive for _, is_positive in ordered[at:end])
        at = end
    wins = rank_sum - len(positive) * (len(positive) + 1) / 2
    return wins / (len(positive) * len(negative))


def _types(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    good = _scores([item for item in judged if item.label == "supported"])
    groups: dict[tuple[int, str], list[Judged]] = defaultdict(list)
    for item in judged:
        groups[LABELS.index(item.label), item.type].append(item)
    return [
        {
            "label": LABELS[label],
            "type": kind,
            "n": len(items),
            "auroc": _auroc_against(good, LABELS[label], items),
            "shown": round(_shown_share(items), 4),
            "mean_support": round(sum(item.support for item in items) / len(items), 4),
        }
        for (label, kind), items in sorted(groups.items())
    ]


def _auroc_against(good: list[float], label: str, items: Sequence[Judged]) -> float | None:
    """How well the supported are told from one type of the others; nothing for types of claims
    that are not to be told apart."""
    if label in ("supported", "not_a_claim") or not good:
        return None
    return round(auroc(good, _scores(items)), 4)


def _scores(items: Sequence[Judged]) -> list[float]:
    return [item.score for item in items]


def _shown_share(items: Sequence[Judged]) -> float:
    return _share(sum(item.shown for item in items), len(items))


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0

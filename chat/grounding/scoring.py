"""From features to a support in 0..1: a logistic regression small enough to read.

The weights were fitted, each held to the sign that common sense expects, to a mixture of sentences
written by hand as answers, sentences of books against those of neighbouring pages, Wikipedia
claims (WiCE) and adversarial near-misses; the first two count most, because most real errors are
not adversarial. Heavy paraphrases were left out: words alone cannot tell them from inventions.
"""

from __future__ import annotations

import math
from typing import Final

from chat.grounding.features import Features

SUPPORTED_AT: Final = 0.5
"""Support from which a claim without missing details and clashes counts as supported."""

DOUBTFUL: Final = (0.4, 0.6)
"""Supports between which the meaning of whole sentences is compared as well."""

_BIAS: Final = -2.5
_WEIGHTS: Final = {
    "window": 1.12,
    "single": 1.37,
    "clauses": 1.26,
    "weakest_clause": 0.8,
    "novel": -0.63,
    "missing_number": -1.5,
    "missing_identifier": -1.4,
    "missing_name": -0.66,
    "counted": -0.29,
    "astray": -0.29,
    "negated": -1.09,
    "opposites": -0.3,
    "stronger": -0.61,
}
_SIMILARITY_WEIGHT: Final = 1.8
_TYPICAL_SIMILARITY: Final = 0.62  # of claims that their words leave in doubt


def inputs(features: Features) -> dict[str, float]:
    """The numbers that the regression weighs, each in 0..1."""
    details, polarity = features.details, features.polarity
    return {
        "window": features.window,
        "weakest_clause": features.weakest_clause,
        "clauses": features.clauses,
        "novel": min(features.novel, 6) / 6,
        "missing_number": float(bool(details.numbers)),
        "missing_identifier": float(bool(details.identifiers)),
        "missing_name": float(bool(details.names)),
        "counted": float(bool(details.counted)),
        "astray": min(details.astray, 3) / 3,
        "negated": float(bool(polarity.negated)),
        "opposites": float(bool(polarity.opposites)),
        "stronger": min(polarity.stronger, 2) / 2,
        "single": features.single,
    }


def support(features: Features, similarity: float | None = None) -> float:
    """How likely the passages support the claim, in 0..1.

    ``similarity`` is the cosine between the claim and its closest evidence, where it was asked for.
    """
    logit = _BIAS + sum(_WEIGHTS[name] * value for name, value in inputs(features).items())
    if similarity is not None:
        logit += _SIMILARITY_WEIGHT * (similarity - _TYPICAL_SIMILARITY)
    return 1.0 / (1.0 + math.exp(-logit))


def is_doubtful(value: float) -> bool:
    return DOUBTFUL[0] <= value <= DOUBTFUL[1]

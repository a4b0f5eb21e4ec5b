"""From features to a calibrated support in 0..1: a logistic regression small enough to read.

Its weights are in ``weights/judge/judge.json``. They were fitted by ``weights/judge/fit.py``, each
held to the sign that common sense expects, to a mixture of natural and adversarial sentences, and
the threshold was chosen on documents that they had not seen.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings

from chat.errors import ChatError
from chat.grounding.features import Features

FOLDER: Final = "judge"
FILE: Final = "judge.json"
FORMAT: Final = 1

RULED_OUT: Final = 0.15
"""Support by words alone below which a claim is not encoded: one in six claims, no figure moves."""


class JudgeWeightsError(ChatError):
    """The judge's weights are missing, damaged, or of another version of ragbook."""

    code = "judge_weights"


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression: a claim is supported from ``threshold`` on."""

    bias: float
    weights: Mapping[str, float]
    threshold: float

    def probability(self, inputs: Mapping[str, float]) -> float:
        logit = self.bias + sum(weight * inputs[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-logit))


@dataclass(frozen=True, slots=True)
class Weights:
    """``version`` names the fit. ``words`` judges without an encoder, ``contextual`` with one."""

    version: str
    words: Regression
    contextual: Regression

    def regression(self, features: Features) -> Regression:
        return self.words if features.soft is None else self.contextual


def support(features: Features) -> float:
    """How likely the passages support the claim, in 0..1. Raises :class:`JudgeWeightsError`."""
    return weights().regression(features).probability(inputs(features))


def is_ruled_out(features: Features) -> bool:
    """Whether the words alone say that the claim is hardly supported."""
    return support(features) < RULED_OUT


def is_supported(features: Features, value: float) -> bool:
    """Whether a support is high enough to show the claim as proved."""
    return value >= weights().regression(features).threshold


def inputs(features: Features) -> dict[str, float]:
    """The numbers that the regression weighs, each in -1..1.

    A clash with the evidence counts as far as the evidence is about the claim at all.
    """
    details, polarity = features.details, features.polarity
    found = {
        "clauses": features.clauses,
        "weakest_clause": features.weakest_clause,
        "novel": min(features.novel, 6) / 6,
        "missing_number": _saturated(len(details.numbers)),
        "missing_identifier": _saturated(len(details.identifiers) + len(details.misplaced)),
        "missing_name": _saturated(len(details.names)),
        "counted": float(bool(details.counted)),
        "negated": features.window * bool(polarity.negated),
        "opposites": features.window * bool(polarity.opposites),
        "stronger": features.window * min(polarity.stronger, 2) / 2,
        "denying": features.window * polarity.denying,
        "exchanged": features.window * polarity.exchanged,
    }
    if soft := features.soft:
        found |= {
            "soft_pair": soft.pair,
            "soft_lowest": soft.lowest,
            "similarity": soft.similarity,
        }
    return found


def _saturated(count: int) -> float:
    """0, 0.5, 0.75 …: the first missing detail says most."""
    return 1.0 - 0.5**count


def weights() -> Weights:
    """The fitted weights, read once per process. Raises :class:`JudgeWeightsError`."""
    return _read(settings.RAGBOOK_WEIGHTS)


@cache
def _read(folder: str | Path) -> Weights:
    path = Path(folder) / FOLDER / FILE
    try:
        stored = json.loads(path.read_text("utf-8"))
        if stored["format"] != FORMAT:
            raise JudgeWeightsError(f"{path} has format {stored['format']}, not {FORMAT}")
        words, contextual = (Regression(**stored[name]) for name in ("words", "contextual"))
        return Weights(stored["version"], words, contextual)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JudgeWeightsError(f"the judge's weights in {path} cannot be used: {error}") from error

"""Whether the passages found answer the question, before any answer is written.

A logistic regression on four signals, all by-products of the search:

- similarity: the best cosine between the question and a passage;
- lead: how far that is above the twentieth best, for a question that the book does not answer is
  about equally far from many passages;
- match: the best BM25 score as a share of the highest possible for these terms, so that terms
  that the book does not know count against it;
- denial: the question asks what is *not* so, and the best passage denies nothing. Neither vectors
  nor term weights see a "not". (English words; in other languages it stays silent.)

How the weights were fitted and what they reach stands in ``docs/retrieval.md``. A question whose
answer only seems to be there passes often; judging the answer's sentences tells that one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import exp
from typing import NamedTuple

from retrieval.embeddings import SparseVector
from retrieval.index import Hit
from retrieval.lexicon import BM25_CEILING
from retrieval.passages import Passage

ANSWERABLE_THRESHOLD = 0.5
FIELD = 20
DENIAL = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|neither|nor|without|cannot)\b|n['’]t\b", re.IGNORECASE
)
DENYING = re.compile(
    rf"{DENIAL.pattern}|\b(?:fail\w*|unable|except|unlike|instead|lacks?|missing)\b", re.IGNORECASE
)


class Signals(NamedTuple):
    """What speaks for and against an answer."""

    similarity: float
    lead: float
    match: float
    denial: float


WEIGHTS = Signals(similarity=8.0, lead=9.0, match=3.5, denial=-2.0)
BIAS = -6.81


def answerability(
    question: str, hits: Sequence[Hit], terms: SparseVector, passages: Sequence[Passage]
) -> float:
    """The estimate in 0..1 from the hits of a search, its weighted terms and best passages."""
    found = signals(question, hits, terms, passages)
    if found.similarity <= 0:
        return 0.0
    logit = sum(weight * signal for weight, signal in zip(WEIGHTS, found, strict=True)) + BIAS
    return 1 / (1 + exp(-logit))


def signals(
    question: str, hits: Sequence[Hit], terms: SparseVector, passages: Sequence[Passage]
) -> Signals:
    """The four signals; without any hit all are zero but, perhaps, the denial."""
    cosines = sorted((hit.dense for hit in hits if hit.dense is not None), reverse=True) or [0.0]
    return Signals(
        similarity=cosines[0],
        lead=cosines[0] - cosines[:FIELD][-1],
        match=_match(hits, terms),
        denial=float(_denies_alone(question, passages)),
    )


def _match(hits: Sequence[Hit], terms: SparseVector) -> float:
    possible = BM25_CEILING * float(terms.values.sum())
    best = max((hit.sparse for hit in hits if hit.sparse is not None), default=0.0)
    return best / possible if possible else 0.0


def _denies_alone(question: str, passages: Sequence[Passage]) -> bool:
    if not DENIAL.search(question):
        return False
    return not any(DENYING.search(passage.text) for passage in passages[:1])

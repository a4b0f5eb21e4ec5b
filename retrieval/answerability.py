"""Whether the passages found answer the question, before any answer is written.

A logistic regression on three signals, all by-products of the search:

- similarity: the best cosine between the question and a passage;
- lead: how far that is above the twentieth best, for a question that the book does not answer is
  about equally far from many passages;
- match: the best BM25 score as a share of the highest possible for these terms, so that terms
  that the book does not know count against it.

The weights were fitted on 61 questions about the ROS 2 documentation, 15 of them not answered by
it, both classes given equal weight. Fitted on all questions but one and asked about that one, the
AUROC is 0.98; the signals alone have 0.92, 0.96 and 0.92. Carried over unchanged to other texts
(Wikipedia articles, a speech, medical abstracts), 89 to 92 in 100 answerable questions pass, and
95 to 100 in 100 questions about other texts do not. A question whose answer only seems to be there
passes too; judging the answer's sentences tells that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

from retrieval.embeddings import SparseVector
from retrieval.index import Hit
from retrieval.lexicon import BM25_CEILING

SIMILARITY, LEAD, MATCH, BIAS = 5.73, 13.79, 3.95, -6.45
ANSWERABLE_THRESHOLD = 0.5
FIELD = 20


def answerability(hits: Sequence[Hit], terms: SparseVector) -> float:
    """The estimate in 0..1 from all hits of a search and the weighted terms of its query."""
    cosines = sorted((hit.dense for hit in hits if hit.dense is not None), reverse=True)
    if not cosines:
        return 0.0
    lead = cosines[0] - cosines[:FIELD][-1]
    logit = SIMILARITY * cosines[0] + LEAD * lead + MATCH * _match(hits, terms) + BIAS
    return 1 / (1 + exp(-logit))


def _match(hits: Sequence[Hit], terms: SparseVector) -> float:
    possible = BM25_CEILING * float(terms.values.sum())
    best = max((hit.sparse for hit in hits if hit.sparse is not None), default=0.0)
    return best / possible if possible else 0.0

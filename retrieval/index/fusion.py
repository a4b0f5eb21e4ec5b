"""Two rankings become one, in one place for both engines.

Qdrant could fuse on its side, but its engines differ in defaults and break ties each in their own
way, and they return the fused score alone, while search also needs the cosine similarity and the
BM25 score to estimate whether the book answers. Fusing here makes both engines answer alike.

The method is a convex combination of normalised scores (Bruch, Gai and Ingber, "An Analysis of
Fusion Functions for Hybrid Retrieval", ACM TOIS 2023). Unlike reciprocal rank fusion it keeps how
far ahead the first hit is, so a passage that alone holds a rare term stays on top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from retrieval.index.interface import Hit

Ranking = Sequence[tuple[int, float]]
"""Chunk ids with their scores, best first."""

DENSE_WEIGHT = 0.5


def fused(dense: Ranking, sparse: Ranking) -> list[Hit]:
    """The hits of both rankings, best first; scores lie in 0..1. Ties go to the lower id."""
    near, matching = _relative_to_floor(dense), _relative_to_best(sparse)
    cosine, bm25 = dict(dense), dict(sparse)
    hits = [
        Hit(
            chunk_id,
            DENSE_WEIGHT * near.get(chunk_id, 0.0)
            + (1 - DENSE_WEIGHT) * matching.get(chunk_id, 0.0),
            cosine.get(chunk_id),
            bm25.get(chunk_id),
        )
        for chunk_id in sorted(cosine.keys() | bm25)
    ]
    return sorted(hits, key=attrgetter("score"), reverse=True)  # stable: ties keep their order


def _relative_to_floor(ranking: Ranking) -> Mapping[int, float]:
    """Cosines stretched to 0..1. The floor is the last one, but never above half the best.

    Without that bound, two passages of a short page that differ by 0.01 would get 1 and 0.
    """
    if not ranking or ranking[0][1] <= 0:
        return {}
    best = ranking[0][1]
    floor = min(ranking[-1][1], best / 2)
    return {chunk_id: max(0.0, score - floor) / (best - floor) for chunk_id, score in ranking}


def _relative_to_best(ranking: Ranking) -> Mapping[int, float]:
    """BM25 scores as shares of the best one; BM25 has a true zero."""
    if not ranking or ranking[0][1] <= 0:
        return {}
    best = ranking[0][1]
    return {chunk_id: score / best for chunk_id, score in ranking}

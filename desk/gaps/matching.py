"""Which gap a cluster is: rows keep their identity when everything is clustered anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from desk.gap import Gap
from desk.gaps.clustering import Floats

SAME: Final = 0.8
"""Cosine of two middles from which they are one gap, though they share no question any more."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster by its questions' answers, its middle (a unit vector) and what encoded it."""

    answers: frozenset[UUID]
    vector: Floats
    encoder: str


@dataclass(frozen=True, slots=True)
class Known:
    """A gap that there is, with the answers that were its questions."""

    gap: Gap
    answers: frozenset[UUID]


def matched(clusters: Sequence[Cluster], known: Sequence[Known]) -> dict[int, Gap]:
    """The gap of each cluster that is one already, by the cluster's place.

    Pairs that share most questions are matched first, then those whose middles are nearest.
    """
    pairs = [
        (likeness, place, gap)
        for place, cluster in enumerate(clusters)
        for gap in known
        if (likeness := _likeness(cluster, gap))
    ]
    taken: dict[int, Gap] = {}
    used: set[int] = set()
    for _, place, pair in sorted(pairs, key=lambda pair: (pair[0], -pair[1]), reverse=True):
        if place not in taken and pair.gap.pk not in used:
            taken[place] = pair.gap
            used.add(pair.gap.pk)
    return taken


def _likeness(cluster: Cluster, known: Known) -> tuple[int, float] | None:
    """How many questions both have, and the cosine of their middles; ``None``: not the same."""
    shared = len(cluster.answers & known.answers)
    cosine = 0.0
    if cluster.encoder == known.gap.encoder:
        cosine = float(cluster.vector @ np.frombuffer(known.gap.vector, "<f4"))
    return (shared, cosine) if shared or cosine >= SAME else None

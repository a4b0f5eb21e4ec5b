"""Questions that mean the same, by the distances of their vectors.

scikit-learn takes a second to import and a hundred megabytes of memory. It is imported when
questions are clustered, which commands and the worker do and no process that serves readers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

APART: Final = 0.42
"""Mean cosine distance from which two groups of questions are about different things. In the middle
of the range in which the paraphrases of ``benchmarks/paraphrases`` fall together just so."""


def clusters(vectors: Floats) -> list[NDArray[np.int64]]:
    """The rows of ``vectors`` (n, dimension; unit length) in groups, the largest first.

    Average linkage: unlike density-based methods it leaves no question out, and gives the same
    groups for the same questions in whatever order they come.
    """
    if len(vectors) < 2:
        return [np.arange(len(vectors))] if len(vectors) else []
    from sklearn.cluster import AgglomerativeClustering  # see above

    grouping = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=APART
    )
    labels = grouping.fit_predict(vectors)
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return sorted(groups, key=lambda rows: (-len(rows), int(rows[0])))


def middle(vectors: Floats, weights: Floats) -> Floats:
    """The unit vector of the weighted mean of the rows."""
    mean = np.asarray(weights @ vectors, np.float32)
    return mean / np.float32(np.linalg.norm(mean) or 1)

"""Cosines between a claim and passages, with the vectors of passages kept for everybody."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from threading import Lock
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]
Vectors: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors, one row each."""

CACHED_VECTORS: Final = 8_192  # about 12 MB of 384 dimensions


class VectorCache:
    """The least recently used vectors of texts, shared by all threads of the process."""

    def __init__(self, size: int = CACHED_VECTORS) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[Hashable, str], Vector] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, texts: Sequence[str], vectors: Vectors) -> NDArray[np.float32]:
        """One row for each text; only texts that are not kept are embedded, in one call."""
        model = _model(vectors)
        with self._lock:
            known = {text: self._get((model, text)) for text in texts}
        unknown = [text for text, vector in known.items() if vector is None]
        if unknown:
            fresh = vectors(unknown)
            known.update(zip(unknown, fresh, strict=True))
            with self._lock:
                for text, vector in zip(unknown, fresh, strict=True):
                    self._put((model, text), vector)
        return np.stack([vector for text in texts if (vector := known[text]) is not None])

    def _get(self, key: tuple[Hashable, str]) -> Vector | None:
        vector = self._kept.get(key)
        if vector is not None:
            self._kept.move_to_end(key)
        return vector

    def _put(self, key: tuple[Hashable, str], vector: Vector) -> None:
        self._kept[key] = vector
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)


def similarity(claim: str, evidence: Sequence[str], vectors: Vectors) -> float:
    """The highest cosine between the claim and a piece of evidence."""
    rows = _cache.of([claim, *evidence], vectors)
    return float((rows[1:] @ rows[0]).max())


def _model(vectors: Vectors) -> Hashable:
    """What tells two embedding models apart, although each answer binds its own function."""
    if isinstance(vectors, partial):
        return vectors.func, vectors.args, tuple(sorted(vectors.keywords.items()))
    return vectors


_cache = VectorCache()

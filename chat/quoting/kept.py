"""Vectors of sentences that were encoded before: readers of one book are offered the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from threading import Lock
from typing import Final

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from chat.quoting.scores import Vectors
from retrieval.search import sentence_vectors

MOST_KEPT: Final = 16_384
"""Sentences whose vectors are kept: 13 MB of 384 half-precision numbers each."""


class KeptVectors:
    """``encode``, asked only for texts that it was not asked for lately. Safe in any thread."""

    def __init__(self, encode: Vectors, most: int = MOST_KEPT) -> None:
        self._encode = encode
        self._kept: LRUCache[str, NDArray[np.float16]] = LRUCache(most)
        self._lock = Lock()

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors in the order of the texts, (len(texts), dimension), of half precision.

        Raises what ``encode`` raises.
        """
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        if unknown := [text for text in dict.fromkeys(texts) if text not in known]:
            fresh = dict(zip(unknown, self._encode(unknown).astype(np.float16), strict=True))
            known |= fresh
            self._keep(fresh)
        return np.stack([known[text] for text in texts]).astype(np.float32)

    def _keep(self, fresh: dict[str, NDArray[np.float16]]) -> None:
        with self._lock:
            for text, vector in fresh.items():
                self._kept[text] = vector.copy()  # a row alone would keep its whole batch


@cache
def kept_vectors(embedding: str) -> KeptVectors:
    """The sentences of the named encoder, shared by all answers of the process."""
    return KeptVectors(partial(sentence_vectors, embedding))

"""What an encoder is, and the numbers that encoders give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

BATCH_TEXTS = 64

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """A text encoder. Safe to call from several threads at once."""

    @property
    def name(self) -> str:
        """``bundled``, ``fastembed:<model>`` or ``openai:<model>``."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors in the order of the texts, (len(texts), dimension)."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """The unit vector of a question, (dimension,)."""
        ...


class TokenVectors(NamedTuple):
    """A text's tokens without the model's own start and end marks."""

    spans: NDArray[np.int64]  # (tokens, 2): where each begins and ends in the text, in characters
    vectors: Vectors  # (tokens, dimension), unit length


class SparseVector(NamedTuple):
    """Term weights: ``indices`` ascend and are unique hashes of word stems."""

    indices: NDArray[np.uint32]
    values: Vectors


def unit(vectors: NDArray[Any]) -> Vectors:
    """Rows scaled to length one; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)

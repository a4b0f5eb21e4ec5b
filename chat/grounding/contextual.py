"""Soft alignment: how near each word of a claim comes to a word of the passages, in its context.

Each token of the claim is compared with all tokens of a sentence by the cosine of their contextual
vectors and keeps the best, as in BERTScore (Zhang et al. 2020), and rare words weigh more. So a
paraphrase is near its original, and a word in another sense is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, Protocol, TypeAlias

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from chat.grounding.alignment import Alignment, Place
from chat.grounding.terms import read_words

Floats: TypeAlias = NDArray[np.float32]
HalfFloats: TypeAlias = NDArray[np.float16]

CACHED_TOKENS: Final = 40_000
"""Tokens of sentences whose vectors are kept: 31 MB of 384 half-precision numbers each."""

SENTENCES: Final = 2
"""Sentences of the passages that a claim is compared with: those that share most words with it."""

LOWEST: Final = 0.25
"""Share of the claim's weight, its worst aligned words, that ``Soft.lowest`` is the mean of."""

MAX_CHARACTERS: Final = 800  # of a sentence, so that one long line does not cost as much as ten
_FUNCTION_WORD: Final = 0.05


class TokenVectors(Protocol):
    """A text's tokens: ``spans`` (tokens, 2) in characters, ``vectors`` (tokens, d) of length 1."""

    @property
    def spans(self) -> NDArray[np.int64]: ...

    @property
    def vectors(self) -> Floats: ...


Encode: TypeAlias = Callable[[Sequence[str]], Sequence[TokenVectors]]
"""Texts to the contextual vectors of their tokens."""


@dataclass(frozen=True, slots=True)
class Soft:
    """Soft alignment of a claim, each in -1..1.

    ``pair`` is the weighted mean over the claim's tokens against the best sentence and the one
    that adds most to it, ``lowest`` that of the worst aligned quarter there. ``similarity`` is the
    highest cosine between the means of the claim's and of a sentence's token vectors.
    """

    pair: float = 0.0
    lowest: float = 0.0
    similarity: float = 0.0


class TokenCache:
    """The token vectors of the least recently used sentences, shared by all threads."""

    def __init__(self, tokens: int = CACHED_TOKENS) -> None:
        self._kept: LRUCache[tuple[Encode, str], HalfFloats] = LRUCache(tokens, getsizeof=len)
        self._lock = Lock()

    def of(self, texts: Sequence[str], encode: Encode) -> list[Floats]:
        """The token vectors of each text; those that are not kept are encoded in one call."""
        with self._lock:
            known = {text: self._kept.get((encode, text)) for text in texts}
        unknown = [text for text, rows in known.items() if rows is None]
        if unknown:
            fresh = [item.vectors.astype(np.float16) for item in encode(unknown)]
            known.update(zip(unknown, fresh, strict=True))
            self._keep(unknown, fresh, encode)
        return [rows.astype(np.float32) for text in texts if (rows := known[text]) is not None]

    def _keep(self, texts: Sequence[str], rows: Sequence[HalfFloats], encode: Encode) -> None:
        with self._lock:
            for text, vectors in zip(texts, rows, strict=True):
                if len(vectors) <= self._kept.maxsize:
                    self._kept[encode, text] = vectors


def keep(places: Sequence[Place], alignment: Alignment, encode: Encode) -> None:
    """Encode the sentences at ``places`` now, for claims to come."""
    _cache.of(_sentences(places, alignment), encode)


def align(text: str, places: Sequence[Place], alignment: Alignment, encode: Encode) -> Soft:
    """Compare the claim ``text`` with the sentences at ``places``. A quote needs no encoder."""
    sentences = _sentences(places, alignment)
    if text and any(text in sentence for sentence in sentences):
        return Soft(1.0, 1.0, 1.0)
    (claim,) = encode([text[:MAX_CHARACTERS]])
    found = [rows for rows in _cache.of(sentences, encode) if len(rows)]
    if not found or not len(claim.vectors):
        return Soft()
    weights = _weights(text, claim.spans, alignment)
    nearest = np.stack([(claim.vectors @ rows.T).max(axis=1) for rows in found])
    joined = np.maximum(nearest, nearest[(nearest @ weights).argmax()])
    both = joined[(joined @ weights).argmax()]
    return Soft(
        pair=float(both @ weights),
        lowest=_lowest(both, weights),
        similarity=max(_cosine(claim.vectors, rows) for rows in found),
    )


def _sentences(places: Sequence[Place], alignment: Alignment) -> list[str]:
    return [alignment.segment(place).text[:MAX_CHARACTERS] for place in places]


def _weights(text: str, spans: NDArray[np.int64], alignment: Alignment) -> Floats:
    """The share of each token in the claim: that of its word, which its tokens divide."""
    weights = np.full(len(spans), _FUNCTION_WORD, np.float32)
    for word in read_words(text):
        inside = (spans[:, 0] >= word.start) & (spans[:, 0] < word.end)
        weights[inside] = max(map(alignment.weight, word.terms)) / max(inside.sum(), 1) ** 0.5
    share: Floats = weights / weights.sum()
    return share


def _lowest(nearest: Floats, weights: Floats) -> float:
    """The weighted mean over the worst tokens that make up ``LOWEST`` of the weight."""
    order = nearest.argsort()
    worst = order[: int(np.searchsorted(weights[order].cumsum(), LOWEST)) + 1]
    return float(np.average(nearest[worst], weights=weights[worst]))


def _cosine(one: Floats, other: Floats) -> float:
    """The cosine between the means of two texts' token vectors."""
    first, second = one.mean(axis=0), other.mean(axis=0)
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))


_cache = TokenCache()

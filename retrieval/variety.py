"""Different evidence before more of the same: a passage that repeats a better one moves down.

Books say things twice: installation steps on every page, the same example in two languages, one
section cut into several chunks. A reader's answer is drawn from few passages, so each should add
something. The method is maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) with the
share of common words (Jaccard, as Broder 1997 tells near-duplicates) as the similarity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from retrieval.passages import Found

REDUNDANCY = 0.3
"""What a passage loses when a better one has all its words; scores of a search span about 1."""

WORD = re.compile(r"\w+")


def varied(found: Sequence[Found]) -> tuple[Found, ...]:
    """The same passages, each scored by what it adds to those before it, best first."""
    shared = overlaps([hit.passage.text for hit in found])
    scores = np.array([hit.score for hit in found])
    repeated = np.zeros(len(found))
    chosen: list[Found] = []
    for _ in found:
        gains = scores - REDUNDANCY * repeated
        best = int(gains.argmax())
        chosen.append(replace(found[best], score=float(gains[best])))
        np.maximum(repeated, shared[best], out=repeated)
        scores[best] = -np.inf
    return tuple(chosen)


def overlaps(texts: Sequence[str]) -> NDArray[np.float64]:
    """The share of all their words that each two texts have in common, 0..1: (texts, texts)."""
    words = _incidence([_words(text) for text in texts])
    common = np.bitwise_count(words[:, None] & words).sum(axis=-1, dtype=np.int64)
    counts = common.diagonal()
    either = counts[:, None] + counts - common
    return np.asarray(common / np.maximum(either, 1))


def _incidence(texts: Sequence[NDArray[np.int64]]) -> NDArray[np.uint8]:
    """A row of bits for each text: which of the words of all texts it has."""
    if not texts:
        return np.zeros((0, 0), np.uint8)
    different, places = np.unique(np.concatenate(texts), return_inverse=True)
    rows = np.repeat(np.arange(len(texts)), [len(words) for words in texts])
    held = np.zeros((len(texts), len(different)), bool)
    held[rows, places] = True
    return np.packbits(held, axis=1)


@lru_cache(maxsize=4_096)
def _words(text: str) -> NDArray[np.int64]:
    """The hash of each different word, which in 64 bits stands for the word."""
    words = set(WORD.findall(text.lower()))
    return np.fromiter(map(hash, words), np.int64, len(words))

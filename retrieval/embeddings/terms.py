"""Texts as the term weights of BM25, by the language's stemmer and stop words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from pathlib import Path

import numpy as np
from mmh3 import hash as murmur
from py_rust_stemmers import SnowballStemmer

from retrieval.embeddings.files import verify
from retrieval.embeddings.interface import SparseVector

STOPWORDS_FOLDER = "bm25"
WORD = re.compile(r"\w+")
LONGEST_WORD = 40
SATURATION, LENGTH_WEIGHT, AVERAGE_LENGTH = 1.2, 0.75, 256
KNOWN_WORDS = 20_000
"""About the vocabulary of a large book: the terms of this many words stay in memory."""

# Snowball's name for a language, by the primary subtag of a BCP 47 tag.
SNOWBALL = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}


class SparseEncoder:
    """The term part of BM25 (Robertson and Zaragoza 2009); the index multiplies by the IDF.

    Terms and weights are those of the model ``Qdrant/bm25``. fastembed's own computes every word
    of a text anew, in which an ingest spent most of the time that is not the other encoder's.
    ``stop_words`` say nothing about a text; they are in lower case.
    """

    def __init__(self, stemmer: SnowballStemmer | None, stop_words: Set[str]) -> None:
        self.stop_words = stop_words
        self._stemmer = stemmer
        self._known = lru_cache(KNOWN_WORDS)(lambda word: tuple(self._terms_in(word)))

    def passages(self, texts: Sequence[str]) -> list[SparseVector]:
        """Saturated, length-normalised term frequencies of each text."""
        return [_saturated(self.terms(text)) for text in texts]

    def query(self, text: str) -> SparseVector:
        """One for each different term; empty when the text holds only stop words."""
        return _sparse_vector(dict.fromkeys(self.terms(text), 1.0))

    def terms(self, text: str) -> list[int]:
        """The hashed stem of each word that is no stop word, in the order of the text."""
        return [term for word in WORD.findall(text) for term in self._known(word)]

    def _terms_in(self, word: str) -> Iterator[int]:
        """None or one, or several of a word that falls apart when it loses its capitals."""
        for part in WORD.findall(word.lower()):
            if part != "_" and part not in self.stop_words and len(part) <= LONGEST_WORD:
                stem = self._stemmer.stem_word(part) if self._stemmer else part
                if stem:
                    yield abs(murmur(stem))


def _saturated(terms: Sequence[int]) -> SparseVector:
    share = LENGTH_WEIGHT * len(terms) / AVERAGE_LENGTH
    damping = SATURATION * (1 - LENGTH_WEIGHT + share)
    return _sparse_vector(
        {
            term: count * (SATURATION + 1) / (count + damping)
            for term, count in Counter(terms).items()
        }
    )


def _sparse_vector(weights: Mapping[int, float]) -> SparseVector:
    indices = np.fromiter(weights, np.uint32, len(weights))
    values = np.fromiter(weights.values(), np.float32, len(weights))
    order = np.argsort(indices)
    return SparseVector(indices[order], values[order])


def open_sparse(snowball: str, weights: Path) -> SparseEncoder:
    """For one of the names in SNOWBALL, or none.

    Raises:
        EmbeddingError: the stop word list is missing or damaged.
    """
    if not snowball:
        return SparseEncoder(None, frozenset())
    return SparseEncoder(SnowballStemmer(snowball), _stopwords(weights, snowball))


def _stopwords(weights: Path, snowball: str) -> set[str]:
    if snowball == "tamil":
        return set()
    verify(weights, STOPWORDS_FOLDER)
    words = (weights / STOPWORDS_FOLDER / f"{snowball}.txt").read_text("utf-8").split()
    return {word.lower() for word in words}

"""Texts as the term weights of BM25, by the language's stemmer and stop words."""

from __future__ import annotations

from collections.abc import Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retrieval.embeddings.files import verify
from retrieval.embeddings.interface import SparseVector

if TYPE_CHECKING:
    from fastembed.sparse.bm25 import Bm25
    from fastembed.sparse.sparse_embedding_base import SparseEmbedding

STOPWORDS_FOLDER = "bm25"

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
    """The term part of BM25 (Robertson and Zaragoza 2009); the index multiplies by the IDF."""

    def __init__(self, model: Bm25) -> None:
        self._model = model

    def passages(self, texts: Sequence[str]) -> list[SparseVector]:
        """Saturated, length-normalised term frequencies of each text."""
        return [_sparse_vector(found) for found in self._model.raw_embed(list(texts))]

    @property
    def stop_words(self) -> Set[str]:
        """The words of the language that say nothing about a text, in lower case."""
        return self._model.stopwords

    def query(self, text: str) -> SparseVector:
        """One for each different term; empty when the text holds only stop words."""
        return _sparse_vector(next(iter(self._model.query_embed(text))))


def _sparse_vector(found: SparseEmbedding) -> SparseVector:
    order = np.argsort(found.indices)
    return SparseVector(
        np.asarray(found.indices[order], np.uint32), np.asarray(found.values[order], np.float32)
    )


def open_sparse(snowball: str, weights: Path) -> SparseEncoder:
    """For one of the names in SNOWBALL, or none.

    Raises:
        EmbeddingError: the stop word list is missing or damaged.
    """
    from fastembed.sparse.bm25 import Bm25

    folder = weights / STOPWORDS_FOLDER
    model = Bm25(
        "Qdrant/bm25",
        cache_dir=str(folder),
        specific_model_path=str(folder),  # nothing is downloaded
        language=snowball or "english",
        disable_stemmer=not snowball,
        stopwords=_stopwords(weights, snowball) if snowball else set(),
    )
    return SparseEncoder(model)


def _stopwords(weights: Path, snowball: str) -> set[str]:
    if snowball == "tamil":
        return set()
    verify(weights, STOPWORDS_FOLDER)
    return set((weights / STOPWORDS_FOLDER / f"{snowball}.txt").read_text("utf-8").split())

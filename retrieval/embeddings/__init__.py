"""The one door to models of search: texts in, unit vectors, BM25 weights or relevance out.

Models are named by where they come from: ``bundled`` (the files in ``weights/``, no network),
``fastembed:<model>`` (downloaded once by fastembed) and ``openai:<model>`` (an OpenAI-compatible
endpoint). A vector is only comparable with vectors of the same name, so editions store the name.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.conf import settings

from retrieval.embeddings.endpoint import OpenAIEmbedder
from retrieval.embeddings.interface import Embedder, SparseVector, TokenVectors
from retrieval.embeddings.local import BUNDLED, LocalEmbedder, open_bundled, open_fastembed
from retrieval.embeddings.reranker import cross_encoder
from retrieval.embeddings.terms import SNOWBALL, SparseEncoder, open_sparse
from retrieval.errors import EmbeddingError

__all__ = [
    "Embedder",
    "SparseEncoder",
    "SparseVector",
    "cross_encoder",
    "embedder",
    "sparse",
    "token_vectors",
]

_making = threading.RLock()


def embedder(name: str) -> Embedder:
    """The encoder of that name, one per process; its weights are read when first used.

    Raises:
        EmbeddingError: the name is unknown, or files are missing or damaged.
    """
    with _making:
        return _embedder(name, Path(settings.RAGBOOK_WEIGHTS))


def token_vectors(texts: Sequence[str]) -> list[TokenVectors]:
    """A contextual vector for each token, from the bundled encoder whatever encodes the book.

    Runs on one thread. A text longer than the model's 256 tokens is cut.

    Raises:
        EmbeddingError: the model's files are missing or damaged.
    """
    with _making:
        model = _bundled(Path(settings.RAGBOOK_WEIGHTS))
    return model.token_vectors(texts)


def sparse(language: str) -> SparseEncoder:
    """The BM25 encoder for a BCP 47 tag such as ``en`` or ``pt-BR``, one per process.

    A language without a Snowball stemmer gets whole words and no stop words.

    Raises:
        EmbeddingError: the stop word list is missing or damaged.
    """
    snowball = SNOWBALL.get(language.split("-")[0].lower(), "")
    with _making:
        return _sparse(snowball, Path(settings.RAGBOOK_WEIGHTS))


@cache
def _embedder(name: str, weights: Path) -> Embedder:
    source, _, model = name.partition(":")
    if name == BUNDLED:
        return _bundled(weights)
    if source == "fastembed" and model:
        return open_fastembed(model)
    if source == "openai" and model:
        return OpenAIEmbedder(model)
    raise EmbeddingError(
        f"Unknown embedding model {name!r}.",
        "Set RAGBOOK_EMBEDDING to bundled, fastembed:<model> or openai:<model>.",
    )


@cache
def _bundled(weights: Path) -> LocalEmbedder:
    return open_bundled(weights)


@cache
def _sparse(snowball: str, weights: Path) -> SparseEncoder:
    return open_sparse(snowball, weights)

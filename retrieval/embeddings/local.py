"""Encoders in this process: the bundled one, and those that fastembed downloads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.embeddings.files import verify
from retrieval.embeddings.interface import BATCH_TEXTS, TokenVectors, Vectors, unit
from retrieval.errors import EmbeddingError

if TYPE_CHECKING:
    from fastembed import TextEmbedding
    from fastembed.text.onnx_text_model import OnnxTextModel

BUNDLED = "bundled"
BUNDLED_MODEL = "ragbook/all-minilm-l6-v2"  # its name in fastembed's registry
BUNDLED_FOLDER = "all-minilm-l6-v2"
BUNDLED_DIMENSION = 384

BATCH_TOKENS = 256  # padded; in larger batches padding and the cache cost more than calls do
ONE_CORE_TOKENS = 1024  # about what a question has to be compared with; an ingest has more
MOST_TOKENS = 512  # a longer text is cut by most models, and costs no more than this
CHARACTERS_PER_TOKEN = 3  # low on purpose: code has short tokens


class LocalEmbedder:
    """A fastembed model of one thread a call, so a question never occupies a busy server's cores.

    An ingest runs several batches side by side instead: on two cores that is 2.5 times as fast as
    one batch split between two threads, which wait for each other after every layer.
    """

    def __init__(self, name: str, dimension: int, open_model: Callable[[], TextEmbedding]) -> None:
        self.name = name
        self.dimension = dimension
        self._open = open_model
        self._opened: TextEmbedding | None = None
        self._opening = threading.Lock()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder``. Uses every processor, but one only for a few sentences.

        Raises:
            EmbeddingError: the model cannot be loaded.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        batches = list(batches_by_length(texts))
        model = self._model()

        def embed(batch: list[int]) -> None:
            found = model.passage_embed([texts[i] for i in batch], batch_size=len(batch))
            vectors[batch] = unit(np.stack(list(found)))

        if sum(map(_tokens, texts)) <= ONE_CORE_TOKENS:
            for batch in batches:
                embed(batch)
            return vectors
        with ThreadPoolExecutor(_processors(), "embedding") as pool:
            for _ in pool.map(embed, batches):
                pass  # a failed batch raises here
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """See ``Embedder``.

        Raises:
            EmbeddingError: the model cannot be loaded.
        """
        return unit(np.asarray(next(iter(self._model().query_embed(text)))))

    def token_vectors(self, texts: Sequence[str]) -> list[TokenVectors]:
        """A contextual vector for each token, text by text on one thread.

        Raises:
            EmbeddingError: the model cannot be loaded.
        """
        from fastembed.text.onnx_text_model import OnnxTextModel

        model = self._model().model
        assert isinstance(model, OnnxTextModel)
        return [_token_vectors(model, text) for text in texts]

    def _model(self) -> TextEmbedding:
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened


def batches_by_length(texts: Sequence[str]) -> Iterator[list[int]]:
    """Positions of texts of about one length, longest first, at most BATCH_TOKENS with padding."""
    batch: list[int] = []
    for i in sorted(range(len(texts)), key=lambda i: -len(texts[i])):
        longest = _tokens(texts[batch[0]]) if batch else 0
        if batch and (len(batch) == BATCH_TEXTS or longest * (len(batch) + 1) > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _tokens(text: str) -> int:
    return min(len(text) // CHARACTERS_PER_TOKEN + 2, MOST_TOKENS)


def _processors() -> int:
    """Those this process may use, which in a container can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# ── where they come from ─────────────────────────────────────────────────────────────────────


def open_bundled(weights: Path) -> LocalEmbedder:
    """The encoder of the bundled files, which are read when it is first used.

    Raises:
        EmbeddingError: files are missing or damaged.
    """
    verify(weights, BUNDLED_FOLDER)
    return LocalEmbedder(BUNDLED, BUNDLED_DIMENSION, partial(_open_bundled, weights))


def _open_bundled(weights: Path) -> TextEmbedding:
    folder = str(weights / BUNDLED_FOLDER)
    _register_bundled()
    return _text_embedding(BUNDLED_MODEL, specific_model_path=folder, cache_dir=folder)


@cache
def _register_bundled() -> None:
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    TextEmbedding.add_custom_model(
        model=BUNDLED_MODEL,
        pooling=PoolingType.MEAN,
        normalization=True,
        sources=ModelSource(hf="sentence-transformers/all-MiniLM-L6-v2"),  # must name one
        dim=BUNDLED_DIMENSION,
        model_file="model.onnx",
    )


def open_fastembed(model: str) -> LocalEmbedder:
    """The encoder of that name in fastembed, downloaded when it is first used.

    Raises:
        EmbeddingError: fastembed knows no such model.
    """
    from fastembed import TextEmbedding

    try:
        dimension = TextEmbedding.get_embedding_size(model)
    except ValueError:
        raise EmbeddingError(
            f"fastembed knows no text model {model!r}.",
            "TextEmbedding.list_supported_models() of fastembed names them.",
        ) from None
    return LocalEmbedder(f"fastembed:{model}", dimension, partial(_text_embedding, model))


def _text_embedding(model: str, **options: Any) -> TextEmbedding:
    from fastembed import TextEmbedding

    try:
        # The arena keeps the memory of every batch shape for ever and makes nothing faster.
        return TextEmbedding(model, threads=1, enable_cpu_mem_arena=False, **options)
    except Exception as error:  # fastembed, the hub and onnxruntime share no base class
        raise EmbeddingError(
            f"The embedding model {model} cannot be loaded: {error}",
            "Is it downloaded, or the network reachable?",
        ) from error


def _token_vectors(model: OnnxTextModel[Any], text: str) -> TokenVectors:
    (hidden,) = model.onnx_embed([text]).model_output
    (tokens,) = model.tokenize([text])
    kept = ~np.array(tokens.special_tokens_mask, bool)
    return TokenVectors(np.array(tokens.offsets)[kept], unit(hidden[kept]))

"""The one door to models of search: texts in, unit vectors, BM25 weights or relevance out.

Models are named by where they come from: ``bundled`` (the files in ``weights/``, no network),
``fastembed:<model>`` (downloaded once by fastembed) and ``openai:<model>`` (an OpenAI-compatible
endpoint). A vector is only comparable with vectors of the same name, so editions store the name.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from retrieval.errors import EmbeddingError

if TYPE_CHECKING:
    from fastembed import TextEmbedding
    from fastembed.rerank.cross_encoder import TextCrossEncoder
    from fastembed.sparse.bm25 import Bm25
    from fastembed.sparse.sparse_embedding_base import SparseEmbedding
    from fastembed.text.onnx_text_model import OnnxTextModel
    from openai import OpenAI

BUNDLED = "bundled"
BUNDLED_MODEL = "ragbook/all-minilm-l6-v2"  # its name in fastembed's registry
BUNDLED_FOLDER = "all-minilm-l6-v2"
SENTENCES_FILE = "model.onnx"
TOKENS_FILE = "tokens.onnx"  # the same encoder, rounded for speed: one text at a time
BUNDLED_DIMENSION = 384
STOPWORDS_FOLDER = "bm25"
CHECKSUMS = "SHA256SUMS"

BATCH_TOKENS = 256  # padded; in larger batches padding and the cache cost more than calls do
BATCH_TEXTS = 64
ONE_CORE_TOKENS = 1024  # about what a question has to be compared with; an ingest has more
MOST_TOKENS = 512  # a longer text is cut by most models, and costs no more than this
CHARACTERS_PER_TOKEN = 3  # low on purpose: code has short tokens
OPENAI_BATCH_CHARACTERS = 200_000
OPENAI_TIMEOUT_S = 60.0
OPENAI_DIMENSIONS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}

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


# ── the models by name ───────────────────────────────────────────────────────────────────────

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

    Runs on one thread, text by text: the vectors of a text do not depend on those beside it. A
    text longer than the model's 256 tokens is cut.

    Raises:
        EmbeddingError: the model's files are missing or damaged.
    """
    with _making:
        model = _token_model(Path(settings.RAGBOOK_WEIGHTS))
    return [_token_vectors(model, text) for text in texts]


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
        return _from_fastembed(model)
    if source == "openai" and model:
        return OpenAIEmbedder(model)
    raise EmbeddingError(
        f"Unknown embedding model {name!r}.",
        "Set RAGBOOK_EMBEDDING to bundled, fastembed:<model> or openai:<model>.",
    )


@cache
def _bundled(weights: Path) -> LocalEmbedder:
    open_model = partial(_open_bundled, weights, SENTENCES_FILE)
    verify(weights, BUNDLED_FOLDER)
    return LocalEmbedder(BUNDLED, BUNDLED_DIMENSION, open_model)


@cache
def _token_model(weights: Path) -> OnnxTextModel[Any]:
    from fastembed.text.onnx_text_model import OnnxTextModel

    verify(weights, BUNDLED_FOLDER)
    model = _open_bundled(weights, TOKENS_FILE).model
    assert isinstance(model, OnnxTextModel)
    return model


def _token_vectors(model: OnnxTextModel[Any], text: str) -> TokenVectors:
    (hidden,) = model.onnx_embed([text]).model_output
    (tokens,) = model.tokenize([text])
    kept = ~np.array(tokens.special_tokens_mask, bool)
    return TokenVectors(np.array(tokens.offsets)[kept], unit(hidden[kept]))


def _open_bundled(weights: Path, file: str) -> TextEmbedding:
    name, folder = f"{BUNDLED_MODEL}/{file}", str(weights / BUNDLED_FOLDER)
    _register_bundled(name, file)
    return _text_embedding(name, specific_model_path=folder, cache_dir=folder)


@cache
def _register_bundled(name: str, file: str) -> None:
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    TextEmbedding.add_custom_model(
        model=name,
        pooling=PoolingType.MEAN,
        normalization=True,
        sources=ModelSource(hf="sentence-transformers/all-MiniLM-L6-v2"),  # must name one
        dim=BUNDLED_DIMENSION,
        model_file=file,
    )


def _from_fastembed(model: str) -> LocalEmbedder:
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


# ── cross-encoders ───────────────────────────────────────────────────────────────────────────


def cross_encoder(model: str) -> TextCrossEncoder:
    """The reranking model of that name in fastembed, or in that folder of ONNX files.

    Raises:
        EmbeddingError: the model cannot be loaded.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        _register_cross_encoder(folder)
        return _text_cross_encoder(str(folder), specific_model_path=str(folder))
    return _text_cross_encoder(model)


def _register_cross_encoder(folder: Path) -> None:
    from fastembed.common.model_description import ModelSource
    from fastembed.rerank.cross_encoder import TextCrossEncoder

    file = next((str(path.relative_to(folder)) for path in sorted(folder.rglob("*.onnx"))), "")
    known = {row["model"].lower() for row in TextCrossEncoder.list_supported_models()}
    if str(folder).lower() not in known:
        source = ModelSource(url=folder.absolute().as_uri())  # must name one
        TextCrossEncoder.add_custom_model(str(folder), source, model_file=file)


def _text_cross_encoder(model: str, **options: Any) -> TextCrossEncoder:
    from fastembed.rerank.cross_encoder import TextCrossEncoder

    try:
        return TextCrossEncoder(model, threads=1, enable_cpu_mem_arena=False, **options)
    except Exception as error:  # fastembed, the hub and onnxruntime share no base class
        raise EmbeddingError(
            f"The reranker {model} cannot be loaded: {error}",
            "Is it one that fastembed knows, and downloaded, or the network reachable?",
        ) from error


# ── encoders in this process ─────────────────────────────────────────────────────────────────


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


def unit(vectors: NDArray[Any]) -> Vectors:
    """Rows scaled to length one; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def _tokens(text: str) -> int:
    return min(len(text) // CHARACTERS_PER_TOKEN + 2, MOST_TOKENS)


def _processors() -> int:
    """Those this process may use, which in a container can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# ── an encoder behind an API ─────────────────────────────────────────────────────────────────


class OpenAIEmbedder:
    """An OpenAI-compatible embeddings endpoint, with OPENAI_API_KEY and OPENAI_BASE_URL."""

    def __init__(self, model: str) -> None:
        if not settings.OPENAI_API_KEY:
            raise EmbeddingError(
                f"openai:{model} needs a key.", "Set OPENAI_API_KEY, or RAGBOOK_EMBEDDING=bundled."
            )
        self.name = f"openai:{model}"
        self._model = model
        self._client = _openai_client()
        self._dimension = OPENAI_DIMENSIONS.get(model, 0)

    @property
    def dimension(self) -> int:
        """Numbers in a vector; an unlisted model is asked once.

        Raises:
            EmbeddingError: the endpoint refused or could not be reached.
        """
        if not self._dimension:
            self._dimension = len(self._request(["dimension"])[0])
        return self._dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder``.

        Raises:
            EmbeddingError: the endpoint refused, could not be reached or answered amiss.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        done = 0
        for batch in _batches_in_order(texts):
            vectors[done : done + len(batch)] = self._checked(batch)
            done += len(batch)
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """See ``Embedder``.

        Raises:
            EmbeddingError: the endpoint refused, could not be reached or answered amiss.
        """
        return np.asarray(self._checked([text])[0], np.float32)

    def _checked(self, texts: Sequence[str]) -> Vectors:
        rows = self._request(texts)
        if len(rows) != len(texts) or {len(row) for row in rows} != {self.dimension}:
            raise EmbeddingError(
                f"{self.name} did not return {len(texts)} vectors of {self.dimension} numbers.",
                "Does OPENAI_BASE_URL serve this model?",
            )
        return unit(np.array(rows))

    def _request(self, texts: Sequence[str]) -> list[list[float]]:
        from openai import OpenAIError

        asked = [text or " " for text in texts]  # the endpoint refuses empty strings
        try:
            reply = self._client.embeddings.create(model=self._model, input=asked)
        except (OpenAIError, ValueError) as error:  # ValueError: a reply without vectors
            raise EmbeddingError(
                f"{self.name} failed: {error}", "Check OPENAI_API_KEY and OPENAI_BASE_URL."
            ) from error
        return [row.embedding for row in sorted(reply.data, key=lambda row: row.index)]


def _openai_client() -> OpenAI:
    from openai import OpenAI

    return OpenAI(
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        timeout=OPENAI_TIMEOUT_S,
        max_retries=3,
    )


def _batches_in_order(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and (len(batch) == BATCH_TEXTS or size + len(text) > OPENAI_BATCH_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch


# ── BM25 ─────────────────────────────────────────────────────────────────────────────────────


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


@cache
def _sparse(snowball: str, weights: Path) -> SparseEncoder:
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


# ── the files ────────────────────────────────────────────────────────────────────────────────


def verify(weights: Path, folder: str) -> None:
    """Compare every file of a folder of ``weights`` with SHA256SUMS (48 MB take about 40 ms).

    Raises:
        EmbeddingError: a file is missing, or is not the one that was published.
    """
    hint = "Check out the weights/ folder again, or build it with weights/export_minilm.py."
    lines = [line.split(maxsplit=1) for line in _read(weights / CHECKSUMS, hint).splitlines()]
    wanted = {path: digest for digest, path in lines if path.startswith(f"{folder}/")}
    if not wanted:
        raise EmbeddingError(f"{CHECKSUMS} names no file of {folder}.", hint)
    for path, digest in wanted.items():
        if _sha256(weights / path, hint) != digest:
            raise EmbeddingError(f"weights/{path} is damaged: its checksum differs.", hint)


def _read(path: Path, hint: str) -> str:
    try:
        return path.read_text("ascii")
    except OSError as error:
        raise EmbeddingError(f"{path.name} cannot be read: {error.strerror}.", hint) from error


def _sha256(path: Path, hint: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbeddingError(f"{path.name} cannot be read: {error.strerror}.", hint) from error

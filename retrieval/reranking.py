"""A second opinion on the order of the best passages, off unless ``RAGBOOK_RERANKER`` names one.

A cross-encoder reads the question and a passage together. It orders better than vectors made apart
can, and costs some milliseconds for each passage. The model is ``fastembed:<model>``, one that
fastembed knows, or ``fastembed:<folder>`` with the files of any ONNX cross-encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from math import exp
from threading import Lock
from typing import Protocol

from retrieval.chunking import search_text
from retrieval.embeddings import cross_encoder
from retrieval.errors import EmbeddingError
from retrieval.passages import Found, Passage

OFF = "off"
LOGIT_BOUND = 50.0  # beyond it exp() overflows and nothing changes


class Reranker(Protocol):
    """Safe to call from several threads at once."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question: higher is better, without a fixed range."""
        ...


_making = Lock()


def reranker(name: str) -> Reranker | None:
    """The reranker of that name, one per process; ``None`` for ``off``.

    Raises:
        EmbeddingError: the name is unknown, or the model cannot be loaded.
    """
    if name == OFF:
        return None
    with _making:
        return _reranker(name)


def is_known(name: str) -> bool:
    """Whether the name has a form that ``reranker`` understands."""
    source, _, model = name.partition(":")
    return name == OFF or (source == "fastembed" and bool(model))


def reranked(model: Reranker | None, question: str, found: Sequence[Found]) -> Sequence[Found]:
    """The same passages, scored 0..1 by the model and best first; without a model as they are."""
    if model is None:
        return found
    scores = model.scores(question, [_read(hit.passage) for hit in found])
    judged = [
        replace(hit, score=_probability(score)) for hit, score in zip(found, scores, strict=True)
    ]
    return sorted(judged, key=lambda hit: (-hit.score, hit.chunk_id))


def _read(passage: Passage) -> str:
    return search_text(passage.heading_path, passage.text)


def _probability(score: float) -> float:
    """Cross-encoders are trained with a logistic loss, so their scores are logits."""
    return 1 / (1 + exp(-max(-LOGIT_BOUND, score)))


@cache
def _reranker(name: str) -> Reranker:
    if not is_known(name):
        raise EmbeddingError(
            f"Unknown reranker {name!r}.", "Set RAGBOOK_RERANKER to off or fastembed:<model>."
        )
    return CrossEncoder(name.partition(":")[2])


class CrossEncoder:
    """A fastembed cross-encoder on one thread a call, as the embedder is."""

    def __init__(self, model: str) -> None:
        self._model = cross_encoder(model)

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """See ``Reranker``."""
        return [float(score) for score in self._model.rerank(question, list(texts))]

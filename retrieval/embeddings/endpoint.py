"""An encoder behind an API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from retrieval.embeddings.interface import BATCH_TEXTS, Vectors, unit
from retrieval.errors import EmbeddingError

if TYPE_CHECKING:
    from openai import OpenAI

OPENAI_BATCH_CHARACTERS = 200_000
OPENAI_TIMEOUT_S = 60.0
OPENAI_DIMENSIONS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}


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

"""What the first reader would otherwise wait for, loaded when a server starts."""

from __future__ import annotations

import gc

import structlog
from django.conf import settings

from retrieval.errors import RetrievalError
from retrieval.search import sentence_vectors, token_vectors

COLLECT_AFTER = 20_000  # new objects; answers make many, and nearly all go without a collection

log = structlog.get_logger(__name__)


def warm_up() -> None:
    """Load the encoder and the agents SDK, then set what is loaded aside from collection.

    A full garbage collection would otherwise walk through all imported code and stop every stream
    for a tenth of a second. What cannot be loaded now is reported again when it is needed.
    """
    import agents  # noqa: F401 (most of a second)

    try:
        token_vectors(["warm"])
        if not settings.RAGBOOK_EMBEDDING.startswith("openai:"):  # which is not here to be loaded
            sentence_vectors(settings.RAGBOOK_EMBEDDING, ["warm"])
    except RetrievalError as error:
        log.warning("warm_up_failed", error=type(error).__name__)
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)

"""Start-up checks of search: the bundled weights, the encoder's name, the index server."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core import checks

from retrieval.errors import EmbeddingError

SETTINGS = "settings"
"""The tag of all checks of ours. They are fast, while Django's own import the web application."""

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@checks.register(SETTINGS)
def weights_are_whole(**_: Any) -> Iterable[checks.CheckMessage]:
    # They import NumPy.
    from retrieval.embeddings.files import verify
    from retrieval.embeddings.local import BUNDLED_FOLDER
    from retrieval.embeddings.terms import STOPWORDS_FOLDER

    for folder in (BUNDLED_FOLDER, STOPWORDS_FOLDER):
        try:
            verify(Path(settings.RAGBOOK_WEIGHTS), folder)
        except EmbeddingError as error:
            yield checks.Error(error.message, hint=error.hint, id="retrieval.E001")


@checks.register(SETTINGS)
def embedding_is_known(**_: Any) -> Iterable[checks.CheckMessage]:
    name = settings.RAGBOOK_EMBEDDING
    source, _colon, model = name.partition(":")
    if name != "bundled" and not (source in ("fastembed", "openai") and model):
        yield checks.Error(
            f"RAGBOOK_EMBEDDING={name!r} is unknown.",
            hint="Set it to bundled, fastembed:<model> or openai:<model>.",
            id="retrieval.E002",
        )
    elif source == "openai" and not settings.OPENAI_API_KEY:
        yield checks.Error(
            f"RAGBOOK_EMBEDDING={name!r} needs a key.",
            hint="Set OPENAI_API_KEY, or RAGBOOK_EMBEDDING=bundled.",
            id="retrieval.E003",
        )


@checks.register(SETTINGS)
def reranker_is_known(**_: Any) -> Iterable[checks.CheckMessage]:
    from retrieval.reranking import is_known  # imports NumPy

    if not is_known(settings.RAGBOOK_RERANKER):
        yield checks.Error(
            f"RAGBOOK_RERANKER={settings.RAGBOOK_RERANKER!r} is unknown.",
            hint="Set it to off, fastembed:<model> or fastembed:<folder>.",
            id="retrieval.E005",
        )


@checks.register(SETTINGS)
def index_address_is_one(**_: Any) -> Iterable[checks.CheckMessage]:
    url = settings.QDRANT_URL
    if url and not is_http(url):
        yield checks.Error(
            "QDRANT_URL is not an http address.",
            hint="Write http://host:6333 or https://host:6333.",
            id="retrieval.E004",
        )
    elif settings.QDRANT_API_KEY and in_clear(url):
        yield checks.Warning(
            f"QDRANT_API_KEY would travel to {parsed(url).hostname} in clear.",
            hint="Use https:// in QDRANT_URL, or no key inside a network of your own.",
            id="retrieval.W001",
        )


def is_http(url: str) -> bool:
    address = parsed(url)
    return address.scheme in ("http", "https") and bool(address.hostname)


def in_clear(url: str) -> bool:
    """Whether what is sent there leaves this machine unencrypted."""
    address = parsed(url)
    return address.scheme == "http" and address.hostname not in LOOPBACK


def parsed(url: str) -> SplitResult:
    """The parts of a URL, all empty when it is none."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")

"""The passages of a correction, as an edition holds them."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.models import Chunk, Edition
from retrieval.passages import Found
from retrieval.search import passages_of


def held(edition: Edition, keys: Sequence[str]) -> tuple[Found, ...]:
    """Those of the passages with these keys that the edition holds, in their order, each once."""
    chunks = dict(Chunk.objects.filter(edition=edition, key__in=keys).values_list("key", "pk"))
    passages = passages_of(edition, list(chunks.values()))
    return tuple(
        Found(passages[chunks[key]], score=1.0, chunk_id=chunks[key])
        for key in dict.fromkeys(keys)
        if key in chunks
    )

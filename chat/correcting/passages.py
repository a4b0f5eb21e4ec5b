"""The passages of a correction, as an edition holds them."""

from __future__ import annotations

from collections.abc import Sequence

from chat.correction import Correction
from retrieval.models import Chunk, Edition
from retrieval.passages import Found
from retrieval.search import excluded_chunks, passages_of


def held(edition: Edition, keys: Sequence[str]) -> tuple[Found, ...]:
    """Those of the passages with these keys that the edition holds, in their order, each once.

    What a rule of the book excludes is not among them.
    """
    chunks = dict(Chunk.objects.filter(edition=edition, key__in=keys).values_list("key", "pk"))
    excluded = excluded_chunks(edition)
    passages = passages_of(edition, [pk for pk in chunks.values() if pk not in excluded])
    return tuple(
        Found(passages[chunks[key]], score=1.0, chunk_id=chunks[key])
        for key in dict.fromkeys(keys)
        if chunks.get(key) in passages
    )


def held_back(correction: Correction) -> bool:
    """Whether a rule of its book excludes a passage that the correction stands on."""
    live = correction.book.live
    excluded = excluded_chunks(live).values() if live else ()
    return not {passage.chunk_key for passage in correction.passages.all()}.isdisjoint(excluded)

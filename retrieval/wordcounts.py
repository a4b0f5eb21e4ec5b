"""In how many chunks of an edition each word stands: counted once, then kept beside the index.

Counting reads every chunk: about 0.2 ms each, half a minute for 100,000. The counts are derived, so
they lie in the data folder; who loses them counts again.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from django.conf import settings

from retrieval.chunking import lexical_text
from retrieval.derived import put
from retrieval.embeddings import SparseEncoder, sparse
from retrieval.fingerprint import code
from retrieval.models import Chunk, Edition

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class WordCounts:
    """Chunks in which something stands: each word in lower case, each index of sparse vectors."""

    chunks: int
    words: Mapping[str, int]
    terms: Mapping[int, int]


def word_counts(edition: Edition) -> WordCounts:
    """The counts as they are kept, or counted now and kept. Raises ``EmbeddingError``."""
    place = _place(edition)
    counts = _kept(place)
    if counts is None:
        counts = _counted(edition)
        _keep(place, counts)
    return counts


def forget_word_counts(edition: Edition) -> None:
    """Remove what is kept of the edition, by whatever state of the code."""
    for place in _place(edition).parent.glob(f"{edition.pk}-*"):
        place.unlink(missing_ok=True)


# ── keeping ──────────────────────────────────────────────────────────────────────────────────


def _place(edition: Edition) -> Path:
    """A file for the edition; a name of its own for each state of the code that counts."""
    name = blake2b(f"{code()}\0{edition.digest}\0{edition.book.language}".encode(), digest_size=16)
    folder: Path = settings.RAGBOOK_DATA / "words"
    return folder / f"{edition.pk}-{name.hexdigest()}.json"


def _kept(place: Path) -> WordCounts | None:
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        terms = {int(term): count for term, count in kept["terms"].items()}
        return WordCounts(kept["chunks"], kept["words"], terms)
    except (OSError, ValueError, LookupError):
        return None


def _keep(place: Path, counts: WordCounts) -> None:
    told = {"chunks": counts.chunks, "words": counts.words, "terms": counts.terms}
    put(place, [json.dumps(told, ensure_ascii=False).encode()])


# ── counting ─────────────────────────────────────────────────────────────────────────────────


def _counted(edition: Edition) -> WordCounts:
    encoder = sparse(edition.book.language)
    words: Counter[str] = Counter()
    terms: Counter[int] = Counter()
    term_of: dict[str, int | None] = {}
    chunks = 0
    for found in _words_of_chunks(edition):
        chunks += 1
        # Not a difference of sets: with the keys of a dictionary that walks through all of them.
        term_of |= {word: _term(encoder, word) for word in found if word not in term_of}
        words.update(found)
        terms.update({term for word in found if (term := term_of[word]) is not None})
    return WordCounts(chunks, dict(words), dict(terms))


def _words_of_chunks(edition: Edition) -> Iterator[set[str]]:
    rows = Chunk.objects.filter(edition=edition).values_list("section__heading_path", "text")
    for heading_path, text in rows.iterator(chunk_size=500):
        yield set(WORD.findall(lexical_text(heading_path, text).lower()))


def _term(encoder: SparseEncoder, word: str) -> int | None:
    """The sparse index of a word; ``None`` for one that BM25 leaves out."""
    return min(encoder.terms(word), default=None)

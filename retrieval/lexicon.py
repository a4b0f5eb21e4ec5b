"""The words of an edition: what weighs a query's terms and mends their spelling.

The weight of a term is its inverse document frequency within the edition. It is worked out here
and not by Qdrant because on a server the books share one collection, whose statistics are not
those of any of them; and so both engines give equal scores.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import log
from threading import Lock

import numpy as np
from cachetools import LRUCache, cached
from rapidfuzz.distance.OSA import distance as edits  # swapped neighbours count once

from retrieval.embeddings import SparseEncoder, SparseVector, sparse
from retrieval.identifiers import with_parts
from retrieval.models import Edition
from retrieval.wordcounts import WORD, word_counts

WRITTEN = re.compile(r"`[^`]*`|--\w[\w-]*|\w+")
"""Words, and what is searched as it is written: code and flags."""
BM25_CEILING = 2.2
"""The most that term frequency can contribute, k + 1: repeating a term saturates there."""

SHORTEST_MENDED = 5
SHORTEST_WITH_TWO_EDITS = 8
SHORTEST_PART = 3
COMMON_SHARE = 0.05
LEAST_USE = 3
"""In how many chunks a word must stand before an unknown word is taken for it."""


@dataclass(frozen=True)
class Lexicon:
    """In how many chunks of an edition each term and each written word stands.

    ``terms`` has the indices of sparse vectors as keys; ``words`` has words in lower case, grouped
    by their first letter.
    """

    encoder: SparseEncoder
    chunk_count: int
    terms: Mapping[int, int]
    words: Mapping[str, Mapping[str, int]]

    def idf(self, term: int) -> float:
        """The inverse document frequency in the form that Lucene and Qdrant use; never negative."""
        held = self.terms.get(term, 0)
        return log(1 + (self.chunk_count - held + 0.5) / (held + 0.5))

    def terms_of(self, text: str) -> frozenset[int]:
        """The terms of a query, those inside and across its words included."""
        return frozenset(self.encoder.terms(" ".join([with_parts(text), *self._joined(text)])))

    def _joined(self, text: str) -> Iterator[str]:
        """Neighbours that the book writes as one word, as in "turtle sim"."""
        pairs = pairwise(WORD.findall(text.lower()))
        joined = (f"{first}{second}" for first, second in pairs)
        return (word for word in joined if len(word) >= SHORTEST_MENDED and self._use(word))

    def weighted(self, vector: SparseVector) -> SparseVector:
        """The query vector with each term multiplied by its inverse document frequency."""
        idf = np.array([self.idf(int(term)) for term in vector.indices], dtype=np.float32)
        return SparseVector(vector.indices, vector.values * idf)

    def mended(self, text: str) -> str:
        """The text with unknown words in lower case replaced by the known ones they stand for.

        Names and identifiers, told by their capitals and digits, are left alone: that the book
        does not know them is what tells a question that it does not answer. So is what stands
        between backticks and what looks like a flag.
        """
        return WRITTEN.sub(lambda match: self._mended(match.group()), text)

    def _mended(self, word: str) -> str:
        as_written = not word[0].isalpha() or not word.islower()
        if len(word) < SHORTEST_PART or as_written or self._knows(word):
            return word
        if len(word) < SHORTEST_MENDED:
            return self._completed(word) or self._stop_word(word) or word
        return self._parted(word) or self._nearest(word) or word

    def _knows(self, word: str) -> bool:
        if self._use(word):
            return True
        terms = self.encoder.terms(word)
        return not terms or min(terms) in self.terms

    def _use(self, word: str) -> int:
        return self.words.get(word[:1], {}).get(word, 0)

    def _completed(self, word: str) -> str | None:
        """The very common word that a three-letter one becomes with one letter more.

        Short words are close to many others, so only one that the book is full of is believed.
        """
        common = COMMON_SHARE * self.chunk_count
        known = self.words.get(word[0], {}).items()
        completed = [
            (use, longer)
            for longer, use in known
            if use >= common and len(longer) == len(word) + 1 == 4 and edits(word, longer) == 1
        ]
        return max(completed)[1] if completed else None

    def _stop_word(self, word: str) -> str | None:
        """The stop word that this is with a letter dropped or two swapped, as in "wht" or "teh"."""
        near = (
            known
            for known in self.encoder.stop_words
            if len(known) == len(word) + 1 or sorted(known) == sorted(word)
        )
        return min((known for known in near if edits(word, known) == 1), default=None)

    def _parted(self, word: str) -> str | None:
        """Two known words that were written as one, as in ``ros2topic``."""
        cuts = range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)
        pairs = [(word[:cut], word[cut:]) for cut in cuts]
        used = [(min(self._use(a), self._use(b)), f"{a} {b}") for a, b in pairs]
        use, parted = max(used, default=(0, ""))
        return parted if use >= LEAST_USE else None

    def _nearest(self, word: str) -> str | None:
        """The known word within one edit (two in a long word); people drop letters, so the longest.

        Only words with the same first letter count: typing errors seldom hit it.
        """
        if not word.isalpha():
            return None
        limit = 2 if len(word) >= SHORTEST_WITH_TWO_EDITS else 1
        candidates = [
            (distance, -len(known), -use, known)
            for known, use in self.words.get(word[0], {}).items()
            if use >= LEAST_USE
            and abs(len(known) - len(word)) <= limit
            and len(set(known) ^ set(word)) <= 2 * limit
            and (distance := edits(word, known, score_cutoff=limit)) <= limit
        ]
        return min(candidates)[-1] if candidates else None


def lexicon_of(edition: Edition) -> Lexicon:
    """The edition's lexicon, read once in each process. Raises ``EmbeddingError``."""
    with _reading:
        return _lexicon(edition)


_reading = Lock()


def _identity(edition: Edition) -> tuple[int, str, str]:
    """The digest tells an edition from one of another database."""
    return edition.pk, edition.digest, edition.book.language


@cached(LRUCache(maxsize=16), key=_identity)
def _lexicon(edition: Edition) -> Lexicon:
    counts = word_counts(edition)
    encoder = sparse(edition.book.language)
    return Lexicon(encoder, counts.chunks, counts.terms, _by_first_letter(counts.words))


def _by_first_letter(counts: Mapping[str, int]) -> Mapping[str, Mapping[str, int]]:
    groups: dict[str, dict[str, int]] = defaultdict(dict)
    for word, use in counts.items():
        groups[word[0]][word] = use
    return dict(groups)

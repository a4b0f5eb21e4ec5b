"""Different evidence before more of the same: a passage that repeats a better one moves down.

Books say things twice: installation steps on every page, the same example in two languages, one
section cut into several chunks. A reader's answer is drawn from few passages, so each should add
something. The method is maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) with the
share of common words (Jaccard, as Broder 1997 tells near-duplicates) as the similarity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import replace
from functools import lru_cache

from retrieval.passages import Found

REDUNDANCY = 0.3
"""What a passage loses when a better one has all its words; scores of a search span about 1."""

WORD = re.compile(r"\w+")


def varied(found: Sequence[Found]) -> tuple[Found, ...]:
    """The same passages, each scored by what it adds to those before it, best first."""
    words = [_words(hit.passage.text) for hit in found]
    repeated = dict.fromkeys(range(len(found)), 0.0)
    chosen: list[Found] = []
    while repeated:
        gain, first = max(
            (found[n].score - REDUNDANCY * share, -n) for n, share in repeated.items()
        )
        del repeated[-first]
        chosen.append(replace(found[-first], score=gain))
        for n, share in repeated.items():
            repeated[n] = max(share, overlap(words[-first], words[n]))
    return tuple(chosen)


def overlap(ours: Set[str], theirs: Set[str]) -> float:
    """The share of all their words that two texts have in common, 0..1."""
    common = len(ours & theirs)
    return common / (len(ours) + len(theirs) - common or 1)


@lru_cache(maxsize=4_096)
def _words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.lower()))

"""Where the passages of an old answer stand in an edition: by their key, else by their place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from chat.models import Citation
from retrieval.models import Chunk, Edition
from retrieval.passages import Passage
from retrieval.search import passages_of

NEAR: Final = 3
"""Passages at an old one's place that a sentence is judged against."""

ALIKE: Final = 0.15
"""Share of common words from which two passages at one place are taken for the same one."""

MOST_READ: Final = 64
"""Passages of a page that are looked at to find an old one again."""


@dataclass(frozen=True, slots=True)
class Places:
    """The chunk ids of an edition by key, by the page's address and by heading path."""

    edition: Edition
    by_key: Mapping[str, int]
    by_page: Mapping[str, Sequence[int]]
    by_heading: Mapping[tuple[str, ...], Sequence[int]]

    def holds(self, citation: Citation) -> bool:
        """Whether the cited passage stands in the edition, unchanged and at its place."""
        return citation.chunk_key in self.by_key

    def near(self, citation: Citation) -> tuple[Passage, ...]:
        """The cited passage, or what stands in its place now, the most alike first.

        Its page is looked at, and sections of the same heading path, to which it may have moved.
        """
        if self.holds(citation):
            ids: Sequence[int] = (self.by_key[citation.chunk_key],)
            return tuple(passages_of(self.edition, ids).values())
        page = citation.url.partition("#")[0]
        heading = tuple(citation.heading_path)
        around = dict.fromkeys((*self.by_heading.get(heading, ()), *self.by_page.get(page, ())))
        passages = passages_of(self.edition, list(around)[:MOST_READ]).values()
        ranked = sorted(((likeness(citation.text, p.text), p.key, p) for p in passages), key=_worst)
        return tuple(passage for alike, _, passage in ranked if alike >= ALIKE)[:NEAR]


def _worst(row: tuple[float, str, Passage]) -> tuple[float, str]:
    return -row[0], row[1]


def places_of(edition: Edition) -> Places:
    """Read the edition's places, about 300 bytes a chunk. ``edition.book`` is to be loaded."""
    by_key: dict[str, int] = {}
    by_page: defaultdict[str, list[int]] = defaultdict(list)
    by_heading: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    base = edition.book.base_url.rstrip("/")
    chunks = Chunk.objects.filter(edition=edition).order_by("ordinal")
    rows = chunks.values_list("pk", "key", "section__url", "section__heading_path")
    for pk, key, url, heading_path in rows.iterator():
        by_key[key] = pk
        by_page[f"{base}/{url}"].append(pk)
        by_heading[tuple(heading_path)].append(pk)
    return Places(edition, by_key, dict(by_page), dict(by_heading))


def likeness(one: str, other: str) -> float:
    """The share of two texts' words that are common to both (Jaccard), in 0..1."""
    ours, theirs = _words(one), _words(other)
    return len(ours & theirs) / (len(ours | theirs) or 1)


@lru_cache(maxsize=4_096)
def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().split())

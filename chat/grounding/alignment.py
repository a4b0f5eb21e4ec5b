"""Which sentences of the passages say what a claim says, and how much of it they say."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Final

from chat.grounding.lexicon import SYNONYM_OF
from chat.grounding.source import BEGINNING, Segment, Source
from chat.grounding.terms import Term

Place = tuple[int, int]
"""A passage's index and a segment's index in it."""

MAX_WINDOW: Final = 3
CANDIDATES: Final = 6
LONGER_GAIN: Final = 0.04

_SYNONYM: Final = 0.85
_SAME_BEGINNING: Final = 0.75
_HEADING: Final = 0.6
_UNSEEN: Final = 1.0
_COMMON: Final = 0.3  # what a term that every segment has still weighs


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive segments ``first..last`` of one passage; ``coverage`` of the claim in 0..1."""

    passage: int
    first: int
    last: int
    coverage: float


class Alignment:
    """The segments of the passages, asked once for each term of a claim.

    A term's weight is its prior times its rarity: the share of segments without it, as in inverse
    document frequency. ``rarity`` may bring the book's own figures in 0..1 for terms that it
    knows; without it the passages are the only statistics.
    """

    def __init__(
        self, sources: Sequence[Source], rarity: Callable[[str], float | None] | None = None
    ) -> None:
        self.sources = sources
        self._rarity = rarity
        self._count = sum(len(source.segments) for source in sources)
        self._found: dict[str, dict[Place, float]] = {}
        self._rarities: dict[str, float] = {}

    def weight(self, term: Term) -> float:
        rarity = self._rarities.get(term.key)
        if rarity is None:
            rarity = self._rarities[term.key] = self._rarity_of(term.key)
        return term.prior * (_COMMON + (1.0 - _COMMON) * rarity)

    def strengths(self, key: str) -> dict[Place, float]:
        """How well each segment expresses the term, for those that do at all."""
        if key not in self._found:
            self._found[key] = self._look_up(key)
        return self._found[key]

    def coverages(self, terms: Iterable[Term]) -> dict[Place, float]:
        """The covered share of the terms' weight for every segment that covers any."""
        listed = list(terms)
        total = sum(map(self.weight, listed)) or 1.0
        covered: dict[Place, float] = defaultdict(float)
        for term in listed:
            share = self.weight(term) / total
            for place, strength in self.strengths(term.key).items():
                covered[place] += share * strength
        return covered

    def best_windows(self, terms: Sequence[Term]) -> list[Window]:
        """The best windows of one to three segments, best first, none overlapping another.

        A longer window has to cover clearly more than a shorter one inside it.
        """
        coverage = _Coverage(self, terms)
        windows = [self._grow(place, coverage) for place in self.nearest(terms, CANDIDATES)]
        windows.sort(key=lambda window: (-window.coverage, window.last - window.first))
        apart: list[Window] = []
        for window in windows:
            if not any(_overlap(window, other) for other in apart):
                apart.append(window)
        return apart

    def coverage(self, terms: Sequence[Term], windows: Sequence[Window]) -> float:
        """The share of the terms' weight that the windows together cover."""
        return _Coverage(self, terms).of(
            (window.passage, number)
            for window in windows
            for number in range(window.first, window.last + 1)
        )

    def nearest(self, terms: Iterable[Term], most: int) -> list[Place]:
        """The places of the segments that cover most of the terms, best first."""
        coverages = self.coverages(terms)
        return sorted(coverages, key=lambda place: (-coverages[place], place))[:most]

    def segment(self, place: Place) -> Segment:
        return self.sources[place[0]].segments[place[1]]

    def segments(self, window: Window) -> tuple[Segment, ...]:
        return self.sources[window.passage].segments[window.first : window.last + 1]

    def _grow(self, place: Place, coverage: _Coverage) -> Window:
        at, number = place
        last = len(self.sources[at].segments) - 1
        best = Window(at, number, number, coverage.of([place]))
        for size in range(2, MAX_WINDOW + 1):
            for first in range(max(0, number - size + 1), min(number, last - size + 1) + 1):
                grown = coverage.of((at, segment) for segment in range(first, first + size))
                if grown > best.coverage + LONGER_GAIN:
                    best = Window(at, first, first + size - 1, grown)
        return best

    def _look_up(self, key: str) -> dict[Place, float]:
        found: dict[Place, float] = {}
        for at, source in enumerate(self.sources):
            for form, strength in _forms(key, source):
                for number in source.places.get(form, ()):
                    place = (at, number)
                    found[place] = max(found.get(place, 0.0), strength)
        return found

    def _rarity_of(self, key: str) -> float:
        known = self._rarity(key) if self._rarity else None
        if known is not None:
            return known
        seen = sum(len(source.places.get(key, ())) for source in self.sources)
        if not seen:
            return _UNSEEN
        most = math.log1p(self._count)
        return math.log1p((self._count - seen + 0.5) / (seen + 0.5)) / most if most else _UNSEEN


def _forms(key: str, source: Source) -> Iterator[tuple[str, float]]:
    """The keys of the source that may say what ``key`` says, and how surely they do."""
    yield key, 1.0
    for other in SYNONYM_OF.get(key, ()):
        yield other, _SYNONYM
    for other in source.beginnings.get(key[:BEGINNING], ()):
        if other != key and _same_beginning(key, other):
            yield other, _SAME_BEGINNING


class _Coverage:
    """How much of one claim's terms segments cover together, headings counted a little.

    Windows overlap, so each segment is compared with the terms once and then only joined.
    """

    def __init__(self, alignment: Alignment, terms: Sequence[Term]) -> None:
        weights = [alignment.weight(term) for term in terms]
        total = sum(weights) or 1.0
        self._shares = [weight / total for weight in weights]
        self._keys = [term.key for term in terms]
        self._strengths = [alignment.strengths(key) for key in self._keys]
        self._sources = alignment.sources
        self._rows: dict[Place, list[float]] = {}

    def of(self, places: Iterable[Place]) -> float:
        rows = [self._row(place) for place in places]
        joined = rows[0] if len(rows) == 1 else map(max, *rows)
        return float(sum(map(mul, self._shares, joined)))

    def _row(self, place: Place) -> list[float]:
        """For each term how well the segment expresses it."""
        row = self._rows.get(place)
        if row is None:
            heading = self._sources[place[0]].heading
            row = self._rows[place] = [
                max(strengths.get(place, 0.0), _HEADING if key in heading else 0.0)
                for key, strengths in zip(self._keys, self._strengths, strict=True)
            ]
        return row


def _same_beginning(one: str, other: str) -> bool:
    """Whether two words are likely forms of one: "publish" and "publication"."""
    if not (one.isalpha() and other.isalpha()):
        return False
    shorter, longer = sorted((one, other), key=len)
    shared = len(shorter)
    while shared and not longer.startswith(shorter[:shared]):
        shared -= 1
    return shared >= 5 and shared >= 0.75 * len(shorter) and len(longer) <= len(shorter) + 5


def _overlap(one: Window, other: Window) -> bool:
    return one.passage == other.passage and one.first <= other.last and other.first <= one.last

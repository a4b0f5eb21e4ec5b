"""Which sentences of the passages say what a claim says, and how much of it they say."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
_ROUNDING: Final = 1e-9


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
        self._claims: dict[tuple[Term, ...], _Claim] = {}

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

    def coverages(self, terms: Sequence[Term]) -> Mapping[Place, float]:
        """The covered share of the terms' weight for every segment that covers any."""
        return self._claim(terms).covered

    def best_window(self, terms: Sequence[Term]) -> Window | None:
        """The first of ``best_windows``, found sooner than all of them."""
        return self._claim(terms).best

    def best_windows(self, terms: Sequence[Term]) -> list[Window]:
        """The best windows of one to three segments, best first, none overlapping another.

        A longer window has to cover clearly more than a shorter one inside it.
        """
        return self._claim(terms).windows

    def coverage(self, terms: Sequence[Term], windows: Sequence[Window]) -> float:
        """The share of the terms' weight that the windows together cover."""
        return self._claim(terms).coverage(
            (window.passage, number)
            for window in windows
            for number in range(window.first, window.last + 1)
        )

    def nearest(self, terms: Sequence[Term], most: int) -> list[Place]:
        """The places of the segments that cover most of the terms, best first."""
        return self._claim(terms).nearest[:most]

    def segment(self, place: Place) -> Segment:
        return self.sources[place[0]].segments[place[1]]

    def segments(self, window: Window) -> tuple[Segment, ...]:
        return self.sources[window.passage].segments[window.first : window.last + 1]

    def forget_claims(self) -> None:
        """Let go of what is known of claims so far: half the memory of an answer by its end."""
        self._claims.clear()

    def _claim(self, terms: Sequence[Term]) -> _Claim:
        """What is known of a claim: the steps of its judgement ask for the same again."""
        key = tuple(terms)
        if key not in self._claims:
            self._claims[key] = _Claim(self, key)
        return self._claims[key]

    def _look_up(self, key: str) -> dict[Place, float]:
        found: dict[Place, float] = {}
        same = [(key, 1.0), *((other, _SYNONYM) for other in SYNONYM_OF.get(key, ()))]
        for at, source in enumerate(self.sources):
            for form, strength in (*same, *_inflected(key, source)):
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


def _inflected(key: str, source: Source) -> Iterator[tuple[str, float]]:
    """The other forms of the word that the source has, and how surely they say the same."""
    for other in source.beginnings.get(key[:BEGINNING], ()):
        if other != key and _same_beginning(key, other):
            yield other, _SAME_BEGINNING


class _Claim:
    """One claim's terms beside the segments: how much of them segments cover together.

    Here headings count a little. Windows overlap, so each segment is compared with the terms once
    and then only joined.
    """

    def __init__(self, alignment: Alignment, terms: Sequence[Term]) -> None:
        weights = [alignment.weight(term) for term in terms]
        total = sum(weights) or 1.0
        self._shares = [weight / total for weight in weights]
        self._keys = [term.key for term in terms]
        self._strengths = [alignment.strengths(key) for key in self._keys]
        self._sources = alignment.sources
        self._rows: dict[Place, list[float]] = {}
        self._headings: dict[int, float] = {}
        self.covered = self._covered_by_words()

    def _covered_by_words(self) -> dict[Place, float]:
        covered: dict[Place, float] = defaultdict(float)
        for share, strengths in zip(self._shares, self._strengths, strict=True):
            for place, strength in strengths.items():
                covered[place] += share * strength
        return covered

    @cached_property
    def nearest(self) -> list[Place]:
        """The places of all segments that cover any of the terms, best first."""
        return [place for _, place in sorted((-share, at) for at, share in self.covered.items())]

    @cached_property
    def best(self) -> Window | None:
        """See ``Alignment.best_window``. Where no window can be better, none is looked at."""
        best: Window | None = None
        for place in self.nearest[:CANDIDATES]:
            if best is None or self._most(place[0], _around(place[1])) > best.coverage:
                window = self._grown(place)
                best = window if best is None else min(best, window, key=_worth)
        return best

    @cached_property
    def windows(self) -> list[Window]:
        """See ``Alignment.best_windows``."""
        windows = [self._grown(place) for place in self.nearest[:CANDIDATES]]
        windows.sort(key=_worth)
        apart: list[Window] = []
        for window in windows:
            if not any(_overlap(window, other) for other in apart):
                apart.append(window)
        return apart

    def coverage(self, places: Iterable[Place]) -> float:
        rows = [self._row(place) for place in places]
        joined = rows[0] if len(rows) == 1 else map(max, *rows)
        return float(sum(map(mul, self._shares, joined)))

    def _grown(self, place: Place) -> Window:
        """The best window around a segment."""
        at, number = place
        best = Window(at, number, number, self.coverage([place]))
        for run in _runs(number, len(self._sources[at].segments)):
            if self._most(at, run) > best.coverage + LONGER_GAIN:
                grown = self.coverage((at, segment) for segment in run)
                if grown > best.coverage + LONGER_GAIN:
                    best = Window(at, run[0], run[-1], grown)
        return best

    def _most(self, at: int, run: Iterable[int]) -> float:
        """What segments of a passage cannot exceed together, found sooner than their coverage."""
        share = self._headed(at) + sum(self.covered.get((at, number), 0.0) for number in run)
        return min(share, 1.0) + _ROUNDING

    def _headed(self, at: int) -> float:
        """The share that the passage's heading covers."""
        if at not in self._headings:
            heading = self._sources[at].heading
            pairs = zip(self._keys, self._shares, strict=True)
            self._headings[at] = _HEADING * sum(share for key, share in pairs if key in heading)
        return self._headings[at]

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


def _worth(window: Window) -> tuple[float, int]:
    """Sorts the best first, the shorter one of two that are as good."""
    return -window.coverage, window.last - window.first


def _around(number: int) -> range:
    """The segments of all windows that hold the one."""
    return range(number - MAX_WINDOW + 1, number + MAX_WINDOW)


def _runs(number: int, segments: int) -> Iterator[range]:
    """The runs of two and of three segments that hold the one, the shorter first."""
    for size in range(2, MAX_WINDOW + 1):
        for first in range(max(0, number - size + 1), min(number, segments - size) + 1):
            yield range(first, first + size)


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

"""The words of a passage that prove a sentence, cut so that a person can read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from chat.grounding.alignment import Alignment, Window
from chat.grounding.source import Segment
from chat.grounding.terms import Term
from chat.verdict import Evidence
from retrieval.passages import Passage

MAX_QUOTE: Final = 300
MAX_QUOTES: Final = 2
MIN_GAIN: Final = 0.25
"""Share of what is still unquoted that a quote has to cover."""

_MARKUP_BETWEEN = re.compile(r"```|~~~|^\s*\|?[\s|:]*-{3,}|\|\s*\n", re.MULTILINE)


def evidence_of(
    window: Window, terms: Sequence[Term], alignment: Alignment, passages: Sequence[Passage]
) -> Iterator[Evidence]:
    """Quote a window: whole sentences around the best one, without fences or table rules.

    What the first quote leaves out of the window is quoted as well if it says clearly more.
    """
    passage = passages[window.passage]
    segments = alignment.segments(window)
    left = list(terms)
    for _ in range(MAX_QUOTES):
        shares = alignment.coverages(left)
        weights = [
            shares.get((window.passage, window.first + at), 0.0) for at in range(len(segments))
        ]
        if max(weights) < MIN_GAIN:
            return
        first, last = _readable(passage.text, segments, weights)
        yield _quote(passage, segments[first].start, segments[last].end)
        said = frozenset[str]().union(*(item.keys for item in segments[first : last + 1]))
        left = [term for term in left if term.key not in said]


def _readable(text: str, segments: Sequence[Segment], weights: Sequence[float]) -> tuple[int, int]:
    """The longest run around the heaviest segment that fits and has no markup in between."""
    first = last = weights.index(max(weights))
    while True:
        grown = [
            (weights[at], low, high)
            for at, low, high in ((first - 1, first - 1, last), (last + 1, first, last + 1))
            if 0 <= at < len(segments)
            and segments[high].end - segments[low].start <= MAX_QUOTE
            and not _MARKUP_BETWEEN.search(text, segments[low].start, segments[high].end)
        ]
        if not grown:
            return first, last
        _, first, last = max(grown)


def _quote(passage: Passage, start: int, end: int) -> Evidence:
    """The slice without a table row's outer pipes, cut at a space if one sentence is too long."""
    text = passage.text
    while start < end and text[start] in "| \t":
        start += 1
    while end > start and text[end - 1] in "| \t":
        end -= 1
    if end - start > MAX_QUOTE + MAX_QUOTE // 3:
        space = text.rfind(" ", start, start + MAX_QUOTE)
        end = space if space > start else start + MAX_QUOTE
    return Evidence(passage.key, start, end, text[start:end])

"""How well each sentence, item, row or code block of the passages answers a question."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from chat.grounding.lexicon import LIGHT
from chat.grounding.terms import read_keys
from chat.quoting.units import SENTENCES, Unit, announced_by, lead_in
from chat.sentences import PieceKind
from retrieval.passages import Passage

Vectors = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors, one row each."""

# A unit's score. Chosen on questions about the ROS 2 documentation; a fifth more or less of each
# changes little there.
LIKENESS = 0.5
SHARED_WORDS = 0.2
PASSAGE_RANK = 0.3
DEFINES = 0.12  # for "X is …" when the question is "what is X?"
LEADS_TO_CODE = 0.2  # for "Run this command:" when the question asks how

_WANTS_CODE = re.compile(
    r"\bhow (?:do|can|would|should|could|to)\b|\bcommands?\b|\bexamples?\b|\bcode\b|\bsyntax\b|"
    r"\b(?:write|install|create|launch|run|build|set up|define|configure|show me)\b",
    re.IGNORECASE,
)
_WHAT_IS = re.compile(
    r"(?:what(?:'s| is| are| does)?|define|explain|meaning of)\s+(.+?)"
    r"(?:\s+(?:mean|do|for|in \w+))?[?.\s]*$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?:\W*(?:An?|The)\s)?(.{2,60}?)(?:\s(?:is|are|means|was)\b|:\s)")
_PAGE_TALK = re.compile(
    r"(?:Goal|Time|Tutorial level|Prerequisites?|Contents|Table of contents)\b|"
    r"\b(?:this|the next|the previous|following|earlier|later) (?:tutorials?|sections?|chapters?|"
    r"pages?|articles?|documents?|guides?)\b|\b(?:see|refer to|check out|look at) the\b|"
    r"\bfor more (?:information|details)\b|https?://|"
    r"\b(?:we|we'll|you|you'll|you will) (?:can also |will |now )?(?:learn|write|see how)\b|"
    r"^See\b|\?$",
    re.IGNORECASE,
)


class Scores:
    """How well each unit answers: words shared with the question by their rarity among the
    passages, likeness in meaning, headings, and the rank that search gave the passage."""

    def __init__(
        self,
        question: str,
        passages: Sequence[Passage],
        books: Sequence[Sequence[Unit]],
        vectors: Vectors | None,
    ) -> None:
        units = [unit for book in books for unit in book]
        self.asked = read_keys(question)
        self._headings = [read_keys(" : ".join(passage.heading_path)) for passage in passages]
        self._books = books
        held = [
            heading.union(*(unit.keys for unit in book))
            for heading, book in zip(self._headings, books, strict=True)
        ]
        self._weights = _rarity(self.asked, held)
        asked = _WHAT_IS.match(question.strip())
        self.wants_code = _WANTS_CODE.search(question) is not None
        self._defined = read_keys(asked[1]) if asked else frozenset[str]()
        likeness = _likeness(question, passages, units, vectors)
        self._scores = {unit.place: self._score(unit, likeness.get(unit.place)) for unit in units}
        for unit in units:
            if unit.kind is PieceKind.CODE:
                self._scores[unit.place] = self._code_score(unit)

    def __getitem__(self, unit: Unit) -> float:
        return self._scores[unit.place]

    def _score(self, unit: Unit, likeness: float | None) -> float:
        said = self._coverage(unit.keys)
        in_context = self._coverage(unit.keys | self._headings[unit.passage])
        words = 0.6 * said + 0.4 * in_context
        score = LIKENESS * (words if likeness is None else likeness) + SHARED_WORDS * words
        score += PASSAGE_RANK / (1 + 0.5 * unit.passage)
        announced = announced_by(self._books[unit.passage], unit) if self.wants_code else None
        if announced and announced.kind is PieceKind.CODE:
            score += LEADS_TO_CODE * in_context
        return score * _fitness(unit) + self._definition(unit)

    def _definition(self, unit: Unit) -> float:
        if not self._defined or unit.kind not in SENTENCES | {PieceKind.ITEM}:
            return 0.0
        subject = _SUBJECT.match(unit.text)
        return DEFINES * (subject is not None and read_keys(subject[1]) == self._defined)

    def _code_score(self, unit: Unit) -> float:
        """Code says little in words: what announces it speaks for it."""
        book = self._books[unit.passage]
        leading = lead_in(book, unit)
        before = book[unit.position - 1] if unit.position else None
        spoken = leading or before
        announced = self._scores[spoken.place] if spoken else 0.0
        return max(self._scores[unit.place], 0.95 * announced)

    def _coverage(self, keys: frozenset[str]) -> float:
        total = sum(self._weights.values())
        return sum(self._weights[key] for key in keys & self._weights.keys()) / (total or 1.0)


def _rarity(asked: frozenset[str], held: Sequence[frozenset[str]]) -> dict[str, float]:
    """Weights of the question's terms by how few of the passages hold them."""
    seen = Counter(key for keys in held for key in keys & asked)
    return {
        key: math.log((len(held) + 1) / (seen[key] + 0.5)) * (0.35 if key in LIGHT else 1.0)
        for key in seen
    }


def _likeness(
    question: str,
    passages: Sequence[Passage],
    units: Sequence[Unit],
    vectors: Vectors | None,
) -> dict[tuple[int, int], float]:
    told = [unit for unit in units if unit.kind is not PieceKind.CODE]
    if vectors is None or not told:
        return {}
    texts = [f"{passages[unit.passage].title}: {unit.text}" for unit in told]
    embedded = vectors([question, *texts])
    cosines = embedded[1:] @ embedded[0]
    return {unit.place: float(cosine) for unit, cosine in zip(told, cosines, strict=True)}


def _fitness(unit: Unit) -> float:
    """What makes a unit a poor quote whatever it says."""
    fitness = 1.0
    if unit.kind in SENTENCES and _PAGE_TALK.search(unit.text):
        fitness *= 0.6
    if unit.kind in SENTENCES and (unit.words < 4 or unit.words > 60):
        fitness *= 0.8
    if unit.points_back or unit.goes_on:
        fitness *= 0.93
    return fitness

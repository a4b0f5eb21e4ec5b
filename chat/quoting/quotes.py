"""The book answers for itself: its own sentences, lists and code, chosen for a question.

Serves without a provider, when a provider fails, and as the measure that a provider must beat.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from itertools import groupby
from operator import attrgetter

from chat.database import think
from chat.llm.textmodel import JsonSchema, Message, TextModel, Tokens
from chat.prompts import REFUSAL
from chat.quoting.scores import Scores, Vectors
from chat.quoting.units import (
    LISTED,
    SENTENCES,
    SHORT_LIST,
    Unit,
    is_label,
    needs,
    read_units,
)
from chat.sentences import PieceKind
from retrieval.passages import Passage

# An answer's room.
MOST_WORDS = 110
MOST_SENTENCES = 5
MOST_CODE_BLOCKS = 2
MOST_CODE_LINES = 45

# Shares of the best unit's score that a unit needs to be quoted beside it.
CLOSE_TO_BEST = 0.72
CLOSE_ELSEWHERE = 0.82  # in another passage
ALREADY_SAID = 0.75  # share of a unit's terms that the quoted ones hold


class QuotingModel(TextModel):
    """Quotes ``passages`` (best first) in answer to ``question``; says REFUSAL if none fits.

    ``vectors`` adds likeness in meaning to the words shared; it is called in the thinking thread.
    """

    name = "quote"
    own = True

    def __init__(
        self, question: str, passages: Sequence[Passage], *, vectors: Vectors | None = None
    ) -> None:
        self._question = question
        self._passages = passages
        self._vectors = vectors

    async def write(
        self,
        _messages: list[Message],
        *,
        max_tokens: int | None,  # noqa: ARG002 - always short
        schema: JsonSchema | None = None,  # noqa: ARG002 - always Markdown
    ) -> AsyncGenerator[str | Tokens, None]:
        """The quotes as Markdown, all at once. The messages are not read: the passages are."""
        quotes = await think(quote, self._question, self._passages, vectors=self._vectors)
        yield "".join(quotes)


def quote(
    question: str, passages: Sequence[Passage], *, vectors: Vectors | None = None
) -> list[str]:
    """The answer in pieces whose concatenation is Markdown."""
    books = [read_units(number, passage) for number, passage in enumerate(passages)]
    scores = Scores(question, passages, books, vectors)
    chosen = _chosen(books, scores)
    return _written(chosen, scores) if chosen else [REFUSAL]


# ── choosing ─────────────────────────────────────────────────────────────────────────────────


class _Quotes:
    """The units taken so far, within the room that an answer has."""

    def __init__(self, books: Sequence[Sequence[Unit]], asked: frozenset[str]) -> None:
        self._asked = asked
        self.units: dict[tuple[int, int], Unit] = {}
        self._books = books
        self._keys: set[str] = set()
        self._texts: set[str] = set()

    def take(self, unit: Unit) -> bool:
        """Take the unit with all that it needs, or nothing of it."""
        group = self._with_its_table(needs(self._books[unit.passage], unit), unit)
        new = [one for one in group if one.place not in self.units]
        if not group or not self._fits(new) or self._repeats(unit):
            return False
        for one in new:
            self.units[one.place] = one
            self._keys |= one.keys
            self._texts.add(one.text)
        return True

    def has_code(self) -> bool:
        return any(unit.kind is PieceKind.CODE for unit in self.units.values())

    def _with_its_table(self, group: list[Unit], unit: Unit) -> list[Unit]:
        """The whole of a short table whose columns are what the question is about."""
        if unit.kind is not PieceKind.ROW or not group:
            return group
        book = self._books[unit.passage]
        table = [one for one in book if one.block == unit.block]
        if len(table) > SHORT_LIST or not table[0].keys & self._asked:
            return group
        return sorted({*group, *table}, key=attrgetter("place"))

    def _repeats(self, unit: Unit) -> bool:
        if unit.text in self._texts:
            return True
        said = len(unit.keys & self._keys) / (len(unit.keys) or 1)
        return unit.kind is not PieceKind.CODE and said >= ALREADY_SAID

    def _fits(self, new: Sequence[Unit]) -> bool:
        units = [*self.units.values(), *new]
        told = [unit for unit in units if unit.kind is not PieceKind.CODE and not is_label(unit)]
        code = [unit for unit in units if unit.kind is PieceKind.CODE]
        sentences = sum(1.0 if unit.kind in SENTENCES else 0.35 for unit in told)
        first = not self.units
        return (
            len(code) <= MOST_CODE_BLOCKS
            and sum(unit.text.count("\n") for unit in code) <= MOST_CODE_LINES * (1 + first)
            and (first or sentences <= MOST_SENTENCES)
            and (first or sum(unit.words for unit in told) <= MOST_WORDS)
        )


def _chosen(books: Sequence[Sequence[Unit]], scores: Scores) -> list[Unit]:
    """The best unit with what belongs to it, the code it speaks of, then the next best that add
    something, those of the same passage before others."""
    ranked = sorted(
        (unit for book in books for unit in book if not is_label(unit)),
        key=scores.__getitem__,
        reverse=True,
    )
    quotes = _Quotes(books, scores.asked)
    prose_first = sorted(ranked, key=lambda unit: unit.kind is PieceKind.CODE)
    seed = next((unit for unit in prose_first if quotes.take(unit)), None)
    if seed is None:
        return []
    if scores.wants_code and not quotes.has_code():
        _take_code(quotes, ranked, seed, scores)
    for unit in ranked:
        close = CLOSE_TO_BEST if unit.passage == seed.passage else CLOSE_ELSEWHERE
        if unit.kind is not PieceKind.CODE and scores[unit] >= close * scores[seed]:
            quotes.take(unit)
    return list(quotes.units.values())


def _take_code(quotes: _Quotes, ranked: Sequence[Unit], seed: Unit, scores: Scores) -> None:
    """The code of the seed's passage, or as good code elsewhere."""
    code = [unit for unit in ranked if unit.kind is PieceKind.CODE]
    near = [unit for unit in code if unit.passage == seed.passage]
    good = [unit for unit in code if scores[unit] >= CLOSE_TO_BEST * scores[seed]]
    for unit in [*near, *good]:
        if quotes.take(unit):
            return


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def _written(chosen: Sequence[Unit], scores: Scores) -> list[str]:
    """Passages by their best unit, each one's units in book order."""
    ordered = sorted(chosen, key=attrgetter("place"))
    groups = [list(group) for _, group in groupby(ordered, key=attrgetter("passage"))]
    groups.sort(key=lambda group: max(scores[unit] for unit in group), reverse=True)
    sizes = Counter(_block(unit) for unit in chosen)
    texts: list[str] = []
    previous: Unit | None = None
    for unit in (unit for group in groups for unit in group):
        alone = unit.kind is PieceKind.ITEM and sizes[_block(unit)] == 1
        marker = "" if alone else unit.lead.lstrip("\n ")
        texts.append(_joint(previous, unit) + marker + unit.text)
        previous = unit
    return texts


def _joint(previous: Unit | None, unit: Unit) -> str:
    if previous is None:
        return ""
    if _block(previous) != _block(unit):
        return "\n\n"
    return "\n" if unit.kind in LISTED else " "


def _block(unit: Unit) -> tuple[int, int]:
    return unit.passage, unit.block

"""What a book has nearest to a question, and which of its words stand nowhere there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chat.grounding.lexicon import LIGHT
from chat.grounding.terms import read_words
from retrieval.models import heading_line
from retrieval.passages import Passage
from retrieval.search import search

SECTIONS: Final = 3
WORDS: Final = 8


@dataclass(frozen=True, slots=True)
class Lack:
    """``nearest`` sections as ``{"place", "url"}``, ``missing`` words, the commonest first."""

    nearest: list[dict[str, Any]]
    missing: list[str]


def lack_of(slug: str, typical: str, questions: Iterable[str]) -> Lack:
    """What the book lacks for questions that mean the same. Raises what a search raises."""
    passages = search(slug, typical).passages
    return Lack(list(_sections(passages))[:SECTIONS], _missing(questions, passages))


def _sections(passages: Sequence[Passage]) -> Iterator[dict[str, Any]]:
    places = {passage.link: heading_line(passage.heading_path) for passage in passages}
    for url, place in places.items():
        yield {"place": place, "url": url}


def _missing(questions: Iterable[str], passages: Sequence[Passage]) -> list[str]:
    """Words of the questions that no passage has in any form, those of most questions first."""
    there = {
        term.key
        for passage in passages
        for word in read_words(f"{heading_line(passage.heading_path)}\n{passage.text}")
        for term in word.terms
    }
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for question in questions:
        lacking = dict(_words_beyond(question, there))
        counts.update(lacking.keys())
        shown = lacking | shown
    return [shown[key] for key, _ in counts.most_common(WORDS)]


def _words_beyond(question: str, there: set[str]) -> Iterator[tuple[str, str]]:
    for word in read_words(question):
        keys = [term.key for term in word.terms]
        if not any(key in there or key in LIGHT for key in keys):
            yield keys[0], question[word.start : word.end]

"""Whether two questions that sound alike ask the same thing.

An encoder puts "How do I delete a node?" beside "How do I create a node?". What tells them apart
are single words, so these are compared: numbers, identifiers, denials, opposites, what a word
belongs to, and words for which the other question has nothing that is near. In doubt they differ:
a question that is answered afresh costs less than one that gets the answer to another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chat.grounding.lexicon import ANTONYM_OF, LIGHT, SYNONYM_OF, stem
from chat.grounding.numbers import Number
from chat.grounding.terms import Terms, Word, is_negation, read_terms, read_words

NEAR: Final = 0.5
"""Cosine of two words' vectors, each in its question, from which one may stand for the other.
Chosen with ``python -m benchmarks.corrections``."""

_NAMED_NUMBER = re.compile(r"\b[A-Z]\w* \d\b(?![.,]?\d)")
_DENYING = re.compile(
    r"\b(?:prevent|avoid|forbid|reject|refuse|ignor|skip|exclud|omit|disabl|except)\w*"
    r"|\bleave out\b|\b(?:keep|stop|block|hinder)\w*\b.*\bfrom\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"\bwhy\b|\breasons?\b|\bcauses?\b|\bwhat(?:'s| is| went) wrong\b", re.I)
_COMPARISON = re.compile(
    r"(\w+) (?:(?:better|worse|faster|slower|easier|safer) )?"
    r"(?:instead of|rather than|before|after) (?:(?:a|an|the|my) )?(\w+)",
    re.IGNORECASE,
)
_OPPOSED: Final = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("until till", "since"),
        ("into in", "out"),
        ("get read print", "set write"),
        ("serial", "parallel"),
    )
)


class TokenVectors(Protocol):
    """A text's tokens: ``spans`` (tokens, 2) in characters, ``vectors`` (tokens, d) of length 1."""

    @property
    def spans(self) -> NDArray[np.int64]: ...

    @property
    def vectors(self) -> NDArray[np.float32]: ...


Encode: TypeAlias = Callable[[Sequence[str]], Sequence[TokenVectors]]
"""Texts to the contextual vectors of their tokens."""


@dataclass(frozen=True)
class Asked:
    """A question taken apart."""

    text: str

    @cached_property
    def plain(self) -> str:
        """The question without names that end in a number, such as "ROS 2"."""
        return _NAMED_NUMBER.sub("", self.text)

    @cached_property
    def named(self) -> frozenset[str]:
        """The names that end in a number."""
        return frozenset(_NAMED_NUMBER.findall(self.text))

    @cached_property
    def terms(self) -> Terms:
        return read_terms(self.plain)

    @cached_property
    def content(self) -> tuple[Word, ...]:
        """The words that say what is asked about."""
        return tuple(read_words(self.plain))

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset(term.key for word in self.content for term in word.terms)

    @cached_property
    def denies(self) -> bool:
        return any(map(is_negation, self.terms.words)) or bool(_DENYING.search(self.text))

    @cached_property
    def wants_reason(self) -> bool:
        return bool(_REASON.search(self.text))

    @cached_property
    def belonging(self) -> dict[str, frozenset[str]]:
        """For each word those that stand right before it: "reliable" belongs to "publisher"."""
        found: dict[str, set[str]] = {}
        for before, word in zip(self.content, self.content[1:], strict=False):
            if not self.plain[before.end : word.start].strip():
                found.setdefault(word.terms[0].key, set()).add(before.terms[0].key)
        return {key: frozenset(values) for key, values in found.items()}


def agree(one: str, other: str, encode: Encode) -> bool:
    """Whether nothing in the two questions shows that they ask different things."""
    first, second = Asked(one), Asked(other)
    if _same_words(first, second):
        return not _rebound(first, second)
    return (
        first.denies == second.denies
        and first.wants_reason == second.wants_reason
        and _same_details(first, second)
        and not _opposed(first, second)
        and not _opposed(second, first)
        and not _rebound(first, second)
        and not _substituted(first, second, encode)
    )


def _same_words(one: Asked, other: Asked) -> bool:
    return (one.keys, one.terms.words, one.named) == (other.keys, other.terms.words, other.named)


# ── numbers, names and identifiers ───────────────────────────────────────────────────────────


def _same_details(one: Asked, other: Asked) -> bool:
    """Whether both have the same numbers and identifiers, and no name in place of another.

    A number word or a name may be left out by one of them, but not replaced.
    """
    mine, theirs = _numbers_beyond(one, other), _numbers_beyond(other, one)
    return (
        not (mine and theirs)
        and all(number.spelled for number in (*mine, *theirs))
        and not (_identifiers_beyond(one, other) or _identifiers_beyond(other, one))
        and not (_names_beyond(one, other) and _names_beyond(other, one))
    )


def _numbers_beyond(one: Asked, other: Asked) -> list[Number]:
    known = other.terms.numbers
    return [n for n in one.terms.numbers if not any(n.matches(number) for number in known)]


def _identifiers_beyond(one: Asked, other: Asked) -> list[str]:
    said = other.text.lower()
    named = (*one.terms.identifiers, *one.terms.spans)
    return [name for name in named if name.lower() not in said]


def _names_beyond(one: Asked, other: Asked) -> list[str]:
    said = other.text.lower()
    return [name for name in (*one.terms.names, *one.named) if name.lower() not in said]


# ── opposites ────────────────────────────────────────────────────────────────────────────────


def _opposed(one: Asked, other: Asked) -> bool:
    """Whether the one has the opposite of a word of the other in its place."""
    gone, new = one.keys - other.keys, other.keys - one.keys
    if any(ANTONYM_OF.get(key, frozenset()) & new for key in gone):
        return True
    lost, come = one.terms.words - other.terms.words, other.terms.words - one.terms.words
    return any(lost & said and come & against for said, against in _OPPOSED)


def _rebound(one: Asked, other: Asked) -> bool:
    """Whether two words have exchanged what belongs to them, or their places."""
    moved = {
        (before, after)
        for word in one.belonging.keys() & other.belonging.keys()
        for before in one.belonging[word] - other.belonging[word]
        for after in other.belonging[word] - one.belonging[word]
    }
    return any((after, before) in moved for before, after in moved) or _exchanged(one, other)


def _exchanged(one: Asked, other: Asked) -> bool:
    """Whether "A instead of B" has become "B instead of A"."""
    turned = {(after, before) for before, after in _comparisons(one)}
    return any(pair in turned for pair in _comparisons(other))


def _comparisons(asked: Asked) -> list[tuple[str, str]]:
    return [
        (stem(before.lower()), stem(after.lower()))
        for before, after in _COMPARISON.findall(asked.text)
    ]


# ── words without a counterpart ──────────────────────────────────────────────────────────────


def _substituted(one: Asked, other: Asked, encode: Encode) -> bool:
    """Whether a word of the one stands in place of a word of the other that means another thing.

    A word too many on one side alone is let pass: questions differ in how much they say.
    """
    mine, theirs = _unmatched(one, other), _unmatched(other, one)
    if not (_weighty(mine) and _weighty(theirs)):
        return False
    nearness = _nearness(one, mine, other, theirs, encode)
    lonely = [*_lonely(mine, nearness.max(axis=1)), *_lonely(theirs, nearness.max(axis=0))]
    return bool(lonely)


def _unmatched(asked: Asked, other: Asked) -> list[Word]:
    """The content words of which the other question has neither the stem nor a synonym."""
    return [
        word
        for word in asked.content
        if not any(
            term.key in other.keys or SYNONYM_OF.get(term.key, frozenset()) & other.keys
            for term in word.terms
        )
    ]


def _weighty(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if not all(term.key in LIGHT for term in word.terms)]


def _lonely(words: Sequence[Word], nearest: NDArray[np.float32]) -> list[Word]:
    far = [word for word, near in zip(words, nearest, strict=True) if near < NEAR]
    return _weighty(far)


def _nearness(
    one: Asked, mine: Sequence[Word], other: Asked, theirs: Sequence[Word], encode: Encode
) -> NDArray[np.float32]:
    """The cosines of the words in their contexts, (mine, theirs)."""
    first, second = encode([one.plain, other.plain])
    return _vectors(mine, first) @ _vectors(theirs, second).T


def _vectors(words: Sequence[Word], tokens: TokenVectors) -> NDArray[np.float32]:
    """One unit vector a word, the mean of its tokens'; zero for one that was cut off."""
    rows = np.zeros((len(words), tokens.vectors.shape[1]), np.float32)
    for row, word in zip(rows, words, strict=True):
        inside = (tokens.spans[:, 0] >= word.start) & (tokens.spans[:, 0] < word.end)
        mean = tokens.vectors[inside].sum(axis=0)
        row[:] = mean / (np.linalg.norm(mean) or 1)
    return rows

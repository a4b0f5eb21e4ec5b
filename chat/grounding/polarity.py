"""Whether a claim turns its evidence around: negation, opposites, and quantifiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from chat.grounding.lexicon import ANTONYM_OF, STRONGER, SYNONYM_OF, stem
from chat.grounding.source import Segment
from chat.grounding.terms import Terms, is_negation

NEGATED_SHARE: Final = 0.5
"""Share of one side's negated words that the other side has to say without a negation."""

MIN_ORDERED: Final = 4
ORDERED_SHARE: Final = 0.8
"""Words that claim and evidence must share, and their share of the claim's, to compare order."""

_PREFIXES = ("un", "non", "dis", "in", "im")


@dataclass(frozen=True, slots=True)
class Polarity:
    """Counts of clashes between a claim and its evidence.

    ``negated`` are words that one of the two negates and the other says plainly; ``opposites``
    words of the claim of which the evidence has the opposite instead; ``stronger`` quantifiers
    that only the claim has. ``denying`` says that only the claim has any negation, ``exchanged``
    that it has two words of its evidence in each other's place.
    """

    negated: int = 0
    opposites: int = 0
    stronger: int = 0
    denying: bool = False
    exchanged: bool = False

    @property
    def clashes(self) -> bool:
        return bool(self.negated or self.opposites or self.exchanged)


def compare(claim: Terms, near: Sequence[Segment]) -> Polarity:
    """Compare a claim with the segments nearest to it, the nearest first.

    All but the quantifiers is held against the first alone: the next may deny something else.
    """
    if not near:
        return Polarity()
    best, words = near[0], frozenset[str]().union(*(segment.terms.words for segment in near))
    return Polarity(
        negated=max(_clash(claim, best.terms), _clash(best.terms, claim)),
        opposites=_opposites(claim, best.keys),
        stronger=sum(bool(claim.words & said) and not words & enough for said, enough in STRONGER),
        denying=any(map(is_negation, claim.words)) and not any(map(is_negation, words)),
        exchanged=_exchanges(claim, best.terms),
    )


def _clash(negating: Terms, other: Terms) -> int:
    """How many negated words the other has, if they are most of those that it could have."""
    signs = _signs(negating)
    negated = {key for key, found in signs.items() if found == {True}}
    theirs = _signs(other)
    shared = sum(key in theirs for key in negated)
    if not shared or shared < NEGATED_SHARE * len(negated) or _negates(other.words, signs):
        return 0
    return shared


def _signs(terms: Terms) -> dict[str, set[bool]]:
    signs: dict[str, set[bool]] = {}
    for term in terms.terms:
        signs.setdefault(term.key, set()).add(term.negated)
    return signs


def _negates(words: Iterable[str], others: Iterable[str]) -> bool:
    """Whether there is a negation among ``words``, or the prefixed opposite of another word."""
    known = frozenset(others)
    return any(
        is_negation(word)
        or any(
            word.startswith(prefix) and stem(word[len(prefix) :].lstrip("-")) in known
            for prefix in _PREFIXES
        )
        for word in words
    )


def _exchanges(claim: Terms, evidence: Terms) -> bool:
    """Whether the two say the same words in the same order, but for two that changed places."""
    mine, theirs = _once(claim), _once(evidence)
    order = [key for key in mine if key in theirs]
    wanted = [key for key in theirs if key in mine]
    if len(order) < MIN_ORDERED or len(order) < ORDERED_SHARE * len(mine):
        return False
    moved = [at for at, (key, other) in enumerate(zip(order, wanted, strict=True)) if key != other]
    if len(moved) != 2:
        return False
    first, second = moved
    return order[first] == wanted[second] and second - first > 1


def _once(terms: Terms) -> list[str]:
    """The keys of words that stand only once, in order."""
    counts = Counter(term.key for term in terms.terms)
    return [term.key for term in terms.terms if counts[term.key] == 1]


def _opposites(claim: Terms, theirs: frozenset[str]) -> int:
    mine = {term.key for term in claim.terms}
    return sum(
        bool((ANTONYM_OF.get(key, frozenset()) & theirs) - mine)
        for key in mine
        if key not in theirs and not SYNONYM_OF.get(key, frozenset()) & theirs
    )

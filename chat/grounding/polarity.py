"""Whether a claim turns its evidence around: negation, opposites, and quantifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chat.grounding.lexicon import ANTONYM_OF, STRONG, SYNONYM_OF, stem
from chat.grounding.source import Segment
from chat.grounding.terms import Terms, is_negation

NEGATED_SHARE: Final = 0.5
"""Share of one side's negated words that the other side has to say without a negation."""

_PREFIXES = ("un", "non", "dis", "in", "im")


@dataclass(frozen=True, slots=True)
class Polarity:
    """Counts of clashes between a claim and its evidence.

    ``negated`` are words that one of the two negates and the other, without any negation, does
    not; ``opposites`` words of the claim of which the evidence has the opposite instead;
    ``stronger`` quantifiers that only the claim has.
    """

    negated: int = 0
    opposites: int = 0
    stronger: int = 0

    @property
    def clashes(self) -> bool:
        return bool(self.negated or self.opposites)


def compare(claim: Terms, evidence: Sequence[Segment]) -> Polarity:
    """Compare a claim with the segments that express it best."""
    sides = [segment.terms for segment in evidence]
    words = frozenset[str]().union(*(side.words for side in sides))
    return Polarity(
        negated=_negated(claim, sides),
        opposites=_opposites(claim, evidence),
        stronger=sum(bool(claim.words & group) and not words & group for group in STRONG),
    )


def _signs(terms: Terms) -> dict[str, set[bool]]:
    signs: dict[str, set[bool]] = {}
    for term in terms.terms:
        signs.setdefault(term.key, set()).add(term.negated)
    return signs


def _negated(claim: Terms, sides: Sequence[Terms]) -> int:
    """Words negated on one side only, if the other side has no negation of any kind."""
    theirs: dict[str, set[bool]] = {}
    for side in sides:
        for key, signs in _signs(side).items():
            theirs.setdefault(key, set()).update(signs)
    mine = _signs(claim)
    words = frozenset[str]().union(*(side.words for side in sides))
    one_way = 0 if _negates(words, mine) else _clash(mine, theirs)
    return max(one_way, 0 if _negates(claim.words, theirs) else _clash(theirs, mine))


def _clash(negating: Mapping[str, set[bool]], plain: Mapping[str, set[bool]]) -> int:
    """How many negated words the other side has, if they are most of those that it could have."""
    negated = {key for key, signs in negating.items() if signs == {True}}
    shared = sum(key in plain for key in negated)
    return shared if shared and shared >= NEGATED_SHARE * len(negated) else 0


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


def _opposites(claim: Terms, evidence: Sequence[Segment]) -> int:
    theirs = frozenset[str]().union(*(segment.keys for segment in evidence))
    mine = {term.key for term in claim.terms}
    return sum(
        bool((ANTONYM_OF.get(key, frozenset()) & theirs) - mine)
        for key in mine
        if key not in theirs and not SYNONYM_OF.get(key, frozenset()) & theirs
    )

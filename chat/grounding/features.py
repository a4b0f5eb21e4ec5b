"""What the judge measures of one claim against the passages, before anything is decided."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chat.grounding.alignment import Alignment, Place, Window
from chat.grounding.contextual import SENTENCES, Encode, Soft, align
from chat.grounding.placement import misplaced
from chat.grounding.polarity import Polarity, compare
from chat.grounding.specifics import Details, check_details
from chat.grounding.terms import Term, Terms, read_terms

MIN_CLAUSE_TERMS = 3
MERGE_GAIN = 0.1
"""Coverage that a second window has to add before it counts as evidence too."""

_CLAUSE_BORDER = re.compile(
    r"[,;:—–]\s|\s(?:and|but|while|whereas|so|because|which|where|if|when|then|or|instead of"
    r"|rather than|although|unless|until)\s"
)


@dataclass(frozen=True, slots=True)
class Features:
    """Shares are in 0..1, the rest are counts.

    ``window`` is the best window's coverage of the claim. ``weakest_clause``,
    ``strongest_clause`` and ``clauses`` are the worst, the best and the mean coverage of its
    clauses, each by its own best window. ``novel`` counts content words that no passage has in
    any form. ``near`` are the places of the segments that cover most of the claim, best first.
    ``soft`` is there once the claim was encoded.
    """

    window: float
    weakest_clause: float
    strongest_clause: float
    clauses: float
    novel: int
    details: Details
    polarity: Polarity
    near: tuple[Place, ...]
    evidence: tuple[Window, ...]
    soft: Soft | None = None


def measure(
    text: str, alignment: Alignment, allowed: frozenset[str], question: str = ""
) -> Features:
    """Measure the claim ``text`` by its words; ``allowed`` are those of the ``question``."""
    claim = read_terms(text)
    best = alignment.best_window(claim.terms)
    near = alignment.nearest(claim.terms, SENTENCES)
    shares = _clause_coverages(text, alignment)
    details = check_details(claim, alignment.sources, allowed)
    segments = [alignment.segment(place) for place in near]
    prose = next((segment for segment in segments if not segment.is_code), None)
    elsewhere = misplaced(claim, (text, question), alignment.sources, prose)
    return Features(
        window=best.coverage if best else 0.0,
        weakest_clause=min(shares, default=0.0),
        strongest_clause=max(shares, default=0.0),
        clauses=sum(shares) / len(shares) if shares else 0.0,
        novel=_novel(claim, alignment),
        details=replace(details, misplaced=elsewhere),
        polarity=compare(claim, segments),
        near=tuple(near),
        evidence=_evidence(claim.terms, best, alignment),
    )


def encoded(features: Features, text: str, alignment: Alignment, encode: Encode) -> Features:
    """The features of the claim ``text`` with its soft alignment."""
    return replace(features, soft=align(text, features.near, alignment, encode))


def _novel(claim: Terms, alignment: Alignment) -> int:
    """How many full content words of the claim no passage has in any form."""
    unknown = {term.key for term in claim.terms if term.prior >= 1.0}
    return sum(not alignment.strengths(key) for key in unknown)


def _evidence(
    terms: Sequence[Term], best: Window | None, alignment: Alignment
) -> tuple[Window, ...]:
    """The best window, and a second one where the claim merges two places of the book."""
    if best is None:
        return ()
    wanted = best.coverage + MERGE_GAIN
    others = alignment.best_windows(terms)[1:] if wanted <= 1.0 else []
    pairs = {other: alignment.coverage(terms, (best, other)) for other in others}
    partner = max(pairs, key=pairs.__getitem__, default=None)
    if partner is None or pairs[partner] < wanted:
        return (best,)
    return (best, partner)


def _clause_coverages(text: str, alignment: Alignment) -> list[float]:
    shares = []
    for clause in clauses(text):
        if terms := read_terms(clause).terms:
            best = alignment.best_window(terms)
            shares.append(best.coverage if best else 0.0)
    return shares


def clauses(text: str) -> list[str]:
    """The text cut at commas and conjunctions, short parts joined to the next."""
    parts, begin = [], 0
    for border in _CLAUSE_BORDER.finditer(text):
        if len(read_terms(text[begin : border.start()]).terms) >= MIN_CLAUSE_TERMS:
            parts.append(text[begin : border.start()])
            begin = border.end()
    last = text[begin:]
    if parts and len(read_terms(last).terms) < MIN_CLAUSE_TERMS:
        parts[-1] = f"{parts[-1]} {last}"
    else:
        parts.append(last)
    return parts

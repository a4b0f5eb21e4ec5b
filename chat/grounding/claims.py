"""Which sentences of an answer say nothing about the book and so need no proof.

Greetings, closings, questions back, headings, bare lead-ins and the admission that the book is
silent. Whatever brings in a word that neither the question nor the passages have is treated as a
claim, so that nothing is smuggled past the judge in a friendly sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from chat.grounding.lexicon import stem, words
from chat.grounding.terms import Terms, read_terms
from chat.sentences import PieceKind

MAX_WORDS: Final = 40
HEADING_KNOWN: Final = 0.6
"""Share of a heading's words that the question or the passages must have."""

MAX_OWN_WORDS: Final = 1
"""Words of a courtesy that neither small talk, the question nor the passages have."""

_BOOK = r"""(?:
    \b(?:books?|passages?|documentation|docs|excerpts?|chapters?|tutorials?)\b [^.;:]{0,40}?
    | \b(?:this|the|these|provided|given|available)\s
      (?:text|context|sources?|information|section|page)\s
      (?:(?:provided|given|above|here|I\ have|at\ hand)\s)?
    )"""
_TELLS = r"""(?:cover|mention|say|state|describe|give|contain|include|explain|specify|provide
    |discuss|address|tell|answer|list|document|define|talk|go\ into)"""
_TOLD = r"(?:covered|mentioned|described|explained|documented|specified|stated|provided|answered)"
_VERBOSE = re.IGNORECASE | re.VERBOSE

_SILENCE = re.compile(
    rf"""
    {_BOOK}
    \b(?:do|does|did|is|are|has|have|was|were|can)(?:n['’]t|\ not|not|\ no)\b [^.;:]{{0,20}}?
    \b(?:{_TELLS}|{_TOLD}|any|information)
    | \b(?:I|we)\s+(?:(?:could|can|did|do)(?:n['’]t|\ not)|cannot|am\ unable|was\ unable
        |found\ no|find\ no|have\ no)\b
      [^.;:]{{0,12}}?
      \b(?:find|see|know|answer|say|tell|information|anything|mention|nothing|locate|help|passage)
    | \b(?:there\ is|there['’]s|I\ have)\ (?:no|nothing)\b [^.;:]{{0,30}}?
      \b(?:information|mention|about|on\ this|in\ the\ (?:book|passages|text))
    | \bnot\ (?:{_TOLD}|found|in)\b [^.;:]{{0,20}} {_BOOK}
    | \b(?:says?|mentions?|tells?)\ nothing\ (?:about|on|of)\b
    """,
    _VERBOSE,
)
# Sentences that begin so are about the conversation, and may name its subject.
_COURTESY = re.compile(
    r"""^(?:(?:sure|certainly|of\ course|absolutely|great|okay|ok|alright)[,!.\ ]+)?(?:
    (?:thanks?|thank\ you|you['’]re\ welcome|glad|happy|no\ problem|feel\ free|good\ luck
        |don['’]t\ hesitate)\b
    | (?:I|we)\ (?:hope|am\ happy|am\ glad|am\ sorry|would\ be\ happy|can\ help)\b
    | (?:I|we)['’](?:m|d)\ (?:happy|glad|sorry|be\ happy|be\ glad)\b
    | (?:hope|hopefully),?\ (?:this|that)\b
    | let\ me\ (?:know|explain|help)\b | let['’]s\b
    | please\ (?:let|feel|tell|ask)\b
    | if\ you\ (?:have|need|want)\ (?:any\ )?(?:other|more|further|questions|help)\b
    )""",
    _VERBOSE,
)
# Sentences that begin so claim nothing only if hardly anything follows.
_INTERJECTION = re.compile(
    r"""^(?:sure|certainly|of\ course|absolutely|great|good|hello|hi|hey|welcome|nice|okay
    |ok|got\ it|alright|sorry|unfortunately|have\ fun|enjoy|here(?:['’]s|\ is|\ are)
    |that['’]s\ (?:it|all)    |(?:I|we)['’]ll)\b""",
    _VERBOSE,
)
_HEDGE = re.compile(
    r"""^(?:
    (?:(?:this|that|it|the\ answer|results?)\s+)? (?:(?:may|might|can|could)\s+)?
        (?:depends?|var(?:y|ies))\b
    | your\ mileage\ may\ vary | it\ is\ hard\ to\ say
    | I(?:\ am|['’]m)\ not\ (?:sure|certain)
    )""",
    _VERBOSE,
)
_QUESTION = re.compile(
    r"""^(?:(?:and|so|but|or|also|first|then|by\ the\ way
        |just\ to\ be\ sure|to\ help\ you)[,\ ]+)*
    (?:what|which|who|whom|whose|when|where|why|how|do|does|did|is|are|am|was|were|can|could|would
        |will|shall|should|have|has|had|may|might)\b""",
    _VERBOSE,
)
_SMUGGLED = re.compile(
    r"\b(?:did|do|don['’]t) you (?:know|reali[sz]e)\b|, right\?|n['’]t (?:it|they)\?",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"[;:]|\b(?:but|however|although|though|nevertheless|instead|because)\b", re.IGNORECASE
)

_LEAD_IN_WORDS = frozenset(
    map(
        stem,
        words(
            "follow step example command run here below try use need like this do way code file "
            "snippet line summary short note answer detail explain describe list overview option "
            "point look result output question help happy glad guide issue problem topic book"
        ),
    )
)
_CHAT_WORDS = _LEAD_IN_WORDS | frozenset(
    map(
        stem,
        words(
            "sure certain course great good thank hello hi welcome hope clear clarify know feel "
            "free ask more further anything else back come luck fun enjoy let go through walk take "
            "time start get project learn work persist setting share tell moment plan want kind "
            "differ understand useful helpful make sense please sorry unfortunately apologize "
            "confusion day build first mind reach into long setup situation environment system"
        ),
    )
)

Known = Callable[[str], bool]
"""Whether the question or a passage has a term."""


def is_claim(text: str, kind: PieceKind, known: Known) -> bool:
    """Whether the piece asserts something that the passages have to prove.

    ``text`` is plain, with inline code between backticks; ``known`` says whether the question or
    the passages have a term.
    """
    terms = read_terms(text)
    if kind is PieceKind.HEADING:
        return not _is_known(terms, known, HEADING_KNOWN)
    if len(text.split()) > MAX_WORDS:
        return True
    return not (
        _admits_silence(text)
        or _asks(text, terms, known)
        or _chats(text, terms, known)
        or _leads_in(text, terms)
    )


def _admits_silence(text: str) -> bool:
    """Says that the book is silent, and does not go on to fill the gap."""
    found = _SILENCE.search(text)
    if found is None:
        return False
    around = text[: found.start()] + text[found.end() :]
    return _TURN.search(around) is None


def _asks(text: str, terms: Terms, known: Known) -> bool:
    """A question to the reader, made of words that are about the reader or known."""
    bare = text.rstrip(" \"'”’)*_")
    if (
        not bare.endswith("?")
        or _SMUGGLED.search(text)
        or not _QUESTION.match(bare.lstrip("*_\"'“"))
    ):
        return False
    return "you" in terms.words or "your" in terms.words or _is_known(terms, known, 0.5)


def _chats(text: str, terms: Terms, known: Known) -> bool:
    """A greeting, closing or hedge without anything of substance."""
    bare = text.lstrip("*_\"'“")
    if _TURN.search(text) or terms.identifiers or not _knows_numbers(terms, known):
        return False
    full = [term.key for term in terms.terms if term.prior >= 1.0 and term.key not in _CHAT_WORDS]
    if _COURTESY.match(bare):
        return sum(not known(key) for key in full) <= MAX_OWN_WORDS
    return bool(_INTERJECTION.match(bare) or _HEDGE.match(bare)) and not full


def _leads_in(text: str, terms: Terms) -> bool:
    """ "Here is how:": announces what follows and says nothing itself."""
    if not text.rstrip("*_ ").endswith(":"):
        return False
    return all(term.key in _LEAD_IN_WORDS or term.prior < 1.0 for term in terms.terms)


def _is_known(terms: Terms, known: Known, share: float) -> bool:
    full = [term for term in terms.terms if term.prior >= 1.0]
    share_known = sum(known(term.key) for term in full)
    return _knows_numbers(terms, known) and share_known >= share * len(full)


def _knows_numbers(terms: Terms, known: Known) -> bool:
    return all(number.spelled or known(number.text) for number in terms.numbers)

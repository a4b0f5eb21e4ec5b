"""What a text says, taken apart: content words, numbers, identifiers and names.

Claims and passages are read by the same function, so that they can be compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from chat.grounding.lexicon import LIGHT, NEGATIONS, STOP, stem
from chat.grounding.numbers import Number, is_unit, read_numbers

NEGATION_REACH: Final = 3
"""Content words after a negation that are taken to be negated, within its clause."""

_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_TOKEN = re.compile(r"[^\s`\"“”‘(),;!?<>\[\]{}|*=…—]+")
_PARTS = re.compile(r"[-–/.:'’+&@#~]+")
_CLOSING: Final = ".:'’-…"
_POSSESSIVE = re.compile(r"['’]s$")
_CLAUSE_ENDS = frozenset(",;)")
_NUMERIC = re.compile(r"[-+]?\d[\d.,:]*\d|\d+")
_HAS_WORD = re.compile(r"[^\W_]")
_CODE_SHAPE = re.compile(
    r"\w+://.+|\.[a-z]\w+|\w*_\w+.*|.*::.*|.*:=.*|--?[A-Za-z][\w-]*(?:=.*)?|[~.]?/[\w.-]+.*|\w[\w.-]*/[\w.-]+/[\w./-]*"
    r"|\.?\w[\w-]*(?:\.\w[\w-]*)*\.[A-Za-z]{1,5}\d?(?:\(\))?|\w+\(\)|[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*"
    r"|[A-Za-z]+\d\w*|[A-Z]+_?[A-Z\d]*_[A-Z\d_]+"
)
_NAME = re.compile(r"[A-Z][\w]*(?:-[A-Z\d]\w*)*")
_KEYSTROKE = re.compile(r"[A-Z]\w+(?:\+\w+)+")
_ALTERNATIVES = re.compile(r"[/&]")  # "Linux/macOS"
_AFTER_BORDER = re.compile(r"(?:^|[.:!?\"“‘(\[]|\d[.)])\s*[*_\"“‘(]*$")


class Term(NamedTuple):
    """A content word: its stem (or the token itself if shaped like code), and its weight. Numbers
    are no terms: they are compared by value.

    ``negated`` says that a negation stands shortly before it in the same clause.
    """

    key: str
    prior: float
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """A sentence taken apart. ``spans`` are its inline code spans, ``identifiers`` the tokens
    outside of them that are shaped like code, ``names`` its proper names and acronyms."""

    terms: tuple[Term, ...]
    numbers: tuple[Number, ...]
    spans: tuple[str, ...]
    identifiers: tuple[str, ...]
    names: tuple[str, ...]
    words: frozenset[str]  # every lowercase word, function words too


class Word(NamedTuple):
    """A word with content at ``start:end`` of a text, and the terms that it stands for."""

    start: int
    end: int
    terms: tuple[Term, ...]


def read_words(text: str) -> Iterator[Word]:
    """The words of a text that carry content, numbers too, in order."""
    for match in _TOKEN.finditer(text):
        if keys := _keys(match.group()):
            end = match.start() + len(match.group().rstrip(_CLOSING))
            yield Word(match.start(), end, tuple(Term(*key) for key in keys))


@lru_cache(maxsize=8_192)
def read_terms(text: str) -> Terms:
    """Take one sentence apart; inline code stands between backticks.

    Kept, since a claim and its clauses are read by several steps, and the book's sentences for
    many readers.
    """
    spans = tuple(span for match in _SPAN.finditer(text) if (span := match.group(2).strip()))
    prose = _SPAN.sub(" ` ", text)
    tokens = [match.group() for match in _TOKEN.finditer(prose)]
    return Terms(
        terms=tuple(_terms(text)),
        numbers=tuple(read_numbers(prose)),
        spans=spans,
        identifiers=tuple(
            bare
            for token in tokens
            if (bare := _bare(token)) and (is_code_shaped(bare) or is_keystroke(bare))
        ),
        names=tuple(_names(prose)),
        words=frozenset(token.lower().strip(".:'’-") for token in tokens),
    )


def is_code_shaped(token: str) -> bool:
    """Whether a token outside of code reads like an identifier, flag, path or file name."""
    if len(token) < 2 or token in ("e.g", "i.e") or is_unit(token):
        return False
    return _CODE_SHAPE.fullmatch(token) is not None


def is_keystroke(token: str) -> bool:
    """Whether a token names keys that are pressed together, as "Ctrl+C" does."""
    return _KEYSTROKE.fullmatch(token) is not None


def read_keys(text: str) -> frozenset[str]:
    """The keys of the text's terms alone, much faster than :func:`read_terms`."""
    return frozenset(key for token in _TOKEN.findall(text) for key, _ in _keys(token))


@lru_cache(maxsize=8_192)
def is_negation(word: str) -> bool:
    low = word.lower().replace("’", "'").strip(".:'")
    return low in NEGATIONS or low.endswith("n't")


def _bare(token: str) -> str:
    return _POSSESSIVE.sub("", token.rstrip(_CLOSING)).lstrip("'’")


def _terms(text: str) -> list[Term]:
    found: list[Term] = []
    reach = 0  # how many more content words the last negation still covers
    for match in _TOKEN.finditer(text):
        token = match.group()
        if is_negation(token):
            answers = text[match.end() : match.end() + 1] in _CLAUSE_ENDS  # "No, it does"
            reach = 0 if answers else NEGATION_REACH
            continue
        for key, prior in _keys(token):
            if not _NUMERIC.fullmatch(key):
                found.append(Term(key, prior, reach > 0))
            reach -= 1
        if token[-1] in ".:" or text[match.end() : match.end() + 1] in _CLAUSE_ENDS:
            reach = 0
    return found


@lru_cache(maxsize=65_536)
def _keys(token: str) -> tuple[tuple[str, float], ...]:
    """The terms of one token: itself if it is code or a number, else the stems of its words."""
    bare = _bare(token)
    if _NUMERIC.fullmatch(bare):
        return ((bare, 0.5),)
    if is_code_shaped(bare):
        return ((bare.lower().removesuffix("()"), 1.3),)
    parts = (part.lower() for part in _PARTS.split(bare))
    content = (part for part in parts if part not in STOP and _HAS_WORD.search(part))
    return tuple((key, _prior(key)) for key in map(stem, content))


def _prior(key: str) -> float:
    if key in LIGHT or len(key) == 1 or is_unit(key):
        return 0.35
    return 1.0


def _names(prose: str) -> list[str]:
    """Capitalised words that do not stand at the beginning of a sentence, and acronyms."""
    found = []
    for match in _TOKEN.finditer(prose):
        begins = _AFTER_BORDER.search(prose[max(0, match.start() - 8) : match.start()])
        for token in _ALTERNATIVES.split(_bare(match.group()).strip("-/")):
            if _is_name(token) and (token.isupper() or not begins):
                found.append(token)
            begins = None
    return found


def _is_name(token: str) -> bool:
    if len(token) < 2 or not _NAME.fullmatch(token):
        return False
    return token.lower() not in STOP and not is_unit(token)

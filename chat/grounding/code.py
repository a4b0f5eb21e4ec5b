"""Commands, code lines and identifiers: they stand in the passages as written, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from chat.grounding.source import Source
from chat.grounding.terms import is_code_shaped

NEARLY: Final = 0.5
"""Share of a line's tokens that another line must have to be called nearly the same."""

_PROMPT = re.compile(r"^(?:\$|>>>|\.\.\.|PS [^>]*>|C:\\[^>]*>|#(?= \w+ -))\s+")
_COMMENT = re.compile(
    r"^\s*(?:#(?!include|define|if|endif|!\[|\[)|//|/\*|\*/|\* |<!--|--\s|;|%|\"\"\"|''')"
)
_TRAILING_COMMENT = re.compile(r"\s+(?:#|//|<!--)\s.*$")
_PLACEHOLDER = re.compile(r"<[^<>]*>|\[[^\[\]]*\]|\{[^{}]*\}|\.\.\.|…")
_CALL = re.compile(r"\((?:\.{2,3}|…)?\)$")
_CONTINUED = re.compile(r"\\\n\s*")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Found:
    """Where a code line or command stands: the passage's index and the place in its text."""

    passage: int
    start: int
    end: int


def checkable_lines(code: str) -> Iterator[str]:
    """The lines of a code block that say something: not blank, not a comment, not only brackets."""
    for line in _CONTINUED.sub(" ", code).split("\n"):
        bare = normalised(line)
        if bare and not _COMMENT.match(line) and any(char.isalnum() for char in bare):
            yield bare


@lru_cache(maxsize=16_384)
def normalised(line: str) -> str:
    """A code line without its prompt and trailing comment, runs of white space made one space."""
    bare = _PROMPT.sub("", line.strip())
    return _SPACES.sub(" ", _TRAILING_COMMENT.sub("", bare)).strip()


def find_line(line: str, sources: Sequence[Source], allowed: frozenset[str]) -> Found | None:
    """The code line in the passages that equals ``line``, up to placeholders.

    ``allowed`` are words of the question, which may stand where the book has a placeholder.
    """
    for at, source in enumerate(sources):
        for text, start, end in _whole_lines(source):
            if text == line or _fits(line.split(), text.split(), allowed):
                return Found(at, start, end)
    return None


def nearest_line(line: str, sources: Sequence[Source]) -> str | None:
    """The most similar code line of the passages, if one shares at least half of the tokens."""
    tokens = line.split()
    best, best_share = None, NEARLY
    for source in sources:
        for text, _, _ in _whole_lines(source):
            others = text.split()
            shared = len(set(tokens) & set(others)) / max(len(set(tokens) | set(others)), 1)
            if shared >= best_share:
                best, best_share = text, shared
    return best


def changed_arguments(line: str, book: str) -> list[str]:
    """The tokens of ``line`` that the book's line does not have."""
    known = set(book.split())
    return [token for token in line.split() if token not in known]


def stands_in(span: str, sources: Sequence[Source], allowed: frozenset[str]) -> bool:
    """Whether inline code stands in the passages: as written, or as part of a command there."""
    bare = _CALL.sub("", _SPACES.sub(" ", span).strip())
    if not any(char.isalnum() for char in bare):
        return True
    exact = is_code_shaped(bare) or " " in bare
    return any(
        occurs(bare, source.text)
        or (not exact and occurs(bare.lower(), source.folded))
        or any(occurs(bare, text) or _part_fits(bare, text, allowed) for text in _lines(source))
        for source in sources
    ) or _is_listed(bare, sources)


def _is_listed(command: str, sources: Sequence[Source]) -> bool:
    """Whether a tool and its sub-command are both there, the latter as a list entry of its own."""
    tokens = command.split()
    return len(tokens) == 2 and any(
        occurs(tokens[0], source.text) and f"- `{tokens[1]}`" in source.text for source in sources
    )


def occurs(token: str, text: str) -> bool:
    """Whether ``token`` stands in ``text`` and is not a part of a longer name there."""
    at = text.find(token)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(token) : at + len(token) + 2]
        if not (_joins(before) and _joins(token[0])) and not _continues(token, after):
            return True
        at = text.find(token, at + 1)
    return False


def _joins(char: str) -> bool:
    return char.isalnum() or char == "_"


def _continues(token: str, after: str) -> bool:
    if not after or not _joins(token[-1]):
        return False
    return _joins(after[0]) or (token.startswith("-") and after[0] == "-")


def _whole_lines(source: Source) -> Iterator[tuple[str, int, int]]:
    """Code lines as normalised, those that a backslash continues joined into one."""
    joined, begin = "", -1
    for text, start, end in source.code_lines:
        begin = start if begin < 0 else begin
        joined += text
        if text.endswith("\\"):
            joined = joined[:-1]
            continue
        yield normalised(joined), begin, end
        joined, begin = "", -1


def _lines(source: Source) -> Iterator[str]:
    return (text for text, _, _ in _whole_lines(source))


def _fits(tokens: list[str], book: list[str], allowed: frozenset[str]) -> bool:
    return len(tokens) == len(book) and all(
        _token_fits(token, other, allowed) for token, other in zip(tokens, book, strict=True)
    )


def _part_fits(span: str, book_line: str, allowed: frozenset[str]) -> bool:
    """Whether the words of ``span`` stand one after the other in the line, up to placeholders."""
    tokens, book = span.split(), book_line.split()
    if len(tokens) < 2 or tokens[0] not in book_line:
        return False
    return any(
        _fits(tokens, book[at : at + len(tokens)], allowed)
        for at in range(len(book) - len(tokens) + 1)
    )


def _token_fits(token: str, book: str, allowed: frozenset[str]) -> bool:
    if token == book or _PLACEHOLDER.fullmatch(token):
        return True
    pattern = _placeholders(book)
    found = pattern.fullmatch(token) if pattern else None
    return found is not None and all(part.lower() in allowed for part in found.groups())


@lru_cache(maxsize=4_096)
def _placeholders(book: str) -> re.Pattern[str] | None:
    """A pattern for a token of the book such as ``bed:=<name>``; what fills it is a group."""
    fixed = _PLACEHOLDER.split(book)
    if len(fixed) == 1:
        return None
    return re.compile(r"([^-].*?)".join(map(re.escape, fixed)))

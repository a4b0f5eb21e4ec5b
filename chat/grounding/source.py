"""A passage made ready to be judged against: its sentences with their terms, and its code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from chat.grounding.labels import Label, read_labels
from chat.grounding.terms import Terms, read_keys, read_terms
from chat.sentences.borders import sentence_spans
from retrieval.passages import Kind, Passage

CACHED_PASSAGES: Final = 2_048
"""Prepared passages kept in the process: readers of one book meet the same ones."""

BEGINNING: Final = 4
"""How many letters two forms of a word share at the least."""

_LINE = re.compile(r"[^\n]+")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_MARKER = re.compile(r"\s*(?:>\s*)*(?:(?:[-*+]|\d{1,3}[.)])\s+|#{1,6}\s+)?")
_TABLE_RULE = re.compile(r"[\s|:+=-]*")
_INLINE_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence, list item, table row or code line: ``start`` and ``end`` in the passage."""

    start: int
    end: int
    text: str
    keys: frozenset[str]
    is_code: bool = False

    @property
    def terms(self) -> Terms:
        """Only the segments that come near a claim are ever taken apart in full."""
        return read_terms(self.text)


@dataclass(frozen=True, slots=True)
class Source:
    """A passage's segments in order, its code lines with their places, and its whole text.

    ``labels`` tells for each segment the tab or command that it stands under.
    ``places`` tells in which segments each key stands, ``beginnings`` which keys share their
    first four letters.
    """

    segments: tuple[Segment, ...]
    code_lines: tuple[tuple[str, int, int], ...]
    text: str
    folded: str
    heading: frozenset[str]
    labels: tuple[Label, ...]
    places: Mapping[str, Sequence[int]]
    beginnings: Mapping[str, Sequence[str]]


def prepare(passage: Passage) -> Source:
    """Read a passage. The result is shared by everybody who reads the same text."""
    return _prepare(passage.text, passage.heading_path, passage.kind is Kind.CODE)


@lru_cache(maxsize=CACHED_PASSAGES)
def _prepare(text: str, heading_path: tuple[str, ...], only_code: bool) -> Source:
    segments: list[Segment] = []
    code: list[tuple[str, int, int]] = []
    for start, end, is_code in _spans(text, only_code):
        piece = text[start:end]
        segments.append(Segment(start, end, piece, read_keys(piece), is_code))
        if is_code:
            code.append((piece, start, end))
        else:
            code += [
                (span.group(2), start + span.start(2), start + span.end(2))
                for span in _INLINE_CODE.finditer(piece)
            ]
    known = "\n".join((*heading_path, text))
    heading = read_keys(" : ".join(heading_path))
    title = heading_path[-1] if heading_path else ""
    texts = [(segment.text, segment.is_code) for segment in segments]
    labels = tuple(read_labels(title, texts, [line for line, _, _ in code]))
    places = _places(segments)
    beginnings: dict[str, list[str]] = {}
    for key in places:
        beginnings.setdefault(key[:BEGINNING], []).append(key)
    return Source(
        tuple(segments), tuple(code), known, known.lower(), heading, labels, places, beginnings
    )


def _places(segments: Sequence[Segment]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for number, segment in enumerate(segments):
        for key in segment.keys:
            places.setdefault(key, []).append(number)
    return places


def _spans(text: str, only_code: bool) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it is code, of each sentence or line that says something."""
    fenced = _FENCE.search(text) is not None
    fence = ""
    for block in _LINE.finditer(text):
        line = block.group()
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark.group(1)
        elif fence or (only_code and not fenced):
            indent = len(line) - len(line.lstrip())
            if line.strip():
                yield block.start() + indent, block.start() + len(line.rstrip()), True
        else:
            yield from _sentences(line, block.start())


def _sentences(line: str, offset: int) -> Iterator[tuple[int, int, bool]]:
    if _TABLE_RULE.fullmatch(line):
        return
    marker = _MARKER.match(line)
    begin = marker.end() if marker else 0
    if line.lstrip().startswith("|"):
        yield offset + begin, offset + len(line.rstrip()), False
        return
    for start, end in sentence_spans(line[begin:]):
        yield offset + begin + start, offset + begin + end, False

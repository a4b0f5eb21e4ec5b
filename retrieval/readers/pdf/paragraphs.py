"""Printed lines as the blocks that they were before they were set: paragraphs and code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from retrieval.passages import Block, Kind
from retrieval.readers.pdf.lines import HYPHEN_MARK, Line

WIDE_GAP = 1.3
"""Between paragraphs the lines stand this much further apart than inside one."""

SHORT_LINE = 0.85
OTHER_SIZE = 0.1
_HYPHENS = ("-", "\u2010", "\xad", HYPHEN_MARK)
_ITEM = re.compile(r"(?:[•◦▪‣⁃*–-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_BULLET = re.compile(r"^[•◦▪‣⁃–]\s*")
_SENTENCE_END = re.compile(r"[.!?:]['\"”’)]*$")
_DIVIDED = re.compile(rf"(\w+){HYPHEN_MARK}(\w+)")
_COMPOUND = re.compile(r"\w+-\w+")


def count_code_blocks(lines: Sequence[Line]) -> int:
    """How many runs of monospaced lines there are."""
    kinds = [False, *(line.monospaced for line in lines)]
    return sum(1 for before, line in pairwise(kinds) if line and not before)


class Typesetting:
    """What holds for a whole document: the distance of its lines and the words it writes."""

    def __init__(self, lines: Sequence[Line]) -> None:
        gaps = [a.bottom - b.bottom for a, b in pairwise(lines) if a.page == b.page]
        usual = [gap for gap in gaps if gap > 0]
        self.leading = median(usual) if usual else 0.0
        self.right = max((line.right for line in lines if not line.monospaced), default=0.0)
        self._compounds = {word for line in lines for word in _COMPOUND.findall(line.text)}

    def blocks(self, lines: Sequence[Line]) -> Iterator[tuple[int, Block]]:
        """The blocks of a section's lines, each with the page that it begins on."""
        for group in self._groups(lines):
            page = group[0].page
            if group[0].monospaced:
                yield page, Block(Kind.CODE, self._code(group))
            else:
                yield page, Block(Kind.PROSE, self._prose(group))

    def _groups(self, lines: Sequence[Line]) -> Iterator[list[Line]]:
        group: list[Line] = []
        for line in lines:
            if group and self._begins(line, group[-1]):
                yield group
                group = []
            group.append(line)
        if group:
            yield group

    def _begins(self, line: Line, before: Line) -> bool:
        """Whether a block begins with ``line``."""
        if line.monospaced or before.monospaced:
            return line.monospaced is not before.monospaced
        if _ITEM.match(line.text) or abs(line.size - before.size) > OTHER_SIZE * before.size:
            return True
        ended = bool(_SENTENCE_END.search(before.text))
        gap = before.bottom - line.bottom
        if line.page != before.page or gap < 0:
            return ended or not line.text[0].islower()
        is_short = before.right < self.right * SHORT_LINE
        is_indented = line.left > before.left + line.size and not _ITEM.match(before.text)
        return gap > WIDE_GAP * self.leading or (ended and (is_short or is_indented))

    def _prose(self, lines: Sequence[Line]) -> str:
        text = lines[0].text
        for line in lines[1:]:
            text = _joined(text, line.text)
        text = _DIVIDED.sub(self._undivided, text).replace(HYPHEN_MARK, "-")
        return _BULLET.sub("- ", " ".join(text.split()))

    def _undivided(self, word: re.Match[str]) -> str:
        """A divided word in one; it keeps its hyphen if the document writes it so elsewhere."""
        compound = f"{word[1]}-{word[2]}"
        return compound if compound in self._compounds else f"{word[1]}{word[2]}"

    def _code(self, lines: Sequence[Line]) -> str:
        """Code with its indents, from where the lines begin, and its blank lines."""
        left = min(line.left for line in lines)
        leading = min((gap for gap in _gaps(lines) if gap > 0), default=0.0)
        text = self._indented(lines[0], left)
        for gap, line in zip(_gaps(lines), lines[1:], strict=True):
            blank = "\n" if leading and gap > 1.6 * leading else ""
            text += f"\n{blank}{self._indented(line, left)}"
        return text

    def _indented(self, line: Line, left: float) -> str:
        indent = round((line.left - left) / line.width) if line.width > 0 else 0
        return " " * indent + line.text


def _joined(text: str, line: str) -> str:
    """The text with a line after it, a mark where a word was divided at the line's end."""
    is_divided = text.endswith(_HYPHENS) and text[-2:-1].isalpha() and line[0].islower()
    return f"{text[:-1]}{HYPHEN_MARK}{line}" if is_divided else f"{text} {line}"


def _gaps(lines: Sequence[Line]) -> list[float]:
    """The distances of neighbouring lines; 0 across pages."""
    return [a.bottom - b.bottom if a.page == b.page else 0.0 for a, b in pairwise(lines)]

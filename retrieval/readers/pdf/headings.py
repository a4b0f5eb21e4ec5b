"""Headings of a PDF: those of its outline, found in the text, else lines in a larger type."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from retrieval.readers.pdf.lines import Bookmark, Line

LARGER = 1.12
LONGEST = 150
MOST_LEVELS = 4
MOST_HEADINGS = 0.2
"""Share of the text that can be headings; beyond it the sizes of the type mean something else."""

_MARKS = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(r"[.;,:]$")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a level from 0 that stands before the line ``at`` and is ``lines`` lines long.

    A bookmark whose words are not on its page stands before the page's first line, with 0 lines.
    """

    level: int
    title: str
    at: int
    lines: int


def body_size(lines: Sequence[Line]) -> float:
    """The size in which most characters of the text are set, in points."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += 0 if line.monospaced else len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def find_headings(lines: Sequence[Line], bookmarks: Sequence[Bookmark]) -> list[Heading]:
    """The headings in reading order; none when neither outline nor type tells them."""
    found = _of_outline(lines, bookmarks) if bookmarks else _of_type(lines)
    return sorted(found, key=lambda heading: heading.at)


# ── by the outline ───────────────────────────────────────────────────────────────────────────


def _of_outline(lines: Sequence[Line], bookmarks: Sequence[Bookmark]) -> Iterator[Heading]:
    first_of_page: dict[int, int] = {}
    for number, line in enumerate(lines):
        first_of_page.setdefault(line.page, number)
    for bookmark in bookmarks:
        if bookmark.page in first_of_page:
            yield _found(lines, bookmark, first_of_page)


def _found(lines: Sequence[Line], bookmark: Bookmark, first_of_page: Mapping[int, int]) -> Heading:
    """The bookmark where its words stand on its page in one to three lines."""
    start = first_of_page[bookmark.page]
    wanted = _letters(bookmark.title)
    for at in range(start, len(lines)):
        if lines[at].page != bookmark.page:
            break
        for count in (1, 2, 3):
            text = _letters(" ".join(line.text for line in lines[at : at + count]))
            # The outline often has no number where the text has one, or the other way round.
            if text and wanted and (text == wanted or _without_number(text, wanted)):
                return Heading(bookmark.level, bookmark.title, at, count)
    return Heading(bookmark.level, bookmark.title, start, 0)


def _letters(text: str) -> str:
    return _MARKS.sub("", text).casefold()


def _without_number(text: str, other: str) -> bool:
    longer, shorter = sorted((text, other), key=len, reverse=True)
    number = longer.removesuffix(shorter).removeprefix("chapter")
    return len(shorter) > 2 and longer.endswith(shorter) and number.isdecimal()


# ── by the type ──────────────────────────────────────────────────────────────────────────────


def _of_type(lines: Sequence[Line]) -> Iterator[Heading]:
    body = body_size(lines)
    large = [number for number, line in enumerate(lines) if _looks_like_heading(line, body)]
    if _length([lines[number] for number in large]) > MOST_HEADINGS * _length(lines):
        return
    sizes = sorted({lines[number].size for number in large}, reverse=True)[:MOST_LEVELS]
    taken = -1
    for number in large:
        if number <= taken or lines[number].size not in sizes:
            continue
        taken = _last_of_heading(lines, number)
        title = " ".join(line.text for line in lines[number : taken + 1])
        yield Heading(sizes.index(lines[number].size), title, number, taken - number + 1)


def _length(lines: Sequence[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _looks_like_heading(line: Line, body: float) -> bool:
    is_larger = line.size >= body * LARGER and not line.monospaced
    is_title = len(line.text) <= LONGEST and any(letter.isalpha() for letter in line.text)
    return is_larger and is_title and not _SENTENCE_END.search(line.text)


def _last_of_heading(lines: Sequence[Line], number: int) -> int:
    """The last line of a heading that is set over several, each right below the one before."""
    while number + 1 < len(lines):
        line, below = lines[number], lines[number + 1]
        gap = line.bottom - below.bottom
        if below.page != line.page or below.size != line.size or not 0 < gap < 1.6 * line.size:
            break
        number += 1
    return number

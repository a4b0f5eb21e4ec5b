"""What is no text of a printed page: running heads and feet, page numbers, lists of contents."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from retrieval.readers.pdf.lines import Line
from retrieval.readers.source import Dropped

EDGE_LINES = 2
"""How many lines at the top and at the bottom of a page can be furniture."""

FEWEST_PAGES = 3
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_OUTER_NUMBER = re.compile(r"^(\d{1,4})\b|\b(\d{1,4})$")
_LEADERS = re.compile(r"(?:\. ?){4,}\s*[\divxlc]*$")


def without_furniture(
    lines: Sequence[Line], body_size: float
) -> tuple[list[Line], tuple[Dropped, ...]]:
    """The lines of the text, and what was taken out of them.

    Running heads are lines at an edge that stand at the same height of three pages or more, with
    the same words (numbers aside) or with a number that counts the pages. They are not larger than
    the text: titles of chapters are. Lines of a list of contents lead to a number by dots.
    """
    edges = [line for line in _edges(lines) if line.size <= body_size * 1.05]
    pages = Counter(trait for line in edges for trait in _traits(line))
    heads = {
        id(line) for line in edges if any(pages[trait] >= FEWEST_PAGES for trait in _traits(line))
    }
    kinds = [(line, _kind(line, heads)) for line in lines]
    dropped = (Dropped(kind, line.page, line.text) for line, kind in kinds if kind)
    return [line for line, kind in kinds if not kind], tuple(dropped)


def _kind(line: Line, heads: set[int]) -> str:
    if id(line) in heads:
        return "running head"
    return "contents line" if _LEADERS.search(line.text) else ""


def _edges(lines: Sequence[Line]) -> Iterator[Line]:
    pages: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        pages[line.page].append(line)
    for page in pages.values():
        heights = sorted({round(line.bottom) for line in page})
        edges = {*heights[:EDGE_LINES], *heights[-EDGE_LINES:]}
        yield from (line for line in page if round(line.bottom) in edges)


def _traits(line: Line) -> Iterator[tuple[str | int, int]]:
    """By what a line can repeat one of another page: its words, or how far its number is ahead."""
    height = round(line.bottom)
    yield _NUMBER.sub("#", line.text), height
    for number in _OUTER_NUMBER.findall(line.text):
        yield int("".join(number)) - line.page, height

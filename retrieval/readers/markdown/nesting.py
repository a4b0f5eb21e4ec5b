"""Parsing a part of the source as the content of a container, for markdown-it block rules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager

from markdown_it.rules_block import StateBlock


def line_of(state: StateBlock, position: int) -> int:
    """The index of the line that holds a position of the source."""
    return max(0, bisect_right(state.bMarks, position, 0, len(state.bMarks) - 1) - 1)


def rest_of_line(state: StateBlock, position: int) -> str:
    """What follows a position on its line, without surrounding white space."""
    return state.src[position : state.eMarks[line_of(state, position)]].strip()


def tokenize_span(state: StateBlock, start: int, end: int) -> None:
    """Push the blocks of ``src[start:end]``; both ends may lie inside a line.

    The indentation that all lines share does not count, so that what stands indented between two
    tags is no indented code.
    """
    first, last = line_of(state, start), line_of(state, end)
    if state.src[max(start, state.bMarks[last]) : end].strip():
        last += 1
    if first >= last or not state.src[start:end].strip():
        return
    with _kept(state, first, last):
        _begin_at(state, first, start)
        state.eMarks[last - 1] = min(state.eMarks[last - 1], end)
        following = [n for n in range(first + 1, last) if not state.isEmpty(n)]
        state.blkIndent = min((state.sCount[n] for n in following), default=0)
        state.sCount[first] = state.blkIndent
        state.lineMax, state.listIndent, state.parentType = last, -1, "container"
        state.md.block.tokenize(state, first, last)


def _begin_at(state: StateBlock, line: int, start: int) -> None:
    text = state.src[start : state.eMarks[line]]
    state.bMarks[line] = start
    state.tShift[line] = len(text) - len(text.lstrip(" \t"))


@contextmanager
def _kept(state: StateBlock, first: int, last: int) -> Iterator[None]:
    """The state's marks and modes, put back after the content has been parsed."""
    marks = (state.bMarks[first], state.tShift[first], state.sCount[first])
    end = state.eMarks[last - 1]
    modes = (state.blkIndent, state.lineMax, state.listIndent, state.parentType, state.tight)
    yield
    state.bMarks[first], state.tShift[first], state.sCount[first] = marks
    state.eMarks[last - 1] = end
    state.blkIndent, state.lineMax, state.listIndent, state.parentType, state.tight = modes

"""The part of a file that an include asks for: some of its lines, or those between two anchors.

Source of the rules: mdBook 0.5, its ``links`` preprocessor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ANCHOR = re.compile(r"ANCHOR:\s*([\w-]+)")
_ANCHOR_END = re.compile(r"ANCHOR_END:\s*([\w-]+)")


class IncludeRefused(ValueError):
    """The file of an include is not there, not to be read, or does not hold the part named."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines ``[start, stop)``, counted from 0; all that follow for ``None``."""

    start: int = 0
    stop: int | None = None

    def marks(self, lines: Sequence[str]) -> Iterator[bool]:
        """For each line of a file whether it is one of these."""
        stop = len(lines) if self.stop is None else self.stop
        return (self.start <= number < stop for number in range(len(lines)))


@dataclass(frozen=True, slots=True)
class Anchored:
    """The lines between ``ANCHOR: name`` and ``ANCHOR_END: name``."""

    name: str

    def marks(self, lines: Sequence[str]) -> Iterator[bool]:
        """For each line of a file whether it is one of these."""
        inside = False
        for line in lines:
            if end := _ANCHOR_END.search(line):
                inside = inside and end[1] != self.name
            elif start := _ANCHOR.search(line):
                inside = inside or start[1] == self.name
            yield inside


Part = Lines | Anchored


def parse_part(text: str) -> Part:
    """What follows the file's name in an include: "", "2", "2:10", ":10", "2:" or an anchor."""
    start, *end = text.split(":")[:2]
    if start and not start.isdecimal():
        return Anchored(start)
    stop = int(end[0]) if end and end[0].isdecimal() else None
    if not start:
        return Lines(0, stop)
    first = max(int(start) - 1, 0)
    return Lines(first, stop if end else first + 1)


def take(text: str, part: Part) -> str:
    """The part of a file's text. Raises ``IncludeRefused`` if the file does not hold it."""
    return "\n".join(line for line, is_shown in _marked(text, part) if is_shown)


def take_with_rest_hidden(text: str, part: Part) -> str:
    """The file's text with all but the part hidden, as rustdoc hides lines; raises the same."""
    return "\n".join(line if is_shown else f"# {line}" for line, is_shown in _marked(text, part))


def _marked(text: str, part: Part) -> Iterator[tuple[str, bool]]:
    """Each line and whether the part holds it; lines that set anchors are no text of the book."""
    lines = text.splitlines()
    marks = list(part.marks(lines))
    if part != Lines() and not any(marks):
        raise IncludeRefused("holds no such part")
    for line, is_shown in zip(lines, marks, strict=True):
        if not (_ANCHOR.search(line) or _ANCHOR_END.search(line)):
            yield line, is_shown

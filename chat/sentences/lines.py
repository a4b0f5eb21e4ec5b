"""What kind of Markdown line begins with these characters: the block structure of a stream.

Only the blocks that models write in answers are known: paragraphs, ATX and underlined headings,
bullet and ordered lists, fenced code, pipe tables and block quotes. Indented code is read as
text, because in model answers four spaces are far more often a sloppy list than code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

MAX_UNDECIDED: Final = 4_000
"""Characters after which a line that still could be a rule, a row or a fence is text."""

_INDENT = re.compile(r"[ \t]*")
_QUOTES = re.compile(r"(?:[ \t]{0,3}>)+")
_ORDERED = re.compile(r"(\d{1,9})([.)])(?=[ \t]|$)")
_BULLET = re.compile(r"[-*+](?=[ \t]|$)")
_ORDERED_SO_FAR = re.compile(r"\d{1,9}[.)]?")
_HEADING = re.compile(r"(#{1,6})(?=[ \t]|$)")
_FENCE = re.compile(r"(`{3,}|~{3,})([^\n]*)")
_FENCE_SO_FAR = re.compile(r"`{1,2}|~{1,2}")
_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}[ \t]*")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*")
_RULE_SO_FAR = re.compile(r"([-*_=+])(?:[ \t]*\1)*[ \t]*")


class LineKind(Enum):
    BLANK = auto()
    TEXT = auto()
    HEADING = auto()
    FENCE = auto()
    ITEM = auto()
    ROW = auto()
    RULE = auto()
    UNDERLINE = auto()  # "---" or "===": ends a heading if text stands above it


@dataclass(frozen=True, slots=True)
class Line:
    """A line read up to where its text begins.

    ``indent`` is in columns, ``body`` the text after all markers. ``level`` is a heading's level,
    ``number`` an ordered item's number; ``marker`` a fence's run of backticks or tildes.
    """

    kind: LineKind
    body: str
    indent: int = 0
    quoted: bool = False
    level: int = 0
    number: int | None = None
    marker: str = ""


def read_line(line: str, *, whole: bool) -> Line | None:
    """Say what the line is, or ``None`` while more of its characters are needed.

    ``whole`` says that the line is complete (its newline has come, or the stream has ended).
    The answer never changes when more characters come.
    """
    quoted, rest = _without_quotes(line)
    indent = _columns(_INDENT.match(rest))
    body = rest.lstrip(" \t")
    if not body:
        return Line(LineKind.BLANK, "", quoted=quoted) if whole else None
    if not whole and _is_open(body):
        undecidable = len(line) >= MAX_UNDECIDED
        return Line(LineKind.TEXT, body, indent, quoted) if undecidable else None
    return _read_body(body, indent, quoted)


def strip_quotes(line: str) -> str:
    """The line without the ``>`` of the block quote that it stands in."""
    return _without_quotes(line)[1]


def strip_indent(line: str, columns: int) -> str:
    """The line without at most ``columns`` of leading white space."""
    if columns == 0:
        return line
    bare = line.lstrip(" \t")
    return line[: len(line) - len(bare)].expandtabs(4)[columns:] + bare


def _without_quotes(line: str) -> tuple[bool, str]:
    quotes = _QUOTES.match(line)
    if quotes is None:
        return False, line
    return True, line[quotes.end() :].removeprefix(" ")


def _columns(indent: re.Match[str] | None) -> int:
    return len(indent.group().expandtabs(4)) if indent else 0


def _is_open(body: str) -> bool:
    """Whether more characters could still change what this line is."""
    first = body[0]
    if first == "|" or body.startswith(("```", "~~~")):
        return True
    if first in "`~":
        return _FENCE_SO_FAR.fullmatch(body) is not None
    if first == "#":
        heading = _HEADING.match(body)
        return (heading is not None) or len(body.lstrip("#")) == 0
    if first in "-*_=+" and _RULE_SO_FAR.fullmatch(body):
        return True
    if _ORDERED_SO_FAR.fullmatch(body):
        return True
    item = _BULLET.match(body) or _ORDERED.match(body)
    return item is not None and _may_hold_fence(body[item.end() :].lstrip())


def _may_hold_fence(item: str) -> bool:
    """Whether the item's text so far is nothing, or could be the first line of a code fence."""
    return not item or (item[0] in "`~" and _is_open(item))


def _read_body(body: str, indent: int, quoted: bool) -> Line:
    first = body[0]
    if first == "#" and (heading := _HEADING.match(body)):
        title = body[heading.end() :].strip()
        return Line(LineKind.HEADING, title, indent, quoted, level=len(heading.group(1)))
    if first == "|":
        return Line(LineKind.ROW, body.rstrip(), indent, quoted)
    if first in "`~" and (fence := _FENCE.fullmatch(body)) and "`" not in fence.group(2):
        return Line(LineKind.FENCE, fence.group(2).strip(), indent, quoted, marker=fence.group(1))
    if first in "-=" and _UNDERLINE.fullmatch(body) and len(body.rstrip()) > 1:
        return Line(LineKind.UNDERLINE, body.rstrip(), indent, quoted)
    if _RULE.fullmatch(body):
        return Line(LineKind.RULE, "", indent, quoted)
    if bullet := _BULLET.match(body):
        return Line(LineKind.ITEM, body[bullet.end() :].lstrip(), indent, quoted)
    if ordered := _ORDERED.match(body):
        rest = body[ordered.end() :].lstrip()
        return Line(LineKind.ITEM, rest, indent, quoted, number=int(ordered.group(1)))
    return Line(LineKind.TEXT, body, indent, quoted)

"""Tags of HTML and JSX in Markdown source: where one ends, what it says, where its partner is."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from retrieval.readers.docusaurus.javascript import closing_brace, literal

VOID_ELEMENTS = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"}
    | {"source", "track", "wbr"}
)
PHRASING_ELEMENTS = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "br", "button", "cite", "code", "data", "del", "dfn", "em"}
    | {"font", "i", "img", "input", "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s"}
    | {"samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)
BLOCK_ELEMENTS = frozenset(
    {"article", "aside", "blockquote", "center", "details", "div", "dl", "dt", "dd", "figcaption"}
    | {"figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "li", "main", "nav", "ol"}
    | {"p", "picture", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead"}
    | {"tr", "ul"}
)

_NAME = re.compile(r"[A-Za-z_$][\w$.:-]*")
_ATTRIBUTE = re.compile(r"[A-Za-z_$@:][\w$.:@-]*")
_UNQUOTED = re.compile(r"[^\s\"'=<>`{}/]+")
_SPACE = re.compile(r"\s*")
_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*(`{3,}|~{3,})[^\n]*")


class TagKind(StrEnum):
    OPEN = "open"
    CLOSE = "close"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of the source at ``[start, end)``; a fragment (``<>``) has the empty name.

    An attribute without a value is "", a JavaScript expression that is no plain string keeps its
    braces.
    """

    name: str
    kind: TagKind
    start: int
    end: int
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def is_component(self) -> bool:
        """Whether it is a JSX component: capitalised, or a member such as ``motion.div``."""
        return not self.name or self.name[0].isupper() or "." in self.name

    @property
    def is_element(self) -> bool:
        """Whether HTML knows the name."""
        return _html_name(self.name) in VOID_ELEMENTS | PHRASING_ELEMENTS | BLOCK_ELEMENTS

    @property
    def is_phrasing(self) -> bool:
        """Whether it is an HTML element that stands inside a line of text."""
        return _html_name(self.name) in PHRASING_ELEMENTS


def scan_tag(text: str, start: int, end: int | None = None) -> Tag | None:
    """The tag that begins with the ``<`` at ``start``, or ``None`` if there is none."""
    limit = len(text) if end is None else end
    closes = text.startswith("</", start)
    name_start = start + (2 if closes else 1)
    match = _NAME.match(text, name_start, limit)
    name = match.group() if match else ""
    position = match.end() if match else name_start
    attributes: dict[str, str] = {}
    while not closes and name:
        found = _scan_attribute(text, position, limit)
        if found is None:
            break
        key, value, position = found
        attributes[key] = value
    return _finish_tag(text, start, position, limit, name, closes, attributes)


def matching_close(text: str, opening: Tag, end: int | None = None) -> Tag | None:
    """The tag that closes ``opening``; what stands in code, comments and braces does not count."""
    depth = 1
    limit = len(text) if end is None else end
    for tag in _tags(text, opening.end, limit):
        if tag.name != opening.name:
            continue
        if tag.kind is TagKind.OPEN:
            depth += 1
        elif tag.kind is TagKind.CLOSE:
            depth -= 1
        if depth == 0:
            return tag
    return None


def comment_end(text: str, start: int, end: int) -> int | None:
    """The position after the HTML comment that begins at ``start``, if one does and is closed."""
    if not text.startswith("<!--", start):
        return None
    close = text.find("-->", start + 4, end)
    return None if close < 0 else close + 3


def _tags(text: str, start: int, end: int) -> Iterator[Tag]:
    position = start
    at_line_start = start == 0 or text[start - 1] == "\n"
    while position < end:
        if at_line_start and (fence := _FENCE.match(text, position, end)):
            position = _after_fence(text, fence, end)
            continue
        character = text[position]
        at_line_start = character == "\n"
        if character == "<" and (tag := scan_tag(text, position, end)):
            yield tag
            position = tag.end
        else:
            position = _after_opaque(text, position, end)


def _after_opaque(text: str, position: int, end: int) -> int:
    """The position after a code span, comment, expression or plain character."""
    character = text[position]
    if character == "`":
        return _after_code_span(text, position, end)
    if character == "<":
        return comment_end(text, position, end) or position + 1
    if character == "{":
        return _after_expression(text, position, end)
    return position + (2 if character == "\\" else 1)


def _after_expression(text: str, position: int, end: int) -> int:
    paragraph_end = text.find("\n\n", position, end)
    close = closing_brace(text, position, end if paragraph_end < 0 else paragraph_end)
    return close or position + 1


def _after_code_span(text: str, position: int, end: int) -> int:
    run_end = position
    while run_end < end and text[run_end] == "`":
        run_end += 1
    ticks = re.escape(text[position:run_end])
    paragraph_end = text.find("\n\n", run_end, end)
    closing = re.compile(rf"(?<!`){ticks}(?!`)")
    match = closing.search(text, run_end, end if paragraph_end < 0 else paragraph_end)
    return match.end() if match else run_end


def _after_fence(text: str, fence: re.Match[str], end: int) -> int:
    marker = fence[1]
    closing = re.compile(rf"^[ \t>]*{re.escape(marker[0])}{{{len(marker)},}}[ \t]*$", re.MULTILINE)
    match = closing.search(text, fence.end(), end)
    return match.end() if match else end


def _scan_attribute(text: str, position: int, limit: int) -> tuple[str, str, int] | None:
    """Key, value and end of the next attribute; a spread (``{...props}``) has an empty key."""
    spaced = _skip_space(text, position, limit)
    if text.startswith("{", spaced):
        close = closing_brace(text, spaced, limit)
        return None if close is None else ("", text[spaced:close], close)
    match = _ATTRIBUTE.match(text, spaced, limit)
    if match is None or (spaced == position and text[position - 1] not in "\"'}"):
        return None
    equals = _skip_space(text, match.end(), limit)
    if not text.startswith("=", equals):
        return match.group(), "", match.end()
    found = _scan_value(text, _skip_space(text, equals + 1, limit), limit)
    return None if found is None else (match.group(), *found)


def _scan_value(text: str, position: int, limit: int) -> tuple[str, int] | None:
    quote = text[position : position + 1]
    if quote and quote in "\"'":
        close = text.find(quote, position + 1, limit)
        return None if close < 0 else (html.unescape(text[position + 1 : close]), close + 1)
    if quote == "{":
        end = closing_brace(text, position, limit)
        if end is None:
            return None
        plain = literal(text[position + 1 : end - 1])
        return (text[position:end] if plain is None else plain), end
    match = _UNQUOTED.match(text, position, limit)
    return None if match is None else (match.group(), match.end())


def _finish_tag(
    text: str,
    start: int,
    position: int,
    limit: int,
    name: str,
    closes: bool,
    attributes: dict[str, str],
) -> Tag | None:
    position = _skip_space(text, position, limit)
    void = not closes and text.startswith("/>", position)
    end = position + (2 if void else 1)
    if end > limit or not (void or text.startswith(">", position)) or (void and not name):
        return None
    kind = TagKind.CLOSE if closes else TagKind.OPEN
    if void or (not closes and _html_name(name) in VOID_ELEMENTS):
        kind = TagKind.VOID
    return Tag(name, kind, start, end, attributes)


def _html_name(name: str) -> str:
    """How HTML spells the name of an element; ``BR`` is one, ``Link`` and ``Input`` are not."""
    return name.lower() if name.isupper() else name


def _skip_space(text: str, position: int, limit: int) -> int:
    match = _SPACE.match(text, position, limit)
    return match.end() if match else position

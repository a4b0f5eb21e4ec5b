"""Inline elements as text: code between backticks, line breaks kept, white space collapsed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bs4.element import CData, NavigableString, PageElement, Tag

from retrieval.readers.html.elements import BLOCKS, MATHS, attribute, plain, words
from retrieval.readers.superscript import raised

CODE = frozenset({"code", "kbd", "samp", "tt"})
REFERENCES = "sup:has(a[href*='#']), a[class*=footnote][href*='#'], a[role=doc-noteref]"
_FOOTNOTE = re.compile(r"\[?(\w{1,8})\]?")
_SPACES = re.compile(r"[ \t]+")
_AROUND_BREAK = re.compile(r" *\n *")


def inline_text(nodes: Iterable[PageElement]) -> str:
    """The text of nodes that stand in one line; only ``br`` makes a new one."""
    text = _SPACES.sub(" ", "".join(_text(node) for node in nodes))
    return _AROUND_BREAK.sub("\n", text).strip()


def _text(node: PageElement) -> str:
    if isinstance(node, NavigableString):
        return words(node) if type(node) in {NavigableString, CData} else ""
    if not isinstance(node, Tag):
        return ""
    if node.name == "br":
        return "\n"
    if node.has_attr(MATHS):
        return attribute(node, MATHS)
    if node.name in CODE:
        return _ticked(words(node.get_text()).strip())
    if _is_reference(node):
        return _reference(node)
    inner = "".join(_text(child) for child in node.children)
    if node.name == "sup":
        return raised(inner)
    return f" {inner} " if node.name in BLOCKS else inner


def _ticked(text: str) -> str:
    """Inline code between backticks, two of them where the code holds one."""
    if not text:
        return ""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _is_reference(node: Tag) -> bool:
    return node.name in {"a", "sup"} and bool(node.css.match(REFERENCES))


def _reference(node: Tag) -> str:
    """ "[1]" for a link to a footnote, whatever brackets it has."""
    found = _FOOTNOTE.fullmatch(plain(node).replace(" ", ""))
    return f"[{found[1]}]" if found else plain(node)

"""Attribute lists: ``{ #id .class key="value" }`` behind headings, links, cells and paragraphs.

Source of the rules: Python-Markdown 3.11, ``extensions.attr_list``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_LIST = r"\{:?[ ]*(?P<attributes>[^}\n ][^}\n]*)\}"
_AT_END = re.compile(rf"(?<! )[ ]+{_LIST}[ ]*$")
_ON_LAST_LINE = re.compile(rf"(?:^|\n)[ ]*{_LIST}[ ]*$")
_AT_START = re.compile(_LIST)
_ID = re.compile(
    r"""(?:^|\s)(?:\#(?P<short>[^\s}]+)|id=(?:"(?P<double>.*?)"|'(?P<single>.*?)'|(?P<bare>\S+)))"""
)

BLOCKS_WITH_LIST_AT_END = frozenset({"th_open", "td_open", "dt_open"})
INLINE_ENDS = frozenset(
    {"link_close", "em_close", "strong_close", "s_close", "code_inline", "image", "icon"}
)


def split_attributes(text: str) -> tuple[str, str]:
    """A heading's text without the attribute list that ends it, and the id in that list or ""."""
    match = _AT_END.search(text)
    if match is None:
        return text, ""
    return text[: match.start()].rstrip("# "), _id(match["attributes"])


def take_out_attributes(state: StateCore) -> None:
    """Remove the attribute lists of blocks before their text is parsed; the ids go to ``env``."""
    for opening, inline in pairwise(state.tokens):
        if inline.type != "inline":
            continue
        pattern = _AT_END if opening.type in BLOCKS_WITH_LIST_AT_END else _ON_LAST_LINE
        match = pattern.search(inline.content)
        if match and opening.type != "heading_open" and _is_list(match["attributes"]):
            inline.content = inline.content[: match.start()]
            _keep_id(state, match)


def take_out_inline_attributes(state: StateCore) -> None:
    """Remove the attribute lists that follow links, images and emphasis without a space."""
    for children in (token.children or [] for token in state.tokens):
        for text in _texts_after_elements(children):
            match = _AT_START.match(text.content)
            if match:
                text.content = text.content[match.end() :]
                _keep_id(state, match)


def _texts_after_elements(children: Sequence[Token]) -> Iterator[Token]:
    for element, text in pairwise(children):
        if element.type in INLINE_ENDS and text.type == "text":
            yield text


def _is_list(attributes: str) -> bool:
    """Whether braces hold an id, a class or a value, and not just words."""
    return any(sign in attributes for sign in "#.=")


def _keep_id(state: StateCore, match: re.Match[str]) -> None:
    if identifier := _id(match["attributes"]):
        state.env.setdefault("ids", set()).add(identifier)


def _id(attributes: str) -> str:
    match = _ID.search(attributes)
    return next((found for found in match.groups() if found), "") if match else ""

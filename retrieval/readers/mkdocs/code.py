"""Code of MkDocs pages in plain form, without what the site's scripts make of it."""

from __future__ import annotations

import html
import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_BRACES = re.compile(r"\{(?P<attributes>[^}]*)\}\s*")
_CLASS = re.compile(r"(?:^|\s)\.(?P<name>[\w+#-]+)")
_ANNOTATION = re.compile(r"(\(\d+\))!(?=\s*(?:\*/|-->)?\s*$)", re.MULTILINE)
_SHEBANG = re.compile(r"^#!\w[\w+-]* (?=\S)")
_COLOUR_TAG = re.compile(r"</?(?:font|span|b|u|i|em|strong)\b[^<>]*>")


def plain_code(state: StateCore) -> None:
    """Write fences as ``python title="…"`` and take out what the site's scripts replace.

    That are the marks of annotations (``# (1)!``) and, in the terminals of termynal, HTML tags.
    """
    terminals: list[bool] = []
    for token in state.tokens:
        if token.type == "jsx_open":
            terminals.append("termy" in token.meta["tag"].attributes.get("class", "").split())
        elif token.type == "jsx_close":
            terminals.pop()
        elif token.type == "fence":
            _tidy(token, in_terminal=any(terminals))


def plain_code_spans(state: StateCore) -> None:
    """Take the language of ``#!python print()`` out of inline code."""
    for child in (child for token in state.tokens for child in token.children or []):
        if child.type == "code_inline":
            child.content = _SHEBANG.sub("", child.content)


def _tidy(fence: Token, *, in_terminal: bool) -> None:
    fence.info = _plain_info(fence.info.strip())
    fence.content = _ANNOTATION.sub(r"\1", fence.content).rstrip() + "\n"
    if in_terminal:
        fence.content = html.unescape(_COLOUR_TAG.sub("", fence.content))


def _plain_info(info: str) -> str:
    match = _BRACES.fullmatch(info)
    if match is None:
        return info
    language = _CLASS.search(match["attributes"])
    return f"{language['name'] if language else ''} {match['attributes'].strip()}".strip()

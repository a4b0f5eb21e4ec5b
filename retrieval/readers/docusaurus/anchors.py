"""The id that Docusaurus gives to each heading of a page.

Source of the rules: docusaurus-mdx-loader 3.10, ``remark/headings``, and the theme's ``Heading``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from markdown_it.token import Token

from retrieval.readers.docusaurus.slugs import Slugger

WITH_TEXT = frozenset(
    {"text", "text_special", "code_inline", "image", "softbreak", "math_inline"}
    | {"math_inline_double"}
)

_COMMENT_ID = re.compile(r"\s*(?:/\*|<!--)\s*#(\S+?)(?:\s|\*/|-->)")
_CLASSIC_ID = re.compile(r"\s*\{#((?:.(?!\{#|\}))*.)\}$")


def set_heading_anchors(
    tokens: Sequence[Token], *, html_comments: bool = False, keep_case: bool = False
) -> None:
    """Put each heading's id into ``meta["anchor"]`` and take explicit ids out of its text.

    An id is explicit in braces (``{#id}``) or in a closing comment (``{/* #id */}``, and
    ``<!-- #id -->`` with ``html_comments``, which is Docusaurus 4's default); all others are
    slugs of the heading's text, unique within the page, in lower case without ``keep_case``. An
    explicit id is taken as it stands and does not make a later slug unique. First-level headings
    take part in that count, but the theme prints them without an id, wherever they stand: their
    anchor is the top of the page.
    """
    slugger = Slugger(keep_case=keep_case)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            children = inline.children or []
            explicit = _comment_id(children, html_comments) or _classic_id(children)
            anchor = explicit or slugger.slug(_text(children))
            opening.meta["anchor"] = "" if opening.tag == "h1" else anchor


def _comment_id(children: list[Token], html_comments: bool) -> str:
    """The id in a comment that ends the heading; the comment is removed."""
    last = children[-1] if children else None
    if last is None or last.type != "comment_inline" or not (last.markup == "{" or html_comments):
        return ""
    match = _COMMENT_ID.match(last.content)
    if match is None:
        return ""
    children.pop()
    if children and children[-1].type == "text":
        children[-1].content = children[-1].content.rstrip()
    return match[1]


def _classic_id(children: list[Token]) -> str:
    """The id in braces that ends the heading's last text; it is removed from that text."""
    if not children or children[-1].type != "text":
        return ""
    match = _CLASSIC_ID.search(children[-1].content)
    if match is None:
        return ""
    children[-1].content = children[-1].content[: match.start()]
    return match[1].strip()


def _text(children: Sequence[Token]) -> str:
    """A heading's text as mdast-util-to-string gives it: with expressions and alternative texts."""
    return "".join(
        "\n" if token.type == "softbreak" else token.content
        for token in children
        if token.type in WITH_TEXT or token.markup == "{"
    )

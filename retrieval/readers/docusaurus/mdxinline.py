"""The inline rules of MDX: tags, comments and expressions within a line of text."""

from __future__ import annotations

from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from retrieval.readers.docusaurus.javascript import closing_brace, is_comment
from retrieval.readers.markdown.tags import Tag, TagKind, comment_end, scan_tag


def jsx_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<":
        return False
    tag = scan_tag(state.src, state.pos, state.posMax)
    if tag is None:
        return False
    if not silent:
        token = state.push("jsx_inline", "", 0)
        token.content, token.meta = state.src[tag.start : tag.end], {"tag": tag}
    state.pos = tag.end
    return True


def comment_inline(state: StateInline, silent: bool) -> bool:
    end = comment_end(state.src, state.pos, state.posMax)
    if end is None:
        return False
    if not silent:
        token = state.push("comment_inline", "", 0)
        token.content, token.markup = state.src[state.pos : end], "<!--"
    state.pos = end
    return True


def expression_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "{" or state.src.startswith("{#", state.pos):
        return False
    end = closing_brace(state.src, state.pos, state.posMax)
    if end is None:
        return False
    if not silent:
        content = state.src[state.pos + 1 : end - 1]
        kind = "comment_inline" if is_comment(content) else "expression_inline"
        token = state.push(kind, "", 0)
        token.content, token.markup = content, "{"
    state.pos = end
    return True


def keep_placeholders(state: StateCore) -> None:
    """What looks like a tag but is none (``ssh <user>@<host>``, ``vector<Point>``) stays text."""
    for token in state.tokens:
        for child in _unmatched_tags(token.children or []):
            tag: Tag = child.meta["tag"]
            if tag.kind is TagKind.OPEN and not tag.attributes and not tag.is_element:
                child.type = "text"


def _unmatched_tags(children: list[Token]) -> list[Token]:
    unmatched: list[Token] = []
    for child in children:
        if child.type != "jsx_inline":
            continue
        tag: Tag = child.meta["tag"]
        names = [token.meta["tag"].name for token in unmatched]
        if tag.kind is TagKind.CLOSE and tag.name in names:
            del unmatched[len(names) - 1 - names[::-1].index(tag.name) :]
        elif tag.kind is TagKind.OPEN:
            unmatched.append(child)
    return unmatched

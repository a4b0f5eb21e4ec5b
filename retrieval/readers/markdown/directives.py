"""Admonitions (``:::note``) for markdown-it, in the syntax of remark-directive and Docusaurus.

Tokens: ``directive_open``/``directive_close`` with ``meta["name"]`` around the content; a title
stands first in it, between ``directive_title_open`` and ``directive_title_close``.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from retrieval.readers.markdown.nesting import tokenize_span

_OPENING = re.compile(
    r"""(?P<colons>:{3,})[ \t]*(?P<name>[A-Za-z][\w-]*)
        (?:\[(?P<label>.*)\])?[ \t]*(?:\{(?P<attributes>[^}]*)\})?[ \t]*(?P<title>.*?)[ \t]*$""",
    re.VERBOSE,
)
_TITLE_ATTRIBUTE = re.compile(r"""\btitle=(["'])(.*?)\1""")


def directives_plugin(md: MarkdownIt) -> None:
    """Teach a parser container directives of any name.

    ``:::note Title``, ``:::note[Title]`` and ``:::note{title="Title"}`` all give a title. As in
    Docusaurus a container ends at the first line of at least as many colons, so that an outer one
    needs more colons than the inner.
    """
    md.block.ruler.before(
        "fence", "directive", _directive, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def _directive(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    line = _text(state, start_line)
    if not line.startswith(":::"):
        return False
    opening = _OPENING.match(line)
    if opening is None:
        return _pass_stray_close(state, start_line, line, silent)
    if not silent:
        _push_directive(state, start_line, end_line, opening)
    return True


def _pass_stray_close(state: StateBlock, line_number: int, line: str, silent: bool) -> bool:
    if line.strip(": \t"):
        return False
    if not silent:
        state.line = line_number + 1
    return True


def _push_directive(
    state: StateBlock, start_line: int, end_line: int, opening: re.Match[str]
) -> None:
    content_end, next_line = _extent(state, start_line, end_line, len(opening["colons"]))
    token = state.push("directive_open", "div", 1)
    token.meta, token.map = {"name": opening["name"].lower()}, [start_line, next_line]
    _push_title(state, start_line, _title(opening))
    tokenize_span(state, state.eMarks[start_line], state.eMarks[content_end - 1])
    state.push("directive_close", "div", -1)
    state.line = next_line


def _extent(state: StateBlock, start_line: int, end_line: int, colons: int) -> tuple[int, int]:
    """The line after the content and the line after the closing colons, if there are any.

    Without them the container ends where its parent does.
    """
    for line in range(start_line + 1, end_line):
        text = _text(state, line)
        if text and state.sCount[line] < state.blkIndent:
            return line, line
        if len(text) >= colons and not text.strip(":"):
            return line, line + 1
    return end_line, end_line


def _push_title(state: StateBlock, line: int, title: str) -> None:
    if not title:
        return
    state.push("directive_title_open", "p", 1)
    token = state.push("inline", "", 0)
    token.content, token.children, token.map = title, [], [line, line + 1]
    state.push("directive_title_close", "p", -1)


def _title(opening: re.Match[str]) -> str:
    attribute = _TITLE_ATTRIBUTE.search(opening["attributes"] or "")
    return str(opening["label"] or opening["title"] or (attribute[2] if attribute else ""))


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()

"""The block syntax of MkDocs for markdown-it: admonitions, tabs, generic blocks and headings.

``!!! note "Title"``, ``??? note`` and ``=== "Tab"`` hold the lines indented below them, and
``/// note | Title`` what stands before a line of as many slashes. All become ``directive_open`` and
``directive_close`` with ``meta["name"]``, as in ``markdown.directives``; a title stands first,
between ``directive_title_open`` and ``directive_title_close``. ``::: identifier`` becomes
``autodoc`` and ``*[API]: words`` ``abbreviation``.

Source of the rules: Python-Markdown 3.11, ``blockprocessors`` and ``extensions.admonition``;
pymdown-extensions 13, ``blocks``, ``details`` and ``tabbed``; mkdocstrings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

from retrieval.readers.mkdocs.attributes import split_attributes

INDENT = 4
DEEPEST_HEADING = 6
INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}

_ADMONITION = re.compile(
    r"""(?:!!!|\?\?\?\+?)[ ]?(?P<name>[\w-]+)?(?:[ ]+[\w-]+)*(?:[ ]*"(?P<title>.*?)")?[ ]*"""
)
_TAB = re.compile(r"""===[!+]{0,2}[ ]+(["'])(?P<title>.*?)\1[ ]*""")
_GENERIC = re.compile(r"(?P<slashes>/{3,})[ ]*(?P<name>[\w-]+)[ ]*(?:\|[ ]*(?P<title>.*?)[ ]*)?")
_AUTODOC = re.compile(r":::[ ]*(?P<identifier>[\w.:/-]+)[ ]*")
_ABBREVIATION = re.compile(r"\*\[(?P<short>[^\]\\]+)\][ ]?:[ ]*(?P<long>.*)")
_UNDERLINE = re.compile(r"(?:=+|-+)[ ]*")
_FENCE = re.compile(r"(?P<marker>`{3,}(?=[^`]*$)|~{3,})")


def blocks_plugin(md: MarkdownIt, *, sane_headings: bool, attribute_lists: bool) -> None:
    """Teach a parser the blocks of MkDocs.

    A heading needs a space after its ``#`` only with ``sane_headings``. With ``attribute_lists`` an
    ``{#id}`` that ends it goes to ``meta["id"]``.
    """
    for rule in (_admonition, _tab, _generic, _autodoc, _abbreviation):
        md.block.ruler.before("fence", rule.__name__.strip("_"), rule, INTERRUPTS)
    md.options["sane_headings"] = sane_headings
    md.options["attribute_lists"] = attribute_lists
    md.block.ruler.at("heading", _heading, INTERRUPTS)
    md.block.ruler.at("lheading", _underlined_heading)


# ── what is indented below its opening line ──────────────────────────────────────────────────


def _admonition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    match = _opened_by(_ADMONITION, state, start_line)
    if match is None or not (match["name"] or match["title"]):
        return False
    if not silent:
        _push_indented(state, start_line, end_line, match["name"] or "details", match["title"])
    return True


def _tab(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    match = _opened_by(_TAB, state, start_line)
    if match is None:
        return False
    if not silent:
        _push_indented(state, start_line, end_line, "tab", match["title"])
    return True


def _autodoc(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    match = _opened_by(_AUTODOC, state, start_line)
    if match is None:
        return False
    if not silent:
        token = state.push("autodoc", "", 0)
        token.content = match["identifier"]
        state.line = _indented_end(state, start_line, end_line)
        token.map = [start_line, state.line]
    return True


def _abbreviation(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    del end_line
    match = _opened_by(_ABBREVIATION, state, start_line)
    if match is None:
        return False
    if not silent:
        token = state.push("abbreviation", "", 0)
        token.content = f"{match['short']}: {match['long']}"
        token.map = [start_line, start_line + 1]
        state.line = start_line + 1
    return True


def _push_indented(
    state: StateBlock, start_line: int, end_line: int, name: str, title: str | None
) -> None:
    next_line = _indented_end(state, start_line, end_line)
    indent = state.sCount[start_line] + INDENT
    with _directive(state, start_line, next_line, {"name": name.lower()}, title):
        _tokenize(state, start_line + 1, next_line, indent)
    state.line = next_line


def _indented_end(state: StateBlock, start_line: int, end_line: int) -> int:
    """The line after the last one that is indented below the opening line."""
    indent = state.sCount[start_line] + INDENT
    end = start_line + 1
    for line in range(start_line + 1, end_line):
        if state.isEmpty(line):
            continue
        if state.sCount[line] < indent:
            break
        end = line + 1
    return end


# ── what stands between lines of slashes ─────────────────────────────────────────────────────


def _generic(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    match = _opened_by(_GENERIC, state, start_line)
    if match is None:
        return False
    if not silent:
        _push_generic(state, start_line, end_line, match)
    return True


def _push_generic(state: StateBlock, start_line: int, end_line: int, match: re.Match[str]) -> None:
    content_end, next_line = _slashes_end(state, start_line, end_line, match["slashes"])
    options, content_start = _options(state, start_line + 1, content_end)
    meta = {"name": str(options.get("type") or match["name"]).lower()}
    attributes = options.get("attrs")
    if isinstance(attributes, dict) and "id" in attributes:
        meta["id"] = str(attributes["id"])
    with _directive(state, start_line, next_line, meta, match["title"]):
        _tokenize(state, content_start, content_end, state.blkIndent)
    state.line = next_line


def _slashes_end(
    state: StateBlock, start_line: int, end_line: int, slashes: str
) -> tuple[int, int]:
    """The line after the content and the line after the closing slashes, if there are any.

    Slashes inside fenced code close nothing.
    """
    fence = ""
    for line in range(start_line + 1, end_line):
        text = _text(state, line)
        if text and state.sCount[line] < state.blkIndent:
            return line, line
        if not fence and text == slashes:
            return line, line + 1
        fence = _fence_after(text, fence)
    return end_line, end_line


def _fence_after(line: str, fence: str) -> str:
    """The marker of the fence that is open after a line, "" for none."""
    if fence:
        closes = len(line) >= len(fence) and not line.strip(fence[0])
        return "" if closes else fence
    match = _FENCE.match(line)
    return match["marker"] if match else ""


def _options(state: StateBlock, first: int, last: int) -> tuple[dict[str, Any], int]:
    """The options indented right below the opening line, and the line after them."""
    line = first
    while line < last and not state.isEmpty(line) and _is_indented(state, line):
        line += 1
    try:
        options = yaml.safe_load(state.getLines(first, line, state.blkIndent, False))
    except yaml.YAMLError:
        options = None
    return (options, line) if isinstance(options, dict) else ({}, first)


def _is_indented(state: StateBlock, line: int) -> bool:
    return state.sCount[line] - state.blkIndent >= INDENT


# ── headings ─────────────────────────────────────────────────────────────────────────────────


def _heading(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line that begins with ``#``; Python-Markdown wants no space behind it."""
    del end_line
    line = _text(state, start_line)
    if (
        not line.startswith("#")
        or state.is_code_block(start_line)
        or _is_shifted(state, start_line)
    ):
        return False
    level, text = _heading_parts(line)
    wants_space = state.md.options["sane_headings"]
    if not text.strip() or (wants_space and not text[0].isspace()):
        return False
    if not silent:
        _push_heading(state, start_line, start_line + 1, level, text)
    return True


def _heading_parts(line: str) -> tuple[int, str]:
    """The level and the text of a heading's line, without the ``#`` that close it."""
    level = min(len(line) - len(line.lstrip("#")), DEEPEST_HEADING)
    text = line[level:].rstrip("#")
    return level, f"{text}#" if text.endswith("\\") else text


def _underlined_heading(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line with a line of ``=`` or ``-`` below it; it has to begin its paragraph."""
    below = start_line + 1
    if silent or below >= end_line or state.is_code_block(start_line) or state.isEmpty(below):
        return False
    if state.sCount[below] < state.blkIndent or not _UNDERLINE.fullmatch(_text(state, below)):
        return False
    level = 1 if _text(state, below)[0] == "=" else 2
    _push_heading(state, start_line, below + 1, level, _text(state, start_line))
    return True


def _is_shifted(state: StateBlock, line: int) -> bool:
    """Whether spaces that belong to no container stand before a line of the page itself."""
    return state.level == 0 and state.sCount[line] > state.blkIndent


def _push_heading(
    state: StateBlock, start_line: int, next_line: int, level: int, text: str
) -> None:
    text, identifier = text.strip(), ""
    if state.md.options["attribute_lists"]:
        text, identifier = split_attributes(text)
    opening = state.push("heading_open", f"h{level}", 1)
    opening.map, opening.meta = [start_line, next_line], {"id": identifier}
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = text, [start_line, next_line], []
    state.push("heading_close", f"h{level}", -1)
    state.line = next_line


# ── shared ───────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _directive(
    state: StateBlock, start_line: int, next_line: int, meta: dict[str, str], title: str | None
) -> Iterator[None]:
    opening = state.push("directive_open", "div", 1)
    opening.map, opening.meta = [start_line, next_line], meta
    if title:
        state.push("directive_title_open", "p", 1)
        token = state.push("inline", "", 0)
        token.content, token.children, token.map = title, [], [start_line, start_line + 1]
        state.push("directive_title_close", "p", -1)
    yield
    state.push("directive_close", "div", -1)


def _tokenize(state: StateBlock, first: int, last: int, indent: int) -> None:
    """Push the blocks of whole lines, as deep as their container is indented."""
    modes = (state.blkIndent, state.lineMax, state.listIndent, state.parentType)
    state.blkIndent, state.lineMax, state.listIndent = indent, last, -1
    state.parentType = "container"
    state.md.block.tokenize(state, first, last)
    state.blkIndent, state.lineMax, state.listIndent, state.parentType = modes


def _opened_by(pattern: re.Pattern[str], state: StateBlock, line: int) -> re.Match[str] | None:
    """What a line that is no indented code says in the words of an opening line."""
    return None if state.is_code_block(line) else pattern.fullmatch(_text(state, line))


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()

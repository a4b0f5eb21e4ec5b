"""MDX for markdown-it: modules, JSX elements and expressions become tokens instead of text.

Block tokens: ``jsx_open``/``jsx_close`` around an element's Markdown content, ``jsx_void`` for an
element without content, ``esm`` for imports and exports, ``expression``, ``comment`` and
``raw_html`` for what holds no prose. An HTML table becomes the tokens of a Markdown table, ``pre``
and ``CodeBlock`` become a ``fence``. Inline tokens: ``jsx_inline``, ``expression_inline`` and
``comment_inline``, whose ``markup`` is ``{`` or ``<!--``. ``token.meta["tag"]`` is the ``Tag``.

The same rules read raw HTML in plain Markdown, whose elements may hold Markdown too. They follow
micromark-extension-mdx-jsx and -mdxjs-esm where those accept a page, and are tolerant where those
would refuse it: a tag without its partner is passed over, a statement that is no module stays text.
"""

from __future__ import annotations

import html
import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from retrieval.readers.docusaurus.javascript import closing_brace, is_comment, literal
from retrieval.readers.docusaurus.mdxinline import (
    comment_inline,
    expression_inline,
    jsx_inline,
    keep_placeholders,
)
from retrieval.readers.markdown.nesting import line_of, rest_of_line, tokenize_span
from retrieval.readers.markdown.tags import Tag, TagKind, comment_end, matching_close, scan_tag

MARKUP_WITHOUT_PROSE = frozenset(
    {"audio", "canvas", "iframe", "map", "math", "noscript", "object", "script", "style", "svg"}
    | {"template", "video"}
)
CODE_ELEMENTS = frozenset({"pre", "CodeBlock"})
INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}

_MODULE_START = re.compile(
    r"""import\s*(?:["'{*]|[\w$]+\s*,|[\w$]+\s+from\b|type\s)
      | export\s+(?:default|const|let|var|function|async|class|type|interface|enum|\{|\*)""",
    re.VERBOSE,
)
_MARKDOWN_START = re.compile(r"#{1,6}\s|```|~~~|:::|<[A-Z/]|(?:import|export)\b")
_LANGUAGE_CLASS = re.compile(r"\blanguage-([\w+#-]+)")
_TABLE_PART = re.compile(r"<(/?)(table|thead|tbody|tfoot|tr|th|td|caption)\b[^>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BLOCKS_IN_CELL = re.compile(r"<table\b.*<table\b|^\s*(?:```|~~~)|<pre\b", re.DOTALL | re.MULTILINE)
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")

Row = list[tuple[str, str]]


def mdx_plugin(md: MarkdownIt, *, expressions: bool = True, modules: bool = True) -> None:
    """Teach a parser MDX; without ``expressions`` and ``modules`` it is Markdown with raw HTML."""
    md.block.ruler.before("table", "comment", _comment_block, INTERRUPTS)
    md.block.ruler.before("table", "jsx", _jsx_block, INTERRUPTS)
    md.inline.ruler.after("autolink", "comment_inline", comment_inline)
    md.inline.ruler.after("autolink", "jsx_inline", jsx_inline)
    md.core.ruler.after("inline", "placeholders", keep_placeholders)
    if expressions:
        md.block.ruler.before("table", "expression", _expression_block, {"alt": ["paragraph"]})
        md.inline.ruler.after("autolink", "expression_inline", expression_inline)
    if modules:
        md.block.ruler.before("table", "esm", _module_block)


def _module_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Imports and exports: at the top level, up to a blank line outside brackets."""
    start = state.bMarks[start_line]
    if silent or state.level or not _MODULE_START.match(state.src, start):
        return False
    next_line = start_line + 1
    while next_line < end_line and not _module_ends(state, start, next_line):
        next_line += 1
    _push(state, "esm", start_line, next_line, state.src[start : state.eMarks[next_line - 1]])
    state.line = next_line
    return True


def _module_ends(state: StateBlock, start: int, line: int) -> bool:
    statement = state.src[start : state.eMarks[line - 1]]
    if closing_brace(f"({statement})", 0) != len(statement) + 2:
        return False
    return state.isEmpty(line) or bool(_MARKDOWN_START.match(state.src, state.bMarks[line]))


def _comment_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    start = state.bMarks[start_line] + state.tShift[start_line]
    end = comment_end(state.src, start, state.eMarks[end_line - 1])
    if end is None or rest_of_line(state, end):
        return False
    if not silent:
        _push(state, "comment", start_line, line_of(state, end) + 1, state.src[start:end])
        state.line = line_of(state, end) + 1
    return True


def _expression_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    start = state.bMarks[start_line] + state.tShift[start_line]
    if state.src[start : start + 1] != "{" or state.src.startswith("{#", start):
        return False
    end = closing_brace(state.src, start, state.eMarks[end_line - 1])
    if end is None or rest_of_line(state, end) or state.is_code_block(start_line):
        return False
    content = state.src[start + 1 : end - 1]
    if silent:
        return is_comment(content)
    kind = "comment" if is_comment(content) else "expression"
    _push(state, kind, start_line, line_of(state, end) + 1, content)
    state.line = line_of(state, end) + 1
    return True


def _jsx_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """An element that stands as a block of its own, or a tag line without a partner."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if state.src[start : start + 1] != "<" or state.is_code_block(start_line):
        return False
    limit = state.eMarks[end_line - 1]
    tag = scan_tag(state.src, start, limit)
    if tag is None or tag.is_phrasing:
        return False
    close = matching_close(state.src, tag, limit) if tag.kind is TagKind.OPEN else None
    stands_alone = not rest_of_line(state, tag.end)
    if close is None and not stands_alone and not _another_tag_follows(state, tag.end):
        return False
    if close is not None and not _is_block(state, tag, close, silent):
        return False
    if not silent:
        _push_element(state, start_line, tag, close)
    return True


def _is_block(state: StateBlock, tag: Tag, close: Tag, interrupts: bool) -> bool:
    """Whether an element is a block; if not, it is part of a line of text.

    MDX takes an element for a block when nothing but tags and expressions stand on the line of its
    opening tag. Block elements of HTML, elements over several paragraphs, and components that fill
    a paragraph of their own are blocks as well.
    """
    spans_paragraphs = bool(_BLANK_LINE.search(state.src, tag.end, close.start))
    if spans_paragraphs or not tag.is_component:
        return True
    before, after = rest_of_line(state, tag.end), rest_of_line(state, close.end)
    if after and after[0] not in "<{":
        return False
    if not before or before[0] in "<{":
        return True
    return not interrupts and _paragraph_ends(state, line_of(state, close.end) + 1)


def _paragraph_ends(state: StateBlock, line: int) -> bool:
    start = state.bMarks[line] + state.tShift[line]
    return line >= state.lineMax or state.isEmpty(line) or state.src.startswith("<", start)


def _another_tag_follows(state: StateBlock, position: int) -> bool:
    return rest_of_line(state, position)[:1] in ("<", "{")


def _push_element(state: StateBlock, start_line: int, tag: Tag, close: Tag | None) -> None:
    end = tag.end if close is None else close.end
    next_line = line_of(state, end) + 1
    if close is None:
        _push(state, "jsx_void", start_line, next_line, state.src[tag.start : tag.end], tag)
    else:
        _push_content(state, start_line, next_line, tag, close)
    if rest_of_line(state, end):
        tokenize_span(state, end, state.eMarks[next_line - 1])
    state.line = next_line


def _push_content(state: StateBlock, start_line: int, next_line: int, tag: Tag, close: Tag) -> None:
    raw = state.src[tag.end : close.start]
    if tag.name == "table" and not _BLOCKS_IN_CELL.search(raw):
        _push_table(state, start_line, next_line, raw)
    elif tag.name in CODE_ELEMENTS:
        _push_code(state, start_line, next_line, tag, raw)
    elif tag.name in MARKUP_WITHOUT_PROSE:
        _push(state, "raw_html", start_line, next_line, raw, tag)
    else:
        opening = state.push("jsx_open", "", 1)
        opening.map, opening.meta = [start_line, next_line], {"tag": tag}
        tokenize_span(state, tag.end, close.start)
        state.push("jsx_close", "", -1)


def _push_code(state: StateBlock, start_line: int, next_line: int, tag: Tag, raw: str) -> None:
    """Code in ``pre`` or ``CodeBlock``: literal text, or one string expression."""
    inner = raw.strip()
    code = literal(inner[1:-1]) if inner.startswith("{") and inner.endswith("}") else None
    if code is None and tag.is_component and inner.startswith("{"):
        _push(state, "jsx_void", start_line, next_line, raw, tag)
        return
    text = code if code is not None else html.unescape(_ANY_TAG.sub("", raw))
    token = _push(state, "fence", start_line, next_line, text.strip("\n") + "\n")
    token.info = code_info(tag, raw.split(">", 1)[0])


def code_info(tag: Tag, inner_tag: str = "") -> str:
    """The info string of a fence that says what ``pre`` or ``CodeBlock`` say in attributes.

    ``inner_tag`` is the tag that follows, which may name the language in a class.
    """
    language = tag.attributes.get("language") or tag.attributes.get("className", "")
    match = _LANGUAGE_CLASS.search(inner_tag + language)
    title = tag.attributes.get("title", "")
    info = match[1] if match else tag.attributes.get("language", "")
    return info + (f' title="{title}"' if title else "")


def _push_table(state: StateBlock, start_line: int, next_line: int, raw: str) -> None:
    rows = _table_rows(raw)
    opening = state.push("table_open", "table", 1)
    opening.map = [start_line, next_line]
    for number, row in enumerate(rows):
        part = "thead" if number == 0 else "tbody"
        if number < 2:
            state.push(f"{part}_open", part, 1)
        _push_row(state, row, start_line, "th" if number == 0 else "td")
        if number in (0, len(rows) - 1):
            state.push(f"{part}_close", part, -1)
    state.push("table_close", "table", -1)


def _push_row(state: StateBlock, row: Row, line: int, tag: str) -> None:
    state.push("tr_open", "tr", 1)
    for _, cell in row:
        state.push(f"{tag}_open", tag, 1)
        token = state.push("inline", "", 0)
        token.content, token.children, token.map = cell, [], [line, line + 1]
        state.push(f"{tag}_close", tag, -1)
    state.push("tr_close", "tr", -1)


def _table_rows(raw: str) -> list[Row]:
    """The rows of an HTML table; each cell is its element's name and its Markdown on one line."""
    rows: list[Row] = []
    parts = _TABLE_PART.split(raw)
    for closes, name, content in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        if closes:
            continue
        if name.lower() == "tr":
            rows.append([])
        elif name.lower() in ("th", "td") and rows:
            rows[-1].append((name.lower(), " ".join(content.split())))
        elif name.lower() == "caption" and content.strip():
            rows.append([("th", " ".join(content.split()))])
    return [row for row in rows if row]


def _push(
    state: StateBlock,
    kind: str,
    start_line: int,
    next_line: int,
    content: str,
    tag: Tag | None = None,
) -> Token:
    token = state.push(kind, "", 0)
    token.map, token.content = [start_line, next_line], content
    if tag is not None:
        token.meta = {"tag": tag}
    return token

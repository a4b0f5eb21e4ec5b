"""A model's Markdown as a small tree in which nothing unsafe can be said.

Blocks and inlines are JSON-ready dictionaries. Links come through as their text, images not at
all, HTML as the characters it is written with; citation marks of the model are taken out, because
citations are the judge's to give. The widget builds DOM nodes from the tree with ``textContent``.

    block   {"type": "paragraph" | "quote", "joins": bool, "children": [inline]}
            {"type": "heading", "level": 1..6, "children": [inline]}
            {"type": "item", "ordered": bool, "number": int | None, "depth": 1..6, "joins": bool,
             "children": [inline]}
            {"type": "row", "header": bool, "cells": [[inline]]}
            {"type": "code", "language": str, "text": str}
    inline  {"type": "text" | "code", "text": str}
            {"type": "emphasis" | "strong", "children": [inline]}
            {"type": "math", "text": str, "display": bool, "mathml": [tree] | None}: the TeX, and
             what ``chat.maths`` makes of it

``joins`` says that the block goes on where the piece before it stopped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from chat.maths import is_formula, mathml

Node: TypeAlias = dict[str, Any]

MAX_INLINE_DEPTH: Final = 6
MAX_CELLS: Final = 32

# Control characters, bidirectional overrides and isolates, zero-width marks, tag characters,
# variation selectors beyond the emoji one, interlinear marks, lone surrogates, non-characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0e\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_SEPARATORS = frozenset("\x0b\x0c\x85\u2028\u2029")
# Joiners shape Arabic, Indic and emoji sequences; beside ASCII they only hide things.
_STRAY_JOINER = re.compile(
    r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])|[\u200c\u200d]{2,}"
)
_CODE_OR_CITATION = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`+)(?!`).{0,400}?(?<!`)(?P=ticks)(?!`))"
    r"| ?(?:\[\^?[1-9]\d{0,2}(?:[,;–-] ?\d{1,3}){0,7}\]|【\d{1,3}[^】]{0,20}】)(?![(\w\[:])"
    r"| ?\[\^?[1-9]\d{0,2}\](?=\[\^?\d)"
)
_STARS = re.compile(r"\\.|(`+)(?!`).*?(?<!`)\1(?!`)|(?P<run>\*{1,3})(?!\*)", re.DOTALL)
_CELL_BORDER = re.compile(r"(?<!\\)\|")
_CLOSING_HASHES = re.compile(r"[ \t]+#+$|^#+$")
_OPENED = frozenset("`(\"'“‘[")  # what may stand after an opening star, beside letters and digits
# What would become code, a link, an image or HTML if the text were parsed once more.
_REVIVABLE = re.compile(r"[\\`]|\](?=[(\[:])|<(?=[A-Za-z/!?])")

_WRAPPERS = {"em_open": "emphasis", "strong_open": "strong"}
_MARKS = {"emphasis": "*", "strong": "**"}

_parser = MarkdownIt("zero", {"maxNesting": 20}).enable(
    ["backticks", "emphasis", "strikethrough", "escape", "entity", "link", "image", "autolink"]
)
_parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
# Every address is accepted, since none is kept: a refused one would be shown as raw Markdown.
_parser.validateLink = lambda _url: True  # type: ignore[assignment, method-assign]


def clean(text: str) -> str:
    """Take out the characters that cannot be seen; line separators become spaces."""
    if _INVISIBLE.search(text) is None:
        return text
    return _INVISIBLE.sub(lambda bad: " " if bad.group() in _SEPARATORS else "", text)


def inline(markdown: str) -> list[Node]:
    """The inline nodes of one run of text, without the model's citation marks."""
    source = _STRAY_JOINER.sub("", _without_citations(markdown)).strip()
    tokens = _parser.parseInline(source)[0].children or []
    return _nodes(tokens)


def paragraph(markdown: str, *, joins: bool = False) -> Node:
    return {"type": "paragraph", "joins": joins, "children": inline(markdown)}


def quote(markdown: str, *, joins: bool = False) -> Node:
    return {"type": "quote", "joins": joins, "children": inline(markdown)}


def heading(markdown: str, level: int) -> Node:
    title = _CLOSING_HASHES.sub("", markdown)
    return {"type": "heading", "level": level, "children": inline(title)}


def item(markdown: str, *, number: int | None, depth: int, joins: bool = False) -> Node:
    return {
        "type": "item",
        "ordered": number is not None,
        "number": number,
        "depth": depth,
        "joins": joins,
        "children": inline(markdown),
    }


def row(markdown: str, *, header: bool = False) -> Node:
    line = _without_citations(markdown).strip().removeprefix("|")
    cells = _CELL_BORDER.split(line)
    if cells[-1].strip() == "":
        cells.pop()
    kept = [cell.replace("\\|", "|") for cell in cells[:MAX_CELLS]]
    return {"type": "row", "header": header, "cells": [inline(cell) for cell in kept]}


def code(text: str, language: str = "") -> Node:
    return {"type": "code", "language": language, "text": text}


def balance(markdown: str, carried: str, *, last: bool) -> tuple[str, str]:
    """Close the bold and italic that a sentence leaves open, and open what it inherits.

    ``carried`` are the marks that the sentence before left open. ``last`` says that the block
    ends here, where an unclosed star is only a star. Returns the text and the marks to carry on.
    """
    text = carried + markdown
    if "*" not in text:
        return text, ""
    still_open = _open_marks(text)
    if last and not carried:
        return text, ""
    return text + "".join(reversed(still_open)), "".join(still_open)


def plain(block: Node) -> str:
    """A block's text with inline code between backticks and all other marks removed."""
    if block["type"] == "code":
        return str(block["text"])
    if block["type"] == "row":
        return " | ".join(_plain_inline(cell) for cell in block["cells"])
    return _plain_inline(block["children"])


def is_empty(block: Node) -> bool:
    """Whether there is nothing in it to read: no letter, digit, ideograph or emoji."""
    return not any(char.isalnum() or not char.isascii() for char in plain(block))


def to_markdown(nodes: Iterable[Node]) -> str:
    """Inline nodes written as Markdown that cannot turn into a link, an image or HTML."""
    written, code_before = [], False
    for node in nodes:
        is_code = node["type"] == "code"
        written += [" "] * (is_code and code_before) + [_written(node)]
        code_before = is_code
    return "".join(written)


def _without_citations(markdown: str) -> str:
    if "[" not in markdown and "【" not in markdown:
        return markdown
    return _CODE_OR_CITATION.sub(lambda found: found.group("code") or "", markdown)


def _nodes(tokens: Sequence[Token]) -> list[Node]:
    root: list[Node] = []
    open_lists = [root]
    for token in tokens:
        if token.type in _WRAPPERS:
            wrapper: Node = {"type": _WRAPPERS[token.type], "children": []}
            if len(open_lists) <= MAX_INLINE_DEPTH:
                open_lists[-1].append(wrapper)
                open_lists.append(wrapper["children"])
            else:
                open_lists.append(open_lists[-1])
        elif token.type in ("em_close", "strong_close"):
            open_lists.pop()
        elif token.type == "code_inline":
            open_lists[-1].append({"type": "code", "text": clean(token.content)})
        elif token.type.startswith("math_inline"):
            _append_formula(open_lists[-1], token)
        elif token.type != "image":
            _append_text(open_lists[-1], clean(token.content))
    return root


def _append_formula(nodes: list[Node], token: Token) -> None:
    tex, display = clean(token.content).strip(), token.markup == "$$"
    if is_formula(tex, display=display):
        tree = mathml(tex, display=display)
        nodes.append({"type": "math", "text": tex, "display": display, "mathml": tree})
    else:
        _append_text(nodes, clean(f"{token.markup}{token.content}{token.markup}"))


def _append_text(nodes: list[Node], text: str) -> None:
    """Add text, joined to a text node before it."""
    if not text:
        return
    if nodes and nodes[-1]["type"] == "text":
        nodes[-1]["text"] += text
    else:
        nodes.append({"type": "text", "text": text})


def _open_marks(markdown: str) -> list[str]:
    """The bold and italic marks without a partner, outermost first."""
    stack: list[str] = []
    for found in _STARS.finditer(markdown):
        length = len(found.group("run") or "")
        before = markdown[found.start() - 1 : found.start()] or " "
        if not before.isspace():
            while stack and len(stack[-1]) <= length:
                length -= len(stack.pop())
        after = markdown[found.end() : found.end() + 1]
        if length and (after.isalnum() or after in _OPENED) and not stack[1:]:
            stack += [mark for mark in ("**", "*") if length & len(mark)]
    return stack


def _plain_inline(nodes: Iterable[Node]) -> str:
    return "".join(
        f"`{node['text']}`" if node["type"] == "code"
        else node["text"] if node["type"] == "text"
        else _formula(node) if node["type"] == "math"
        else _plain_inline(node["children"])
        for node in nodes
    )  # fmt: skip


def _written(node: Node) -> str:
    if node["type"] == "text":
        return _REVIVABLE.sub(_escaped, node["text"])
    if node["type"] == "code":
        return _code_span(node["text"])
    if node["type"] == "math":
        return _formula(node)
    mark = _MARKS[node["type"]]
    return f"{mark}{to_markdown(node['children'])}{mark}"


def _formula(node: Node) -> str:
    border = "$$" if node["display"] else "$"
    return f"{border}{node['text']}{border}"


def _escaped(found: re.Match[str]) -> str:
    return "\\" + found.group()


def _code_span(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"

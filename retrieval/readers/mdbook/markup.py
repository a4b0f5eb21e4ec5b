"""The Markdown of mdBook: heading attributes, admonitions, code with hidden lines.

Source of the rules: mdBook 0.5 and its parser, pulldown-cmark 0.13.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from retrieval.readers.docusaurus.mdx import mdx_plugin
from retrieval.readers.markdown.nodes import code_language
from retrieval.readers.markdown.parser import DEEPEST_NESTING
from retrieval.readers.mdbook.anchors import set_heading_anchors
from retrieval.readers.source import Dropped

_ATTRIBUTES = re.compile(r"\{([^{}<>\\\n]*)\}\s*$")
_ADMONITION = re.compile(r"\[!(note|tip|important|warning|caution)\][ \t]*(?:\n|$)", re.IGNORECASE)
_RUST_HASH = re.compile(r"(?P<indent>\s*)#(?P<next>.?)(?P<rest>.*)")
_HIDELINES = re.compile(r"(?:^|[\s,])hidelines=([^\s,]+)")


@lru_cache
def book_parser(*, smart_punctuation: bool = True) -> MarkdownIt:
    """A parser for the Markdown of mdBook, with raw HTML read for its text.

    Headings have their ids in ``meta["anchor"]``, which ``smart_punctuation`` makes differ a
    little; an admonition becomes a directive.
    """
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_NESTING})
    md.enable(["table", "strikethrough"])
    md.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    md.use(deflist_plugin)
    md.use(mdx_plugin, expressions=False, modules=False)
    md.core.ruler.before("inline", "heading_attributes", _take_heading_attributes)
    md.core.ruler.before("inline", "admonitions", _admonitions_to_directives)
    # Before anything else, while tags that will be kept as text are still no part of an id.
    md.core.ruler.after("inline", "anchors", partial(_anchors, smart_punctuation))
    return md


def number_by_page(tokens: Sequence[Token], lines: Sequence[int]) -> None:
    """Let the tokens of an expanded page tell the page's own lines, see ``Expanded.lines``."""
    for token in tokens:
        if token.map:
            line = lines[token.map[0]]
            token.map = [line - 1, line]


def hide_lines(tokens: Sequence[Token], prefixes: Mapping[str, str]) -> Iterator[Dropped]:
    """Take the hidden lines out of code; what then shows nothing at all is told.

    Rust hides lines that begin with ``# ``; in other languages ``prefixes``, or ``hidelines=`` of
    the block itself, say what begins a hidden line.
    """
    for token in tokens:
        if token.type == "fence" and token.content.strip():
            language = code_language(token.info)
            token.content = "".join(_shown_lines(token, language, prefixes.get(language, "")))
            if not token.content.strip():
                yield Dropped("hidden code", token.map[0] + 1 if token.map else 1)


def _shown_lines(token: Token, language: str, prefix: str) -> Iterator[str]:
    own = _HIDELINES.search(token.info)
    hiding = own[1] if own else prefix
    for line in token.content.splitlines(keepends=True):
        if language == "rust":
            yield _shown_rust(line)
        elif not (hiding and line.lstrip().startswith(hiding)):
            yield line


def _shown_rust(line: str) -> str:
    """The line as it is shown: "" if it is hidden; ``##`` at its beginning stands for ``#``."""
    match = _RUST_HASH.fullmatch(line.rstrip("\n"))
    if match is None or match["next"] not in ("", " ", "#"):
        return line
    return f"{match['indent']}#{match['rest']}\n" if match["next"] == "#" else ""


def _anchors(smart_punctuation: bool, state: StateCore) -> None:
    set_heading_anchors(state.tokens, smart_punctuation=smart_punctuation)


def _take_heading_attributes(state: StateCore) -> None:
    """``# Title {#id .class}``: the braces are no text; the last id counts."""
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        match = _ATTRIBUTES.search(inline.content) if opening.type == "heading_open" else None
        if match:
            inline.content = inline.content[: match.start()].rstrip()
            ids = [word[1:] for word in match[1].split() if word.startswith("#") and word != "#"]
            opening.meta["id"] = ids[-1] if ids else ""


def _admonitions_to_directives(state: StateCore) -> None:
    """``> [!NOTE]``: a quote whose first line names a kind."""
    tokens = state.tokens
    for number, token in enumerate(tokens):
        if token.type == "blockquote_open" and tokens[number + 1].type == "paragraph_open":
            first = tokens[number + 2]
            if match := _ADMONITION.match(first.content):
                first.content = first.content[match.end() :]
                token.type, token.meta = "directive_open", {"name": match[1].lower()}
                _closing(tokens[number:], token.level).type = "directive_close"


def _closing(tokens: Sequence[Token], level: int) -> Token:
    return next(t for t in tokens if t.type == "blockquote_close" and t.level == level)

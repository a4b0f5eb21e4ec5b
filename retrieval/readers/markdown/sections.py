"""From Markdown source to sections: one parser for every Markdown-based reader and renderer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from retrieval.passages import Block, Kind, SectionText
from retrieval.readers.docusaurus.javascript import literal
from retrieval.readers.docusaurus.mdx import mdx_plugin
from retrieval.readers.markdown.directives import directives_plugin
from retrieval.readers.markdown.tags import Tag, TagKind
from retrieval.readers.source import Dropped
from retrieval.readers.superscript import raised

DEEPEST_NESTING = 200
HEADING_ELEMENTS = frozenset({"h2", "h3", "h4", "h5", "h6"})
LABEL_SEPARATOR = " › "

_TITLE = re.compile(r"""\btitle=(?:"([^"]*)"|'([^']*)')""")
_TAB_VALUE = re.compile(r"\{[^{}]*\}")
_TAB_FIELD = r"""\b{name}\s*:\s*(["'`])(.*?)\1"""


@lru_cache
def markdown_parser(*, mdx: bool = True, indented_code: bool = True) -> MarkdownIt:
    """A parser for GitHub's Markdown with directives, footnotes, mathematics and JSX or raw HTML.

    With ``mdx`` modules and ``{expressions}`` are recognised as well. The token types beyond
    markdown-it's own are listed in ``mdx`` and ``directives``.
    """
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_NESTING})
    md.enable(["table", "strikethrough"])
    md.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        allow_blank_lines=False,
        double_inline=True,
    )
    md.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    md.use(directives_plugin)
    md.use(mdx_plugin, expressions=mdx, modules=mdx)
    if not indented_code:
        md.disable("code")
    return md


# ── inline ───────────────────────────────────────────────────────────────────────────────────


@dataclass
class InlineReader:
    """Turns inline tokens into plain text and notes what does not become text.

    A token is read by the method that is named after its type; others have no text.
    """

    line: int = 1
    dropped: list[Dropped] = field(default_factory=list)

    def read(self, tokens: Sequence[Token]) -> str:
        texts: list[str] = []
        raised_from: int | None = None
        for token in tokens:
            texts.append(self._text(token))
            match _superscript(token):
                case TagKind.OPEN:
                    raised_from = len(texts)
                case TagKind.CLOSE if raised_from is not None:
                    texts[raised_from:] = [raised("".join(texts[raised_from:]))]
                    raised_from = None
        return "".join(texts).strip()

    def _text(self, token: Token) -> str:
        read: Callable[[Token], str] | None = getattr(self, f"read_{token.type}", None)
        return "" if read is None else read(token)

    def read_text(self, token: Token) -> str:
        return token.content

    def read_text_special(self, token: Token) -> str:
        return token.content

    def read_code_inline(self, token: Token) -> str:
        return f"`{token.content}`"

    def read_math_inline(self, token: Token) -> str:
        return f"${token.content}$"

    def read_math_inline_double(self, token: Token) -> str:
        return f"$${token.content}$$"

    def read_footnote_ref(self, token: Token) -> str:
        return f"[{token.meta['label']}]"

    def read_softbreak(self, _: Token) -> str:
        self.line += 1
        return " "

    def read_hardbreak(self, _: Token) -> str:
        self.line += 1
        return "\n"

    def read_image(self, token: Token) -> str:
        self._drop("image", token.content)
        return ""

    def read_comment_inline(self, _: Token) -> str:
        self._drop("comment")
        return ""

    def read_expression_inline(self, token: Token) -> str:
        text = literal(token.content)
        if text is None:
            self._drop("expression", token.content)
        return text or ""

    def read_jsx_inline(self, token: Token) -> str:
        tag: Tag = token.meta["tag"]
        if tag.name == "br":
            return "\n"
        if tag.name == "img":
            self._drop("image", tag.attributes.get("alt", ""))
        elif tag.is_component and tag.kind is TagKind.VOID:
            self._drop(f"jsx:{tag.name}")
        return ""

    def _drop(self, kind: str, detail: str = "") -> None:
        self.dropped.append(Dropped(kind, self.line, detail))


def _superscript(token: Token) -> TagKind | None:
    """Whether the token is a ``sup`` tag, and which."""
    if token.type != "jsx_inline" or token.meta["tag"].name != "sup":
        return None
    kind: TagKind = token.meta["tag"].kind
    return kind


# ── what nodes say ───────────────────────────────────────────────────────────────────────────


def inline_tokens(node: SyntaxTreeNode) -> list[Token]:
    """The inline tokens of a paragraph, heading, cell or title node."""
    inline = next((child for child in node.children if child.type == "inline"), None)
    return [] if inline is None or inline.token is None else inline.token.children or []


def tag_of(node: SyntaxTreeNode) -> Tag:
    """The tag of a JSX or raw HTML node."""
    tag: Tag = node.meta["tag"]
    return tag


def first_line(node: SyntaxTreeNode) -> int:
    """The line of the source, from 1, on which a block begins."""
    return node.map[0] + 1 if node.map else 1


def code_language(info: str) -> str:
    """The language of a fence's info string: ``rust`` of ``rust,ignore`` or ``rust title="x"``."""
    word = re.split(r"[\s,]", info.strip(), maxsplit=1)[0]
    return "" if "=" in word or word.startswith("{") else word


def code_title(info: str) -> str:
    """The title of a fence's info string, or ""."""
    match = _TITLE.search(info)
    return (match[1] or match[2] or "") if match else ""


def directive_label(node: SyntaxTreeNode) -> str:
    """What an admonition is called: "Note", or "Tip: Title"."""
    name = str(node.meta["name"]).capitalize()
    title = directive_title(node)
    return f"{name}: {title}" if title else name


def directive_title(node: SyntaxTreeNode) -> str:
    """The title of an admonition or another container as plain text, or ""."""
    title = next((child for child in node.children if child.type == "directive_title"), None)
    return "" if title is None else InlineReader().read(inline_tokens(title))


def tab_label(node: SyntaxTreeNode) -> str:
    """The label of a ``TabItem``: its own, the one that ``Tabs values`` gives it, or its value."""
    attributes = tag_of(node).attributes
    value = attributes.get("value", "")
    parent = node.parent
    tabs = tag_of(parent).attributes if parent is not None and _is_jsx(parent) else {}
    return attributes.get("label") or _tab_labels(tabs.get("values", "")).get(value, value)


def component_label(node: SyntaxTreeNode) -> str:
    """What a JSX component says of its children in an attribute, or ""."""
    tag = tag_of(node)
    if tag.name == "TabItem":
        return tab_label(node)
    if not tag.is_component:
        return ""
    said = tag.attributes.get("label") or tag.attributes.get("title") or ""
    kind = tag.attributes.get("type", "note").capitalize() if tag.name == "Admonition" else ""
    plain = "" if said.startswith("{") else said
    return ": ".join(part for part in (kind, plain) if part)


def summary_of(node: SyntaxTreeNode) -> str:
    """The summary of a ``details`` element, or ""."""
    for child in node.children:
        if _is_jsx(child) and tag_of(child).name == "summary":
            return text_of(child)
    return ""


def text_of(node: SyntaxTreeNode) -> str:
    """The inline text of everything below a node."""
    texts = (InlineReader().read(inline_tokens(block)) for block in node.walk())
    return " ".join(text for text in texts if text)


def _is_jsx(node: SyntaxTreeNode) -> bool:
    return node.type == "jsx"


def _tab_labels(values: str) -> dict[str, str]:
    labels = {}
    for entry in _TAB_VALUE.findall(values):
        value = re.search(_TAB_FIELD.format(name="value"), entry)
        label = re.search(_TAB_FIELD.format(name="label"), entry)
        if value and label:
            labels[value[2]] = label[2]
    return labels


# ── sections ─────────────────────────────────────────────────────────────────────────────────


@dataclass
class SectionReader:
    """Reads the tree of a page into sections, one for each heading of any level.

    The readers put each heading's fragment into ``token.meta["anchor"]`` beforehand, since every
    generator makes its own. A heading that repeats the page's title, with no other above it, adds
    nothing to the heading path. A heading without anything under it gives no section; if no deeper
    heading follows it is reported as dropped. A heading element of HTML counts, below the first
    level, if it has an id. A node is read by the method that is named after its type.
    """

    path: str
    url: str
    title: str
    sections: list[SectionText] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _anchor: str = ""
    _line: int = 1
    _blocks: list[Block] = field(default_factory=list)
    _labels: list[str] = field(default_factory=list)
    _items: list[str] = field(default_factory=list)

    def read(self, tree: SyntaxTreeNode) -> tuple[SectionText, ...]:
        """The sections of a page's tree, in reading order."""
        self._children(tree)
        self._close_section(next_level=0)
        return tuple(self.sections)

    def _children(self, node: SyntaxTreeNode) -> None:
        for child in node.children:
            self._block(child)

    def _block(self, node: SyntaxTreeNode) -> None:
        read: Callable[[SyntaxTreeNode], None] | None = getattr(self, f"read_{node.type}", None)
        if read is None:
            self._children(node)
        else:
            read(node)

    # headings

    def read_heading(self, node: SyntaxTreeNode) -> None:
        text = self._inline(node).replace("`", "")
        self._open_section(node, int(node.tag[1]), text, node.meta.get("anchor", ""))

    def _open_section(self, node: SyntaxTreeNode, level: int, text: str, anchor: str) -> None:
        self._close_section(level)
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        repeats_title = text == self.title and not self._headings
        self._headings.append((level, "" if repeats_title else text))
        self._anchor = anchor
        self._line = first_line(node)

    def _close_section(self, next_level: int) -> None:
        if not self._blocks:
            if self._headings and next_level <= self._headings[-1][0]:
                self._report("empty section", self._line, self._headings[-1][1])
            return
        self.sections.append(
            SectionText(
                path=self.path,
                url=self.url,
                anchor=self._anchor,
                heading_path=self._heading_path,
                blocks=tuple(self._blocks),
                line=self._line,
            )
        )
        self._blocks = []

    @property
    def _heading_path(self) -> tuple[str, ...]:
        return (self.title, *(text for _, text in self._headings if text))

    # prose

    def read_paragraph(self, node: SyntaxTreeNode) -> None:
        self._add(Kind.PROSE, self._inline(node))

    def read_math_block(self, node: SyntaxTreeNode) -> None:
        self._add(Kind.PROSE, f"$$\n{node.content.strip()}\n$$")

    def read_footnote_reference(self, node: SyntaxTreeNode) -> None:
        start = len(self._blocks)
        self._children(node)
        if len(self._blocks) > start:
            first = self._blocks[start]
            text = f"[{node.meta['label']}]: {first.text}"
            self._blocks[start] = Block(first.kind, text, first.language, first.label)

    def read_bullet_list(self, node: SyntaxTreeNode) -> None:
        self._read_items(node, "")
        self._flush_items()

    def read_ordered_list(self, node: SyntaxTreeNode) -> None:
        self.read_bullet_list(node)

    def _read_items(self, node: SyntaxTreeNode, indent: str) -> None:
        number = int(node.attrs.get("start", 1))
        for offset, item in enumerate(node.children):
            marker = "- " if node.type == "bullet_list" else f"{number + offset}. "
            self._read_item(item, indent, marker)

    def _read_item(self, item: SyntaxTreeNode, indent: str, marker: str) -> None:
        inner = indent + " " * len(marker)
        prefix = indent + marker
        for child in item.children:
            if child.type == "paragraph":
                text = self._inline(child)
                self._items += [prefix + text.replace("\n", "\n" + inner)] if text else []
            elif child.type in ("bullet_list", "ordered_list"):
                self._read_items(child, inner)
            else:
                self._flush_items()
                self._block(child)
            prefix = inner

    def _flush_items(self) -> None:
        items, self._items = self._items, []
        self._add(Kind.PROSE, "\n".join(items))

    # code and tables

    def read_fence(self, node: SyntaxTreeNode) -> None:
        code = node.content.removesuffix("\n")
        if code.strip():
            with self._labelled(code_title(node.info)):
                self._add(Kind.CODE, code, code_language(node.info))

    def read_code_block(self, node: SyntaxTreeNode) -> None:
        self.read_fence(node)

    def read_table(self, node: SyntaxTreeNode) -> None:
        rows = [
            [self._cell(cell) for cell in row.children]
            for row in node.walk()
            if row.type == "tr" and row.children
        ]
        if rows:
            rows.insert(1, ["---"] * len(rows[0]))
            self._add(Kind.TABLE, "\n".join(f"| {' | '.join(row)} |" for row in rows))

    def _cell(self, node: SyntaxTreeNode) -> str:
        return " ".join(self._inline(node).split()).replace("|", "\\|")

    # what encloses

    def read_directive(self, node: SyntaxTreeNode) -> None:
        with self._labelled(directive_label(node)):
            self._children(node)

    def read_jsx(self, node: SyntaxTreeNode) -> None:
        tag = tag_of(node)
        if tag.is_component and not node.children:
            self._drop(node, f"jsx:{tag.name}")
        elif tag.name == "details":
            self._details(node)
        elif tag.name in HEADING_ELEMENTS and tag.attributes.get("id"):
            text = text_of(node).replace("`", "")
            self._open_section(node, int(tag.name[1]), text, tag.attributes["id"])
        else:
            with self._labelled(component_label(node)):
                self._children(node)

    def _details(self, node: SyntaxTreeNode) -> None:
        summary = summary_of(node)
        self._add(Kind.PROSE, summary)
        with self._labelled(summary):
            for child in node.children:
                if not (_is_jsx(child) and tag_of(child).name == "summary"):
                    self._block(child)

    # what is no text

    def read_jsx_void(self, node: SyntaxTreeNode) -> None:
        tag = tag_of(node)
        if tag.is_component and tag.kind is not TagKind.CLOSE:
            self._drop(node, f"jsx:{tag.name}")

    def read_raw_html(self, node: SyntaxTreeNode) -> None:
        self._drop(node, "raw html", tag_of(node).name)

    def read_esm(self, node: SyntaxTreeNode) -> None:
        if node.content.startswith("export"):
            self._drop(node, "export", node.content.splitlines()[0])

    def read_comment(self, node: SyntaxTreeNode) -> None:
        self._drop(node, "comment")

    def read_expression(self, node: SyntaxTreeNode) -> None:
        text = literal(node.content)
        if text is None:
            self._drop(node, "expression", node.content.strip())
        self._add(Kind.PROSE, text or "")

    def read_directive_title(self, _: SyntaxTreeNode) -> None:
        """Nothing: the title has become the label of the content."""

    # shared

    def _inline(self, node: SyntaxTreeNode) -> str:
        reader = InlineReader(first_line(node), self.dropped)
        return reader.read(inline_tokens(node))

    def _add(self, kind: Kind, text: str, language: str = "") -> None:
        if text.strip():
            label = LABEL_SEPARATOR.join(self._labels)
            self._blocks.append(Block(kind, text, language, label))

    def _drop(self, node: SyntaxTreeNode, kind: str, detail: str = "") -> None:
        self._report(kind, first_line(node), detail)

    def _report(self, kind: str, line: int, detail: str) -> None:
        self.dropped.append(Dropped(kind, line, detail))

    @contextmanager
    def _labelled(self, label: str) -> Iterator[None]:
        if label:
            self._labels.append(label)
        yield
        if label:
            self._labels.pop()

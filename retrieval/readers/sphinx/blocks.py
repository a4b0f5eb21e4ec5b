"""Block nodes of a parsed document as prose, code and tables in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from textwrap import dedent

from docutils import nodes

from retrieval.passages import Block, Kind
from retrieval.readers.sphinx.inline import inline_text
from retrieval.readers.sphinx.page import OpenPage, highlight_language, labelled
from retrieval.readers.sphinx.raw import html_text
from retrieval.readers.sphinx.tables import pipe_table

SILENT = (
    nodes.Invisible,
    nodes.system_message,
    nodes.title,
    nodes.decoration,
    nodes.transition,
    nodes.meta,
)
PROLOG, EPILOG = "rst_prolog", "rst_epilog"
ADMONITIONS = frozenset(
    ["attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning"]
)
CODE = (nodes.literal_block, nodes.doctest_block, nodes.math_block)


def has_code(node: nodes.Node) -> bool:
    """Whether the node is a code block of the page with something in it."""
    return (
        isinstance(node, CODE)
        and not isinstance(node.parent, (nodes.system_message, nodes.TextElement))
        and bool(node.astext().strip())
    )


def is_table(node: nodes.Node) -> bool:
    """Whether the node is a table of the page, and none that stands in a cell of another."""
    return isinstance(node, nodes.table) and not isinstance(node.parent, nodes.entry)


class BlockReader:
    """Collects blocks node by node. ``_lines`` is the list that is being written, if any."""

    def __init__(self, page: OpenPage) -> None:
        self._page = page
        self._language = page.conf.highlight_language
        self._blocks: list[Block] = []
        self._labels: list[str] = []
        self._lines: list[str] = []
        self._depth = 0

    def read(self, children: Sequence[nodes.Node]) -> tuple[Block, ...]:
        """The blocks of the nodes; the default code language carries on from call to call."""
        self._blocks = []
        self._visit_all(children)
        return tuple(self._blocks)

    # ── blocks ───────────────────────────────────────────────────────────────────────────────
    def _visit_all(self, children: Sequence[nodes.Node]) -> None:
        for child in children:
            self._visit(child)

    def _visit(self, node: nodes.Node) -> None:
        visitor = getattr(self, f"_visit_{node.__class__.__name__}", None)
        if visitor is not None:
            visitor(node)
        elif node.__class__.__name__ in ADMONITIONS:
            self._under(node.__class__.__name__.capitalize(), node)
        elif isinstance(node, SILENT):
            self._report(node)
        elif isinstance(node, nodes.TextElement):
            self._prose(self._inline(node))
        else:
            self._visit_all(node.children)

    def _report(self, node: nodes.Node) -> None:
        if node.source in {PROLOG, EPILOG}:
            return
        if isinstance(node, nodes.comment) and "block_break" not in node["classes"]:
            # A comment has the line that follows it.
            line = (node.line or 0) - len(node.astext().splitlines())
            self._page.drop("comment", max(1, line), node.astext())
        elif isinstance(node, nodes.target):
            # docutils numbers the lines of targets from the start of its input.
            line = (node.line or 0) - self._page.prolog_lines
            self._page.drop("target", line, " ".join(_names(node)))

    def _visit_image(self, node: nodes.image) -> None:
        self._page.drop("image", node.line, str(node.get("uri", "")))

    def _visit_highlight_language(self, node: highlight_language) -> None:
        self._language = "" if node["language"] in {"none", "default"} else node["language"]

    def _visit_reference(self, node: nodes.reference) -> None:
        """An image that is a link stands among the blocks."""
        self._visit_all(node.children)

    def _visit_literal_block(self, node: nodes.Element) -> None:
        self._code(node, node.get("language", self._language), node.get("label", ""))

    def _visit_doctest_block(self, node: nodes.Element) -> None:
        self._code(node, "pycon", "")

    def _visit_math_block(self, node: nodes.Element) -> None:
        self._code(node, "latex", "")

    def _visit_raw(self, node: nodes.Element) -> None:
        """A block of HTML: its text is kept, since Markdown is full of them."""
        html = node.astext().strip()
        if html.startswith("<!--"):
            self._page.drop("comment", node.line, html)
        elif text := html_text(html):
            self._prose(text)
        else:
            self._page.drop("raw html", node.line, html)

    def _code(self, node: nodes.Element, language: str, label: str) -> None:
        text = node.astext()
        if text.strip():
            text = re.sub(r"\A(?:[ \t]*\n)+", "", text).rstrip()
            self._add(Block(Kind.CODE, text, language, self._label(label)))

    def _visit_table(self, node: nodes.table) -> None:
        text = pipe_table(node, self._cell)
        if text:
            self._add(Block(Kind.TABLE, text, label=self._label(self._title(node))))
        # A pipe table has no room for lines, so the code of its cells follows it verbatim.
        for code in node.findall(nodes.Element):
            if has_code(code):
                self._visit(code)

    def _cell(self, entry: nodes.entry) -> str:
        inner = BlockReader(self._page)
        return " ".join(
            f"`{block.text}`" if block.kind is Kind.CODE else block.text
            for block in inner.read(entry.children)
        )

    def _visit_labelled(self, node: labelled) -> None:
        self._under(node["label"], node)

    def _visit_admonition(self, node: nodes.Element) -> None:
        self._titled(node)

    def _visit_sidebar(self, node: nodes.Element) -> None:
        self._titled(node)

    def _visit_topic(self, node: nodes.Element) -> None:
        if "contents" not in node["classes"]:
            self._titled(node)

    def _visit_field_list(self, node: nodes.Element) -> None:
        if isinstance(node.parent, nodes.document) and _is_first(node):
            self._page.drop("metadata", node.line, node.astext())
        else:
            self._visit_entries(node)

    def _titled(self, node: nodes.Element) -> None:
        self._under(self._title(node), node)

    def _title(self, node: nodes.Element) -> str:
        titles = (child for child in node.children if isinstance(child, nodes.title))
        return next((self._inline(title) for title in titles), "")

    def _under(self, label: str, node: nodes.Node) -> None:
        self._labels.append(label)
        self._visit_all(node.children)
        self._labels.pop()

    def _label(self, last: str = "") -> str:
        return " / ".join(label for label in (*self._labels, last) if label)

    def _visit_line_block(self, node: nodes.line_block) -> None:
        self._prose("\n".join(self._verse(node)))

    def _verse(self, node: nodes.line_block, indent: str = "") -> Iterator[str]:
        for line in node.children:
            if isinstance(line, nodes.line_block):
                yield from self._verse(line, f"{indent}  ")
            else:
                yield indent + self._inline(line)

    def _visit_attribution(self, node: nodes.Element) -> None:
        self._prose(f"— {self._inline(node)}")

    def _prose(self, text: str) -> None:
        if text.strip():
            self._add(Block(Kind.PROSE, text, label=self._label()))

    def _add(self, block: Block) -> None:
        self._blocks.append(block)

    def _inline(self, node: nodes.Node) -> str:
        return inline_text(node, self._page)

    # ── lists: one block each, interrupted by what is not prose ──────────────────────────────
    def _visit_bullet_list(self, node: nodes.Element) -> None:
        with self._list() as indent:
            for item in node.children:
                self._entry(f"{indent}- ", item.children)

    def _visit_enumerated_list(self, node: nodes.Element) -> None:
        with self._list() as indent:
            for number, item in enumerate(node.children, start=node.get("start", 1)):
                self._entry(f"{indent}{_numeral(number, node)} ", item.children)

    def _visit_definition_list(self, node: nodes.Element) -> None:
        with self._list() as indent:
            for item in node.children:
                # In Markdown a term may have several definitions.
                terms = [part for part in item.children if not isinstance(part, nodes.definition)]
                said = [node for part in item.children[len(terms) :] for node in part.children]
                name = " ".join(self._term(part) for part in terms).removesuffix(":")
                self._entry(f"{indent}{name}: ", said, named=True)

    def _visit_entries(self, node: nodes.Element) -> None:
        """A field list or an option list: a name and what is said of it."""
        with self._list() as indent:
            for item in node.children:
                name, said = item.children
                self._entry(f"{indent}{self._name(name)}: ", said.children, named=True)

    _visit_option_list = _visit_entries

    def _visit_footnote(self, node: nodes.Element) -> None:
        label, *said = node.children
        with self._list():
            self._entry(f"[{label.astext()}] ", said, named=True)

    _visit_citation = _visit_footnote

    def _term(self, node: nodes.Node) -> str:
        text = self._inline(node)
        return f"({text})" if isinstance(node, nodes.classifier) else text

    def _name(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.option_group):
            return f"`{', '.join(option.astext() for option in node.children)}`"
        return self._inline(node)

    @contextmanager
    def _list(self) -> Iterator[str]:
        """Opens a list; gives the indent of its items. The outermost one ends the block."""
        self._depth += 1
        yield "  " * (self._depth - 1)
        self._depth -= 1
        if self._depth == 0:
            self._flush()

    def _entry(self, lead: str, children: Sequence[nodes.Node], *, named: bool = False) -> None:
        """One item: its lead is a marker, or with ``named`` a name that must not be lost."""
        hanging = " " * _hang(lead)
        started = False
        for child in children:
            if isinstance(child, SILENT):
                self._report(child)
                continue
            if isinstance(child, nodes.paragraph):
                self._lines.append((hanging if started else lead) + self._inline(child))
            else:
                if named and not started:
                    self._lines.append(lead.rstrip())
                self._nested(child, hanging)
            started = True
        if named and not started:
            self._lines.append(lead.rstrip(": "))

    def _nested(self, node: nodes.Node, hanging: str) -> None:
        if node.__class__.__name__ in LISTS:
            self._visit(node)
        elif isinstance(node, nodes.block_quote):
            # Inside an item this is text that is indented a little too far, not a quotation.
            self._entry(hanging, node.children)
        else:
            self._flush()
            depth, self._depth = self._depth, 0
            self._visit(node)
            self._depth = depth

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        self._prose(dedent("\n".join(lines)).lstrip())


LISTS = frozenset(
    name.removeprefix("_visit_") for name in dir(BlockReader) if name.endswith("_list")
)


def _names(node: nodes.target) -> list[str]:
    return [*node["names"], *node["dupnames"]]


def _is_first(node: nodes.Element) -> bool:
    """Whether nothing but invisible nodes stands before it: such a field list is metadata."""
    siblings = node.parent.children[: node.parent.index(node)]
    return all(isinstance(sibling, SILENT) for sibling in siblings)


def _hang(lead: str) -> int:
    """Where the further paragraphs of an item begin: under its first word, or a little in."""
    marker = lead.lstrip()
    indent = len(lead) - len(marker)
    return indent + (len(marker) if len(marker) <= 4 else 2)


def _numeral(number: int, node: nodes.Element) -> str:
    kind = node.get("enumtype", "arabic")
    numeral = str(number)
    if kind.endswith("alpha") and number <= 26:
        numeral = chr(ord("a" if kind == "loweralpha" else "A") + number - 1)
    return f"{node.get('prefix', '')}{numeral}{node.get('suffix', '.')}"

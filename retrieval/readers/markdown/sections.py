"""The tree of a Markdown page as sections, for every reader of Markdown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markdown_it.tree import SyntaxTreeNode

from retrieval.passages import Block, Kind, SectionText
from retrieval.readers.docusaurus.javascript import literal
from retrieval.readers.markdown.inline import InlineReader, inline_tokens
from retrieval.readers.markdown.nodes import (
    code_language,
    code_title,
    component_label,
    directive_label,
    first_line,
    is_jsx,
    summary_of,
    tag_of,
    text_of,
)
from retrieval.readers.markdown.tags import TagKind
from retrieval.readers.sections import SectionBuilder

HEADING_ELEMENTS = frozenset({"h2", "h3", "h4", "h5", "h6"})


@dataclass
class SectionReader(SectionBuilder):
    """Reads the tree of a page into sections, one for each heading of any level.

    The readers put each heading's fragment into ``token.meta["anchor"]`` beforehand, since every
    generator makes its own. A heading element of HTML counts, below the first level, if it has an
    id. A node is read by the method that is named after its type.
    """

    def read(self, tree: SyntaxTreeNode) -> tuple[SectionText, ...]:
        """The sections of a page's tree, in reading order."""
        self._children(tree)
        self.close_section()
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
        anchor = node.meta.get("anchor", "")
        self.open_section(int(node.tag[1]), text, anchor, first_line(node))

    # prose

    def read_paragraph(self, node: SyntaxTreeNode) -> None:
        self.add(Kind.PROSE, self._inline(node))

    def read_math_block(self, node: SyntaxTreeNode) -> None:
        self.add(Kind.PROSE, f"$$\n{node.content.strip()}\n$$")

    def read_footnote_reference(self, node: SyntaxTreeNode) -> None:
        start = len(self._blocks)
        self._children(node)
        if len(self._blocks) > start:
            first = self._blocks[start]
            text = f"[{node.meta['label']}]: {first.text}"
            self._blocks[start] = Block(first.kind, text, first.language, first.label)

    def read_bullet_list(self, node: SyntaxTreeNode) -> None:
        self._read_items(node, "")
        self.end_items()

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
                self.add_item(prefix, self._inline(child), inner)
            elif child.type in ("bullet_list", "ordered_list"):
                self._read_items(child, inner)
            else:
                self.end_items()
                self._block(child)
            prefix = inner

    # code and tables

    def read_fence(self, node: SyntaxTreeNode) -> None:
        code = node.content.removesuffix("\n")
        if code.strip():
            with self.labelled(code_title(node.info)):
                self.add(Kind.CODE, code, code_language(node.info))

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
            self.add(Kind.TABLE, "\n".join(f"| {' | '.join(row)} |" for row in rows))

    def _cell(self, node: SyntaxTreeNode) -> str:
        return " ".join(self._inline(node).split()).replace("|", "\\|")

    # what encloses

    def read_directive(self, node: SyntaxTreeNode) -> None:
        with self.labelled(directive_label(node)):
            self._children(node)

    def read_jsx(self, node: SyntaxTreeNode) -> None:
        tag = tag_of(node)
        if tag.is_component and not node.children:
            self._drop(node, f"jsx:{tag.name}")
        elif tag.name == "details":
            self._details(node)
        elif tag.name in HEADING_ELEMENTS and tag.attributes.get("id"):
            text = text_of(node).replace("`", "")
            level, anchor = int(tag.name[1]), tag.attributes["id"]
            self.open_section(level, text, anchor, first_line(node))
        else:
            with self.labelled(component_label(node)):
                self._children(node)

    def _details(self, node: SyntaxTreeNode) -> None:
        summary = summary_of(node)
        self.add(Kind.PROSE, summary)
        with self.labelled(summary):
            for child in node.children:
                if not (is_jsx(child) and tag_of(child).name == "summary"):
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
        self.add(Kind.PROSE, text or "")

    def read_directive_title(self, _: SyntaxTreeNode) -> None:
        """Nothing: the title has become the label of the content."""

    # shared

    def _inline(self, node: SyntaxTreeNode) -> str:
        reader = InlineReader(first_line(node), self.dropped)
        return reader.read(inline_tokens(node))

    def _drop(self, node: SyntaxTreeNode, kind: str, detail: str = "") -> None:
        self.report(kind, first_line(node), detail)

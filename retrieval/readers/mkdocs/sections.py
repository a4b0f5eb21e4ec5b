"""The sections of a MkDocs page: the shared reader with the blocks that only MkDocs has."""

from __future__ import annotations

from dataclasses import dataclass

from markdown_it.tree import SyntaxTreeNode

from retrieval.passages import Kind
from retrieval.readers.markdown.nodes import directive_label, directive_title
from retrieval.readers.markdown.sections import SectionReader

# Blocks that group or describe something and are not announced by their name.
UNNAMED = frozenset({"html", "caption", "figure-caption", "table-caption", "definition"})
CONTENTS_MARK = "[TOC]"


@dataclass
class MkDocsSectionReader(SectionReader):
    """Reads the tree of a page that ``parser.site_parser`` has parsed."""

    _term: str = ""

    def read_directive(self, node: SyntaxTreeNode) -> None:
        with self.labelled(block_label(node)):
            self._children(node)

    def read_paragraph(self, node: SyntaxTreeNode) -> None:
        text = self._inline(node)
        if text == CONTENTS_MARK:
            self._drop(node, "table of contents")
        else:
            self.add(Kind.PROSE, text)

    def read_dt(self, node: SyntaxTreeNode) -> None:
        self._term = self._inline(node)

    def read_dd(self, node: SyntaxTreeNode) -> None:
        with self.labelled(self._term):
            self._children(node)

    def read_autodoc(self, node: SyntaxTreeNode) -> None:
        self._drop(node, "mkdocstrings", node.content)

    def read_abbreviation(self, node: SyntaxTreeNode) -> None:
        self._drop(node, "abbreviation", node.content)


def block_label(node: SyntaxTreeNode) -> str:
    """What an admonition, tab or generic block is called: "Tip: Title", "Linux", or ""."""
    name = node.meta["name"]
    if name in UNNAMED:
        return ""
    if name in ("tab", "details"):
        return directive_title(node) or name.capitalize()
    return directive_label(node)

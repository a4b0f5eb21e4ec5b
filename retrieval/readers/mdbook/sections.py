"""A page of a book into sections: listings name their code, asides are sections of their own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from markdown_it.tree import SyntaxTreeNode

from retrieval.passages import Kind, SectionText
from retrieval.readers.markdown.inline import InlineReader, inline_tokens
from retrieval.readers.markdown.nodes import tag_of
from retrieval.readers.markdown.sections import SectionReader
from retrieval.readers.markdown.tags import Tag
from retrieval.readers.mdbook.markup import book_parser


@dataclass
class BookSectionReader(SectionReader):
    """Reads the tree of an mdBook page.

    The label of code is what its ``Listing`` or the file name before it says. A quote with a
    heading is an aside: its sections follow the one in which it stands, which goes on after it.
    """

    _asides: list[SectionText] = field(default_factory=list)

    def read_jsx(self, node: SyntaxTreeNode) -> None:
        tag = tag_of(node)
        if tag.name == "Listing":
            with self.labelled(listing_label(tag)):
                self._children(node)
        else:
            super().read_jsx(node)

    def read_paragraph(self, node: SyntaxTreeNode) -> None:
        if not (file_name(node) and _is_code(node.next_sibling)):
            super().read_paragraph(node)

    def read_fence(self, node: SyntaxTreeNode) -> None:
        with self.labelled(file_name(node.previous_sibling)):
            super().read_fence(node)

    def read_dt(self, node: SyntaxTreeNode) -> None:
        self.add(Kind.PROSE, self._inline(node))

    def read_blockquote(self, node: SyntaxTreeNode) -> None:
        if not any(child.type == "heading" for child in node.children):
            self._children(node)
            return
        aside = BookSectionReader(self.path, self.url, self.title, dropped=self.dropped)
        self._asides += [
            replace(section, heading_path=(*self.heading_path, *section.heading_path[1:]))
            for section in aside.read(node)
        ]

    def close_section(self, next_level: int = 0) -> None:
        if not (self.is_empty and self._asides):
            super().close_section(next_level)
        self.sections += self._asides
        self._asides = []


def listing_label(tag: Tag) -> str:
    """What a ``Listing`` says of its code: "Listing 1-2: A loop (src/main.rs)"."""
    number = tag.attributes.get("number", "")
    caption = tag.attributes.get("caption", "")
    file = tag.attributes.get("file-name", "")
    said = ": ".join(part for part in (number and f"Listing {number}", _plain(caption)) if part)
    return f"{said} ({file})" if said and file else said or file


def file_name(node: SyntaxTreeNode | None) -> str:
    """The text of a paragraph that is nothing but ``<span class="filename">``, or ""."""
    tokens = inline_tokens(node) if node is not None and node.type == "paragraph" else []
    tags = [token for token in tokens if token.type == "jsx_inline"]
    if len(tags) != 2 or [tokens[0], tokens[-1]] != tags:
        return ""
    is_name = "filename" in tags[0].meta["tag"].attributes.get("class", "").split()
    return InlineReader().read(tokens) if is_name else ""


def _is_code(node: SyntaxTreeNode | None) -> bool:
    return node is not None and node.type == "fence"


def _plain(markdown: str) -> str:
    """One line of Markdown without its markup; code stays between backticks."""
    inline = book_parser().parseInline(markdown)[0]
    return InlineReader().read(inline.children or [])

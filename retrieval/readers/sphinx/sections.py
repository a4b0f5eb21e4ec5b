"""A parsed document tree as sections of blocks in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from docutils import nodes

from retrieval.passages import Block, SectionText
from retrieval.readers.sphinx.blocks import BlockReader
from retrieval.readers.sphinx.inline import inline_text
from retrieval.readers.sphinx.page import OpenPage


def read_sections(document: nodes.document, page: OpenPage, url: str) -> tuple[SectionText, ...]:
    """The page's sections; the first one is the top of the page and has no anchor.

    Text before the first title belongs to the top. Later top-level titles stand under the page
    title. A page without a title is named after its file.
    """
    reader = _SectionReader(document, page, url)
    return tuple(reader.read())


class _SectionReader:
    def __init__(self, document: nodes.document, page: OpenPage, url: str) -> None:
        self._document = document
        self._page = page
        self._url = url
        self._blocks = BlockReader(page)

    def read(self) -> Iterator[SectionText]:
        preface = self._blocks.read(_before_sections(self._document))
        tops = [node for node in self._document.children if isinstance(node, nodes.section)]
        if not tops:
            name = PurePosixPath(self._page.path).stem
            yield self._section("", (name,), preface, 1)
            return
        title = self._heading(tops[0])
        yield from self._tree(tops[0], (title,), "", preface)
        for section in tops[1:]:
            yield from self._tree(section, (title, self._heading(section)), section["ids"][0])

    def _tree(
        self,
        section: nodes.section,
        heading_path: tuple[str, ...],
        anchor: str,
        preface: tuple[Block, ...] = (),
    ) -> Iterator[SectionText]:
        blocks = preface + self._blocks.read(_before_sections(section))
        yield self._section(anchor, heading_path, blocks, self._line(section))
        for child in section.children:
            if isinstance(child, nodes.section):
                path = (*heading_path, self._heading(child))
                yield from self._tree(child, path, child["ids"][0])

    def _section(
        self, anchor: str, heading_path: tuple[str, ...], blocks: tuple[Block, ...], line: int
    ) -> SectionText:
        return SectionText(self._page.path, self._url, anchor, heading_path, blocks, line)

    def _heading(self, section: nodes.section) -> str:
        title = section.next_node(nodes.title)
        text = inline_text(title, self._page).replace("`", "") if title else ""
        return text or PurePosixPath(self._page.path).stem

    def _line(self, section: nodes.Element) -> int:
        """The title's line; docutils notes that of the underline. An included title has none."""
        while section.source != self._page.path and isinstance(section.parent, nodes.section):
            section = section.parent
        inside = section.source == self._page.path and section.line
        return max(1, section.line - 1) if inside and section.line else 1


def _before_sections(node: nodes.Element) -> list[nodes.Node]:
    return [child for child in node.children if not isinstance(child, nodes.section)]

"""A Sphinx book in a temporary folder, for the tests of its two markups."""

from __future__ import annotations

from pathlib import Path

from retrieval.passages import Block
from retrieval.readers.source import Page
from retrieval.readers.sphinx.project import SphinxSource
from tests.files import write_dedented


class SphinxBook:
    """A page is read as soon as it is written; ``suffix`` is that of a page without a name."""

    def __init__(self, root: Path, suffix: str, files: dict[str, str]) -> None:
        self.root = root
        self.suffix = suffix
        write_dedented(root, files)

    def write(self, name: str, text: str) -> None:
        write_dedented(self.root, {name: text})

    def page(self, text: str, name: str = "") -> Page:
        name = name or f"page{self.suffix}"
        self.write(name, text)
        return SphinxSource(self.root).read(name)

    def blocks(self, text: str) -> tuple[Block, ...]:
        """The blocks of a page that is one section."""
        (section,) = self.page(text).sections
        return section.blocks

    def text(self, text: str) -> str:
        """The text of a page that is one block."""
        (block,) = self.blocks(text)
        return block.text


def anchors(page: Page) -> list[str]:
    return [section.anchor for section in page.sections]


def kinds(page: Page) -> list[str]:
    return [dropped.kind for dropped in page.dropped]

"""Blocks in reading order become sections: what the readers of Markdown and of HTML share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from retrieval.passages import Block, Kind, SectionText
from retrieval.readers.source import Dropped

LABEL_SEPARATOR = " › "


@dataclass
class SectionBuilder:
    """Collects the sections of a page, one for each heading of any level that has text under it.

    A heading without anything under it gives no section; if no deeper one follows it is reported.
    A heading that repeats the page's title, with no other above it, adds nothing to the heading
    path.
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

    # headings

    @property
    def at_top(self) -> bool:
        """Whether no heading has come yet."""
        return not self._headings

    def open_section(self, level: int, text: str, anchor: str, line: int = 1) -> None:
        """A heading: what is added from now on stands under it."""
        self.close_section(level)
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        repeats_title = text == self.title and not self._headings
        self._headings.append((level, "" if repeats_title else text))
        self._anchor, self._line = anchor, line

    def close_section(self, next_level: int = 0) -> None:
        """The end of what stands under the heading, at one of ``next_level`` or of the page."""
        if self._blocks:
            self.store_section()
        elif self._headings and next_level <= self._headings[-1][0]:
            self.report("empty section", self._line, self.heading_path[-1])

    def store_section(self) -> None:
        """Make a section of the blocks so far, if there are any."""
        blocks, self._blocks = tuple(self._blocks), []
        if blocks:
            self.sections.append(
                SectionText(
                    self.path, self.url, self._anchor, self.heading_path, blocks, self._line
                )
            )

    @contextmanager
    def inner_section(self, level: int, text: str, anchor: str) -> Iterator[None]:
        """A section within the one that is open, which goes on afterwards.

        Those in one another are each a level deeper.
        """
        outer, outer_anchor = list(self._headings), self._anchor
        depth = sum(1 for above, _ in outer if above >= level)
        self.open_section(level + depth, text, anchor)
        yield
        self.store_section()
        self._headings, self._anchor = outer, outer_anchor

    @property
    def heading_path(self) -> tuple[str, ...]:
        """The page's title and the headings that are open."""
        return (self.title, *(text for _, text in self._headings if text))

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been added since the last heading."""
        return not self._blocks

    # blocks

    def add(self, kind: Kind, text: str, language: str = "") -> None:
        """A block, unless it is blank, under the labels of what encloses it."""
        if text.strip():
            label = LABEL_SEPARATOR.join(self._labels)
            self._blocks.append(Block(kind, text, language, label))

    def add_item(self, lead: str, text: str, hanging: str) -> bool:
        """An item of a list, a block with those around it; further lines hang under the first.

        False for an item without text, which is left out.
        """
        if text:
            self._items.append(lead + text.replace("\n", f"\n{hanging}"))
        return bool(text)

    def end_items(self) -> None:
        """The end of a list, or something in it that is a block of its own."""
        items, self._items = self._items, []
        self.add(Kind.PROSE, "\n".join(items))

    @contextmanager
    def labelled(self, label: str) -> Iterator[None]:
        """What is added within is enclosed by something of this name, if it has one."""
        if label:
            self._labels.append(label)
        yield
        if label:
            self._labels.pop()

    # what is no text

    def report(self, kind: str, line: int, detail: str = "") -> None:
        """Something of the source that does not become text."""
        self.dropped.append(Dropped(kind, line, detail))

"""The settled content of a page as sections of blocks in reading order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bs4.element import NavigableString, PageElement, Tag

from retrieval.passages import Block, Kind, SectionText
from retrieval.readers.html.elements import (
    HEADINGS,
    LABEL,
    LANGUAGE,
    MATHS,
    attribute,
    classes,
    holds_block,
    plain,
)
from retrieval.readers.html.inline import inline_text
from retrieval.readers.html.tables import pipe_table
from retrieval.readers.markdown.sections import LABEL_SEPARATOR
from retrieval.readers.source import Dropped

OBJECT_LEVEL = 7
"""Described functions and classes stand below headings of any level."""

Flow = Iterator[list[PageElement] | Tag]


@dataclass
class SectionReader:
    """Reads the content of a page into sections, one for each heading of any level.

    Headings have their fragment as ``id``, code, formulas, tabs and admonitions are settled
    beforehand. A first heading that is the page's title stands for the top of the page, whatever
    its level, and has no anchor. A heading without anything under it gives no section; if no
    deeper heading follows it is reported. An element is read by the method named after it.
    """

    path: str
    url: str
    title: str
    sections: list[SectionText] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _anchor: str = ""
    _blocks: list[Block] = field(default_factory=list)
    _labels: list[str] = field(default_factory=list)
    _items: list[str] = field(default_factory=list)

    def read(self, content: Tag) -> tuple[SectionText, ...]:
        """The sections of a page's content, in reading order."""
        self._children(content)
        self._close_section(next_level=0)
        return tuple(self.sections)

    def _children(self, element: Tag) -> None:
        for part in _flow(element):
            if isinstance(part, Tag):
                self._block(part)
            else:
                self._add(Kind.PROSE, inline_text(part))

    def _block(self, element: Tag) -> None:
        read: Callable[[Tag], None] = getattr(self, f"read_{element.name}", self._labelled_children)
        if element.has_attr(MATHS):
            self._add(Kind.PROSE, attribute(element, MATHS))
        else:
            read(element)

    def _labelled_children(self, element: Tag) -> None:
        with self._labelled(attribute(element, LABEL)):
            self._children(element)

    # headings

    def _heading(self, element: Tag) -> None:
        level = HEADINGS.index(element.name) + 1
        text = inline_text(element.children).replace("`", "").replace("\n", " ")
        if text:
            is_title = text == self.title and not self._headings
            self._open_section(level, "" if is_title else text, attribute(element, "id"))

    read_h1 = read_h2 = read_h3 = read_h4 = read_h5 = read_h6 = _heading

    def _open_section(self, level: int, text: str, anchor: str) -> None:
        self._close_section(level)
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, text))
        self._anchor = anchor if text else ""

    def _close_section(self, next_level: int) -> None:
        if self._blocks:
            self._store_section()
        elif self._headings and next_level <= self._headings[-1][0] and self._headings[-1][1]:
            self.dropped.append(Dropped("empty section", 1, self._headings[-1][1]))

    def _store_section(self) -> None:
        path = (self.title, *(text for _, text in self._headings if text))
        blocks, self._blocks = tuple(self._blocks), []
        if blocks:
            self.sections.append(SectionText(self.path, self.url, self._anchor, path, blocks))

    # prose

    def read_div(self, element: Tag) -> None:
        if "line-block" in classes(element):
            lines = (inline_text(line.children) for line in element(class_="line"))
            self._add(Kind.PROSE, "\n".join(lines))
        else:
            self._labelled_children(element)

    def read_aside(self, element: Tag) -> None:
        label = element.find(class_="label", recursive=False)
        if "footnote" in classes(element) and label is not None:
            number = plain(label.extract()).replace(" ", "")
            self._item(element, f"{number} ", "  ")
            self._flush_items()
        else:
            self._labelled_children(element)

    def read_details(self, element: Tag) -> None:
        summary = element.find("summary", recursive=False)
        label = plain(summary.extract()) if summary is not None else ""
        self._add(Kind.PROSE, label)
        with self._labelled(label):
            self._children(element)

    # lists: one block each, interrupted by what is not prose

    def read_ul(self, element: Tag) -> None:
        self._list_items(element, "")
        self._flush_items()

    read_ol = read_menu = read_ul

    def _list_items(self, element: Tag, indent: str) -> None:
        start = attribute(element, "start")
        number = int(start) if start.isdecimal() else 1
        for offset, item in enumerate(element.find_all("li", recursive=False)):
            marker = f"{number + offset}. " if element.name == "ol" else "- "
            self._item(item, indent + marker, indent + " " * len(marker))

    def _item(self, item: Tag, lead: str, hanging: str) -> None:
        """One item: its first line follows ``lead``, what else it holds hangs under it."""
        for part in _flow(item):
            if isinstance(part, Tag) and part.name in {"ul", "ol", "menu"}:
                self._list_items(part, hanging)
            elif isinstance(part, Tag) and (part.name != "p" or _holds_inner_block(part)):
                self._items += [lead.rstrip()] if lead.endswith(": ") else []
                self._flush_items()
                self._block(part)
            else:
                text = inline_text(part.children if isinstance(part, Tag) else part)
                self._items += [lead + text.replace("\n", "\n" + hanging)] if text else []
                lead = hanging if text else lead
                continue
            lead = hanging

    def _flush_items(self) -> None:
        items, self._items = self._items, []
        self._add(Kind.PROSE, "\n".join(items))

    # definitions: a term and what is said of it

    def read_dl(self, element: Tag) -> None:
        terms: list[Tag] = []
        for entry in element.find_all(["dt", "dd"]):
            if entry.find_parent("dl") is not element:
                continue
            if entry.name == "dt":
                terms.append(entry)
                continue
            self._definition(terms, entry)
            terms = []
        self._definition(terms, None)
        self._flush_items()

    def _definition(self, terms: list[Tag], said: Tag | None) -> None:
        if any("sig" in classes(term) for term in terms):
            self._described(terms, said)
            return
        name = ", ".join(inline_text(term.children) for term in terms).removesuffix(":")
        if said is not None:
            self._item(said, f"{name}: ", "  ")
        elif name:
            self._items.append(name)

    def _described(self, signatures: list[Tag], said: Tag | None) -> None:
        """A function, class or option that Sphinx describes: a section of its own."""
        anchor = next((attribute(term, "id") for term in signatures if term.get("id")), "")
        outer, outer_anchor = list(self._headings), self._anchor
        depth = sum(1 for level, _ in outer if level >= OBJECT_LEVEL)
        name = anchor or plain(signatures[0])
        self._open_section(OBJECT_LEVEL + depth, name, anchor)
        for signature in signatures:
            self._add(Kind.PROSE, f"`{signature.get_text().strip()}`")
        if said is not None:
            self._children(said)
        self._store_section()
        self._headings, self._anchor = outer, outer_anchor

    # code and tables

    def read_pre(self, element: Tag) -> None:
        with self._labelled(attribute(element, LABEL)):
            self._add(Kind.CODE, element.get_text(), attribute(element, LANGUAGE))

    def read_table(self, element: Tag) -> None:
        caption = element.find("caption")
        with self._labelled(plain(caption) if caption is not None else ""):
            self._add(Kind.TABLE, pipe_table(element, lambda cell: inline_text(cell.children)))
            # A pipe table has no room for lines, so the code of its cells follows it verbatim.
            for code in element("pre"):
                self.read_pre(code)

    # shared

    def _add(self, kind: Kind, text: str, language: str = "") -> None:
        if text.strip():
            label = LABEL_SEPARATOR.join(self._labels)
            self._blocks.append(Block(kind, text, language, label))

    @contextmanager
    def _labelled(self, label: str) -> Iterator[None]:
        if label:
            self._labels.append(label)
        yield
        if label:
            self._labels.pop()


def _holds_inner_block(element: Tag) -> bool:
    return any(holds_block(child) for child in element.find_all(True, recursive=False))


def _flow(element: Tag) -> Flow:
    """The children in order: runs of inline nodes, and each element that is or holds a block."""
    run: list[PageElement] = []
    for child in element.children:
        if isinstance(child, NavigableString) or not (
            isinstance(child, Tag) and (holds_block(child) or _is_displayed(child))
        ):
            run.append(child)
            continue
        if run:
            yield run
        run = []
        assert isinstance(child, Tag)
        yield child
    if run:
        yield run


def _is_displayed(element: Tag) -> bool:
    return element.has_attr(MATHS) and element.name == "div"

"""The settled content of a page as sections of blocks in reading order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bs4.element import NavigableString, PageElement, Tag

from retrieval.passages import Kind, SectionText
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
from retrieval.readers.sections import SectionBuilder

OBJECT_LEVEL = 7
"""Described functions and classes stand below headings of any level."""

Flow = Iterator[list[PageElement] | Tag]


@dataclass
class SectionReader(SectionBuilder):
    """Reads the content of a page into sections, one for each heading of any level.

    Headings have their fragment as ``id``, code, formulas, tabs and admonitions are settled
    beforehand. A first heading that is the page's title stands for the top of the page, whatever
    its level, and has no anchor. An element is read by the method named after it.
    """

    def read(self, content: Tag) -> tuple[SectionText, ...]:
        """The sections of a page's content, in reading order."""
        self._children(content)
        self.close_section()
        return tuple(self.sections)

    def _children(self, element: Tag) -> None:
        for part in _flow(element):
            if isinstance(part, Tag):
                self._block(part)
            else:
                self.add(Kind.PROSE, inline_text(part))

    def _block(self, element: Tag) -> None:
        read: Callable[[Tag], None] = getattr(self, f"read_{element.name}", self._labelled_children)
        if element.has_attr(MATHS):
            self.add(Kind.PROSE, attribute(element, MATHS))
        else:
            read(element)

    def _labelled_children(self, element: Tag) -> None:
        with self.labelled(attribute(element, LABEL)):
            self._children(element)

    # headings

    def _heading(self, element: Tag) -> None:
        level = HEADINGS.index(element.name) + 1
        text = inline_text(element.children).replace("`", "").replace("\n", " ")
        if text:
            is_top = self.at_top and text == self.title
            self.open_section(level, text, "" if is_top else attribute(element, "id"))

    read_h1 = read_h2 = read_h3 = read_h4 = read_h5 = read_h6 = _heading

    # prose

    def read_div(self, element: Tag) -> None:
        if "line-block" in classes(element):
            lines = (inline_text(line.children) for line in element(class_="line"))
            self.add(Kind.PROSE, "\n".join(lines))
        else:
            self._labelled_children(element)

    def read_aside(self, element: Tag) -> None:
        label = element.find(class_="label", recursive=False)
        if "footnote" in classes(element) and label is not None:
            number = plain(label.extract()).replace(" ", "")
            self._item(element, f"{number} ", "  ")
            self.end_items()
        else:
            self._labelled_children(element)

    def read_details(self, element: Tag) -> None:
        summary = element.find("summary", recursive=False)
        label = plain(summary.extract()) if summary is not None else ""
        self.add(Kind.PROSE, label)
        with self.labelled(label):
            self._children(element)

    # lists: one block each, interrupted by what is not prose

    def read_ul(self, element: Tag) -> None:
        self._list_items(element, "")
        self.end_items()

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
                self.add_item("", lead.rstrip() if lead.endswith(": ") else "", "")
                self.end_items()
                self._block(part)
            else:
                text = inline_text(part.children if isinstance(part, Tag) else part)
                lead = hanging if self.add_item(lead, text, hanging) else lead
                continue
            lead = hanging

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
        self.end_items()

    def _definition(self, terms: list[Tag], said: Tag | None) -> None:
        if any("sig" in classes(term) for term in terms):
            self._described(terms, said)
            return
        name = ", ".join(inline_text(term.children) for term in terms).removesuffix(":")
        if said is not None:
            self._item(said, f"{name}: ", "  ")
        elif name:
            self.add_item("", name, "")

    def _described(self, signatures: list[Tag], said: Tag | None) -> None:
        """A function, class or option that Sphinx describes: a section of its own."""
        anchor = next((attribute(term, "id") for term in signatures if term.get("id")), "")
        with self.inner_section(OBJECT_LEVEL, anchor or plain(signatures[0]), anchor):
            for signature in signatures:
                self.add(Kind.PROSE, f"`{signature.get_text().strip()}`")
            if said is not None:
                self._children(said)

    # code and tables

    def read_pre(self, element: Tag) -> None:
        with self.labelled(attribute(element, LABEL)):
            self.add(Kind.CODE, element.get_text(), attribute(element, LANGUAGE))

    def read_table(self, element: Tag) -> None:
        caption = element.find("caption")
        with self.labelled(plain(caption) if caption is not None else ""):
            self.add(Kind.TABLE, pipe_table(element, lambda cell: inline_text(cell.children)))
            # A pipe table has no room for lines, so the code of its cells follows it verbatim.
            for code in element("pre"):
                self.read_pre(code)


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

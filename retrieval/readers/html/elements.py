"""What elements say: their attributes, classes and plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bs4.element import Tag

BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details"}
    | {"dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "header", "hr"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "hgroup", "li", "main", "menu", "nav", "ol", "p", "pre"}
    | {"section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

# Attributes by which the passes before the sections are read tell what they found out.
LABEL = "data-ragbook-label"
LANGUAGE = "data-ragbook-language"
MATHS = "data-ragbook-maths"

# Marks without a width that generators hang on links and break long names with.
_UNSEEN = re.compile("[\u200b\u2060\ufeff\xad]")


def attribute(element: Tag, name: str) -> str:
    """The attribute's value; empty when it is absent."""
    value = element.get(name)
    return value if isinstance(value, str) else " ".join(value or ())


def classes(element: Tag) -> list[str]:
    return attribute(element, "class").split()


def plain(element: Tag) -> str:
    """All text of an element on one line, without any mark of its structure."""
    return " ".join(_UNSEEN.sub("", element.get_text(" ")).split())


def words(text: str) -> str:
    """Text with each run of white space as one space and without marks that have no width."""
    return re.sub(r"\s+", " ", _UNSEEN.sub("", text))


def holds_block(element: Tag) -> bool:
    """Whether an element is a block or has one inside."""
    return element.name in BLOCKS or element.find(list(BLOCKS)) is not None


def remove(elements: Iterable[Tag]) -> None:
    for element in elements:
        if not element.decomposed:
            element.decompose()

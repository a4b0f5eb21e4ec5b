"""Headings: the fragment under which each can be linked to, and the signs that show the link."""

from __future__ import annotations

import re

from bs4.element import PageElement, Tag

from retrieval.readers.html.elements import HEADINGS, attribute, classes, plain, remove

PERMALINK_CLASSES = {"headerlink", "hash-link", "header-anchor", "anchor", "anchorjs-link"} | {
    "anchor-heading",
    "anchor-link",
    "heading-link",
    "permalink",
    "td-heading-self-link",
}
_SIGN = re.compile(r"[\s#¶§∞🔗⚓\u200b]*|\[?link\]?|permalink", re.IGNORECASE)


def settle_headings(content: Tag) -> None:
    """Give every heading its fragment as ``id`` and take the permalink signs out of the text."""
    for heading in content.find_all(HEADINGS):
        if anchor := _anchor(heading):
            heading["id"] = anchor
        remove([link for link in heading.find_all("a") if _is_sign(link)])
    remove([link for link in content.find_all("a") if _is_sign(link) and _is_permalink(link)])


def _anchor(heading: Tag) -> str:
    """The heading's own id, else that of an anchor in it, of its section or right before it."""
    return (
        attribute(heading, "id")
        or _inner_anchor(heading)
        or _section_anchor(heading)
        or _anchor_before(heading)
    )


def _inner_anchor(heading: Tag) -> str:
    for element in heading.find_all(True):
        if anchor := attribute(element, "id") or _name(element):
            return anchor
    return ""


def _section_anchor(heading: Tag) -> str:
    """The id of a section (or of what groups its heading) that this heading begins."""
    inner: Tag = heading
    outer = heading.parent
    while outer is not None and outer.name in {"section", "div", "header", "hgroup"}:
        if _begins(inner):
            if anchor := attribute(outer, "id"):
                return anchor
            inner, outer = outer, outer.parent
        else:
            return ""
    return ""


def _begins(element: Tag) -> bool:
    """Whether only empty elements and white space stand before it in its parent."""
    return not any(_says_something(sibling) for sibling in element.previous_siblings)


def _says_something(node: PageElement) -> bool:
    return bool(plain(node)) if isinstance(node, Tag) else bool(str(node).strip())


def _anchor_before(heading: Tag) -> str:
    """The id of an empty ``a`` or ``span`` before the heading, as raw HTML in Markdown makes."""
    before = heading.find_previous_sibling()
    if before is not None and before.name == "p" and not plain(before):
        before = before.find(["a", "span"])
    if before is None or before.name not in {"a", "span"} or plain(before):
        return ""
    return attribute(before, "id") or _name(before)


def _name(element: Tag) -> str:
    return attribute(element, "name") if element.name == "a" else ""


def _is_sign(link: Tag) -> bool:
    """A link to the heading itself that shows nothing but a sign."""
    if not _SIGN.fullmatch(plain(link)):
        return False
    return "#" in attribute(link, "href") or _is_permalink(link)


def _is_permalink(link: Tag) -> bool:
    return bool(PERMALINK_CLASSES.intersection(classes(link)))

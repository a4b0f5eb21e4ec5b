"""Inline nodes of a parsed document as one line of text."""

from __future__ import annotations

import re

from docutils import nodes

from retrieval.readers.sphinx.page import OpenPage, cross_reference


def inline_text(node: nodes.Node, page: OpenPage) -> str:
    """The text of a node on one line, with inline code between backticks; images are reported."""
    return re.sub(r"\s*\n\s*", " ", _text(node, page)).strip()


def _text(node: nodes.Node, page: OpenPage) -> str:
    match node:
        case nodes.Text():
            return node.astext()
        case nodes.literal():
            return _ticked(node.astext())
        case nodes.math():
            return f"${node.astext()}$"
        case nodes.math_block():
            return f"$${node.astext()}$$"
        case nodes.footnote_reference() | nodes.citation_reference():
            return f"[{node.astext()}]"
        case nodes.image():
            page.drop("image", node.line, str(node.get("uri", "")))
            return ""
        case cross_reference():
            return _title_of(node, page)
        case nodes.raw():
            return _of_raw(node, page)
        case nodes.system_message() | nodes.pending() | nodes.comment():
            return ""
    return "".join(_text(child, page) for child in node.children)


def _title_of(node: cross_reference, page: OpenPage) -> str:
    """The title that the reference gives, or that of its target on whatever page."""
    kind, target, text = node["kind"], node["target"], node.astext()
    if node["given"] and kind != "numref":
        return "".join(_text(child, page) for child in node.children)
    if kind == "numref" and node["given"]:
        # Numbers are only known to a build; "Fig. %s" keeps its word.
        return re.sub(r"\s*(%s|\{number\}|\{name\})", "", text).strip() or target
    if kind == "doc":
        return page.titles.of_page(target, page.path) or text
    if kind == "link":
        return page.titles.of_link(target, page.path) or target
    return page.titles.of_label(target) or text


def _of_raw(node: nodes.raw, page: OpenPage) -> str:
    """A tag of HTML inside a text: a line break shows, an image is reported, others only style."""
    tag = node.astext().strip().lower()
    if tag.startswith("<img"):
        page.drop("image", node.line, tag)
    return "\n" if tag.startswith("<br") else ""


def _ticked(text: str) -> str:
    """Inline code between backticks, two of them where the code holds one."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"

"""Reads one page of a book, whatever its markup, into sections."""

from __future__ import annotations

from docutils import nodes

from retrieval.errors import SourceError
from retrieval.readers.source import Page
from retrieval.readers.sphinx.blocks import has_code, is_table
from retrieval.readers.sphinx.conf import Markup
from retrieval.readers.sphinx.page import OpenPage
from retrieval.readers.sphinx.roles import forget_roles
from retrieval.readers.sphinx.rst import parse_rst
from retrieval.readers.sphinx.sections import read_sections


def read_page(text: str, page: OpenPage, url: str) -> Page:
    """One page of sections from its source text.

    Raises ``SourceError`` when the markup is nested more deeply than can be parsed, or when a
    notebook is damaged.
    """
    try:
        document = _parse(text, page)
        sections = read_sections(document, page, url)
    except RecursionError:
        raise SourceError(f"{page.path} is nested too deeply to be read.") from None
    finally:
        forget_roles(page.roles_defined)
    return Page(
        path=page.path,
        url=url,
        title=sections[0].heading_path[0],
        sections=sections,
        code_blocks=sum(1 for node in document.findall(nodes.Element) if has_code(node)),
        tables=sum(1 for node in document.findall(nodes.table) if is_table(node)),
        dropped=tuple(sorted(page.dropped, key=lambda dropped: dropped.line)),
    )


def _parse(text: str, page: OpenPage) -> nodes.document:
    """The page's document tree; the parser of Markdown is only imported by books that have any."""
    match page.conf.markup_of(page.path):
        case Markup.RST:
            return parse_rst(text, page)
        case Markup.MYST:
            from retrieval.readers.sphinx.myst import parse_myst

            return parse_myst(text, page)
        case Markup.NOTEBOOK:
            from retrieval.readers.sphinx.ipynb import parse_notebook

            return parse_notebook(text, page)

"""Where the text of a page stands: the main content of each generator's pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.element import Tag

from retrieval.readers.html.elements import remove


@dataclass(frozen=True, slots=True)
class Layout:
    """A generator or theme: CSS selectors of the mark that tells it and of its main content."""

    name: str
    mark: str
    content: str


GENERIC = Layout("plain HTML", "", "main, [role=main], #main, #content, article")

# The more telling marks first. A theme that is not here is read as plain HTML.
LAYOUTS = (
    Layout(
        "Docusaurus",
        "meta[name=generator][content^=Docusaurus]",
        ".theme-doc-markdown, article .markdown, .theme-blog-post-content",
    ),
    Layout("VitePress", "meta[name=generator][content^=VitePress]", ".vp-doc"),
    Layout("Starlight", "meta[name=generator][content^=Starlight]", ".sl-markdown-content"),
    Layout("Quarto", "meta[name=generator i][content^=quarto]", "#quarto-document-content"),
    Layout("Antora", "meta[name=generator][content^=Antora]", "article.doc"),
    Layout("Material for MkDocs", "article.md-content__inner", "article.md-content__inner"),
    Layout(
        "MkDocs",
        "meta[name=generator][content^=mkdocs], #mkdocs_search_modal",
        "[itemprop=articleBody], .document > [role=main], [role=main]",
    ),
    Layout("Furo", "#furo-main-content", "#furo-main-content"),
    Layout("Read the Docs theme", ".rst-content [itemprop=articleBody]", "[itemprop=articleBody]"),
    Layout("PyData theme or Jupyter Book", "article.bd-article", "article.bd-article"),
    Layout("Sphinx", ".documentwrapper .body, .sphinxsidebar", ".body[role=main], .body"),
    Layout("mdBook", "#menu-bar, #mdbook-menu-bar", "#content main, #mdbook-content main, main"),
    Layout("HonKit", ".book-body .markdown-section", ".markdown-section"),
    Layout("Hugo Docsy", ".td-content", ".td-content"),
    Layout("Hugo Book", ".book-article, .book-page article", ".book-article, .book-page article"),
    Layout("Hugo Geekdoc", ".gdoc-markdown", ".gdoc-markdown"),
    Layout("Hugo Relearn", "#R-body-inner", "#R-body-inner"),
    Layout("Just the Docs", "#main-content .anchor-heading, .main-content", "main, .main-content"),
    Layout("Jekyll Minima", ".post-content", ".post-content"),
)

FURNITURE = (
    "nav, footer, [role=navigation], [role=search], .breadcrumbs, .theme-doc-breadcrumbs,"
    " .toctree-wrapper, div.toc, div.contents, .topic.contents, .table-of-contents,"
    " .theme-doc-toc-mobile, .md-source-file, .md-content__button, .md-tags, .md-feedback,"
    " .prev-next-area, .pagination-nav, .nav-wrapper, .nav-wide-wrapper, .related-pages,"
    " .theme-edit-this-page, .theme-last-updated, .copybtn, .md-clipboard, .clipboard-button"
)
OUTSIDE_MAIN = "header, footer, nav, aside"
SAMPLE = 8


def find_layout(pages: Iterable[BeautifulSoup]) -> Layout:
    """The layout that fits most of the pages, among which a landing page may look different."""
    fitting = Counter(_fitting(page) for page in pages)
    return fitting.most_common(1)[0][0] if fitting else GENERIC


def _fitting(page: BeautifulSoup) -> Layout:
    marked = (layout for layout in LAYOUTS if page.select_one(layout.mark))
    return next((layout for layout in marked if page.select_one(layout.content)), GENERIC)


def main_content(page: BeautifulSoup, layout: Layout) -> Tag:
    """The element that holds the page's text, without navigation inside it.

    A page that looks different from the rest of its site is read as plain HTML, one without any
    main element from its body without header, footer, navigation and asides.
    """
    content = page.select_one(layout.content) or page.select_one(GENERIC.content)
    if content is None:
        content = page.body or page
        remove(content.select(OUTSIDE_MAIN))
    remove(content.select(FURNITURE))
    return content

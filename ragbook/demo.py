"""The demo book's site: the pages of a Docusaurus folder, at the addresses that citations name."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from ragbook.demo_html import Heading, HtmlRenderer
from retrieval.readers.docusaurus.docs import Doc
from retrieval.readers.docusaurus.sidebars import Category
from retrieval.readers.docusaurus.site import DocusaurusSource
from retrieval.readers.source import Selection

BOOK = "primer"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
DEEPEST_LISTED = 3
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A page as the navigation shows it; ``address`` is its path on this site."""

    path: str
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Group:
    """A category of the navigation and its entries in reading order."""

    title: str
    entries: tuple[Link | Group, ...]


@dataclass(frozen=True, slots=True)
class DemoPage:
    """A rendered page with its neighbours and its headings of the second and third level."""

    link: Link
    description: str
    html: SafeString
    headings: tuple[Heading, ...]
    previous: Link | None
    following: Link | None


class DemoBook:
    """The pages of a Docusaurus folder, read once. Raises ``SourceError`` as the reader does."""

    def __init__(self, root: Path) -> None:
        self.source = DocusaurusSource(root)
        self.title = self.source.title
        self.language = self.source.language
        tree = self.source.sidebar(Selection())
        self.links = {doc.path: self._link(doc) for doc in tree.docs()}
        self.entries = tuple(self._entries(tree))
        self._paths = {_plain(self.source.url(doc)): doc.path for doc in tree.docs()}

    def path_at(self, url: str) -> str | None:
        """The page file behind an address below the book's, with or without a closing slash."""
        return self._paths.get(_plain(url))

    def page(self, path: str) -> DemoPage:
        """A page, rendered."""
        doc = self.source.doc(path)
        renderer = HtmlRenderer(link=lambda target: self._resolve(path, target))
        html = renderer.render(self.source.tree(doc))
        order = list(self.links)
        place = order.index(path)
        return DemoPage(
            link=self.links[path],
            description=doc.front_matter.text("description"),
            html=html,
            headings=tuple(h for h in renderer.headings if h.level <= DEEPEST_LISTED),
            previous=self.links[order[place - 1]] if place else None,
            following=self.links[order[place + 1]] if place + 1 < len(order) else None,
        )

    def _link(self, doc: Doc) -> Link:
        title = self.source.page_title(doc, self.source.tree(doc))
        label = doc.front_matter.text("sidebar_label") or title
        return Link(doc.path, label, reverse("demo-page", args=[unquote(self.source.url(doc))]))

    def _entries(self, category: Category) -> Iterator[Link | Group]:
        if category.page:
            yield self.links[category.page.path]
        for child in category.children:
            if isinstance(child, Category):
                yield Group(child.label, tuple(self._entries(child)))
            else:
                yield self.links[child.path]

    def _resolve(self, path: str, target: str) -> str:
        """The address of a link: links to page files lead to their pages, others stay."""
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or not parts.path:
            return target
        file = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
        address = self.links[file].address if file in self.links else parts.path
        return f"{address}#{parts.fragment}" if parts.fragment else address


@require_safe
def index(_request: HttpRequest) -> HttpResponseBase:
    """``/book/``: the first page of the book."""
    return redirect(next(iter(demo_book().links.values())).address)


@require_safe
def page(request: HttpRequest, url: str) -> HttpResponseBase:
    """A page of the book; 404 with the book's navigation if there is none at the address."""
    book = demo_book()
    path = book.path_at(url)
    if path is None:
        return _render(request, book, None, status=404)
    found = demo_page(path)
    if unquote(found.link.address) != unquote(request.path):
        return redirect(found.link.address)
    return _render(request, book, found, status=200)


@cache
def demo_book() -> DemoBook:
    """The book that the settings name."""
    return DemoBook(Path(settings.RAGBOOK_DEMO_BOOK))


@cache
def demo_page(path: str) -> DemoPage:
    """A page of that book, rendered once for the life of the process."""
    return demo_book().page(path)


def _render(
    request: HttpRequest, book: DemoBook, page: DemoPage | None, status: int
) -> HttpResponse:
    context = {
        "book": book,
        "slug": BOOK,
        "page": page,
        "current": page.link.path if page else "",
        "direction": "rtl" if book.language in RIGHT_TO_LEFT else "ltr",
    }
    response = render(request, "demo/page.html", context, status=status)
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response


def _plain(url: str) -> str:
    return unquote(url).strip("/")

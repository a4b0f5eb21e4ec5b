"""How a book gets onto a site, and what the browsers of its readers would get there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.test import Client

from retrieval.models import Book

LOOPBACK = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Reply:
    """What browsers on a site get: whether readers there can ask, and why or why not."""

    origin: str
    works: bool
    words: str


def tag(server: str, book: Book) -> str:
    """The line of HTML that puts the widget on a page. ``server`` is ragbook's own origin."""
    return f'<script type="module" src="{server}/widget.js" data-book="{book.slug}"></script>'


def content_policy(server: str) -> str:
    """What a Content-Security-Policy must allow."""
    socket = re.sub("^http", "ws", server)
    return f"script-src {server}; connect-src {server} {socket}"


def origin_of(address: str) -> str:
    """The origin of a page, as browsers send it. Raises ``ValueError`` for what is no address."""
    parts = urlsplit(address.strip())
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("Give an address that begins with https:// or http://.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def known_origins(book: Book) -> list[str]:
    """The sites that the book's settings name: those that may embed it, and its own."""
    return list(dict.fromkeys([*book.origins, *_own_origin(book)]))


def _own_origin(book: Book) -> Iterator[str]:
    try:
        yield origin_of(book.base_url)
    except ValueError:
        return


def reply_to(origin: str, book: Book, server: str) -> Reply:
    """Ask for the book as a browser on ``origin`` does, through the whole application."""
    if _is_mixed(origin, server):
        words = "Browsers load no http:// script into an https:// page. Serve ragbook by https."
        return Reply(origin, False, words)
    # The test client is Django's own browser: no socket, the same middleware and views.
    response = Client(raise_request_exception=False).get(
        f"/api/v1/books/{book.slug}",
        headers={"Origin": origin, "Host": urlsplit(server).netloc},
        secure=server.startswith("https://"),
    )
    if response.status_code == 200 and response.headers.get("Access-Control-Allow-Origin"):
        return Reply(origin, True, "Readers can ask.")
    return Reply(origin, False, _refusal(response.status_code))


def _is_mixed(origin: str, server: str) -> bool:
    """A secure page with a script that is not; browsers trust their own machine."""
    insecure = server.startswith("http://") and not LOOPBACK.fullmatch(server)
    return insecure and origin.startswith("https://")


def _refusal(status: int) -> str:
    match status:
        case 403:
            return "This site is not among those that may show the widget: see the book's settings."
        case 404:
            return "The book is closed, or nothing was ingested so far."
        case _:
            return f"The server answered with status {status}."

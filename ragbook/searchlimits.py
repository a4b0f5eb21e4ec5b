"""Who may search, and how often: what holds for questions, put around the book's own interface."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from chat.keeping import open_book
from chat.limits import spend
from chat.requests import address_of, foreign_origin


def as_questions_are(search: Callable[..., Any]) -> Callable[..., Any]:
    """The call of the interface, for sites that may embed the book and within its limits.

    It raises ``Forbidden`` and ``LimitReached`` before anything is searched.
    """

    @wraps(search)
    def limited(request: HttpRequest, body: Any) -> Any:
        spend("search", address_of(request), settings.RAGBOOK_ADDRESS_RATE)
        spend("book-search", body.book, settings.RAGBOOK_BOOK_RATE)
        if origin := foreign_origin(request.headers):
            open_book(body.book, origin)
        return search(request, body=body)

    return limited

"""Pages that are no interface: the widget's scripts, and conversations under their links."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat import reply
from chat.errors import NotFound
from chat.sharing import open_shared
from chat.widget import part, script

SHARED_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    ),
    "Referrer-Policy": "no-referrer",  # the address is the key to the conversation
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-store",
}


@require_safe
def widget(request: HttpRequest) -> HttpResponse:
    """``/widget.js``, small and revalidated, so that every site has the current one at once."""
    return _javascript(request, script())


@require_safe
def widget_part(request: HttpRequest, name: str) -> HttpResponse:
    """``/widget/NAME.js``: a language, or a part that loads when it is needed."""
    body = part(name)
    if body is None:
        raise Http404
    return _javascript(request, body)


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """``/shared/TOKEN``: a conversation to be read, until its reader takes the link back."""
    try:
        found = open_shared(token)
    except NotFound as gone:
        return _reading_page(request, "chat/gone.html", {"message": gone.message}, status=404)
    conversation = {
        "language": found.book.language,
        "answers": [reply.public_json(answer) for answer in found.answers],
    }
    context = {"book": found.book, "until": found.until, "conversation": conversation}
    return _reading_page(request, "chat/shared.html", context)


def _reading_page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    response = render(request, template, context, status=status)
    for name, value in SHARED_PAGE_HEADERS.items():
        response[name] = value
    return response


def _javascript(request: HttpRequest, body: bytes) -> HttpResponse:
    etag = _etag(body)
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=300"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@cache
def _etag(body: bytes) -> str:
    return f'"{sha256(body).hexdigest()[:16]}"'

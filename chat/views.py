"""Pages that are no interface: the widget's scripts at their short addresses."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from chat.widget import part, script


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

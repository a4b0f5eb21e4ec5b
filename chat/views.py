"""Pages that are no interface: the widget's script at its short address."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from chat.widget import script


@require_safe
def widget(request: HttpRequest) -> HttpResponse:
    """``/widget.js``, small and revalidated, so that every site has the current one at once."""
    body, etag = _script()
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=300"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@cache
def _script() -> tuple[bytes, str]:
    text = script()
    return text, f'"{sha256(text).hexdigest()[:16]}"'

"""Pages that are no interface: the widget's script at its short address."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe


@require_safe
def widget(request: HttpRequest) -> HttpResponse:
    """``/widget.js``, small and revalidated, so that every site has the current one at once."""
    script, etag = _script()
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=300"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@cache
def _script() -> tuple[bytes, str]:
    path = finders.find("chat/widget.js")
    if path is None:
        raise FileNotFoundError("chat/widget.js is not among the static files.")
    with open(path, "rb") as file:
        script = file.read()
    return script, f'"{sha256(script).hexdigest()[:16]}"'

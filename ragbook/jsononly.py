"""The reader's interface takes JSON that calls itself JSON.

Any page may post plain text or a form to another site without asking first. JSON under its own
content type makes the browser ask, and so lets the rules for foreign sites decide.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.decorators import sync_and_async_middleware

REFUSAL = {"code": "unsupported_type", "message": "Send application/json."}


@sync_and_async_middleware
def json_only(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answer 415 to a body of another content type sent to ``/api/``."""

    async def asynchronous(request: HttpRequest) -> Any:
        return _refused(request) or await get_response(request)

    def synchronous(request: HttpRequest) -> Any:
        return _refused(request) or get_response(request)

    return asynchronous if iscoroutinefunction(get_response) else synchronous


def _refused(request: HttpRequest) -> JsonResponse | None:
    carries_body = request.method in ("POST", "PUT", "PATCH")
    if not carries_body or not request.path.startswith("/api/"):
        return None
    return None if request.content_type == "application/json" else JsonResponse(REFUSAL, status=415)

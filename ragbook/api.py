"""The HTTP interface under ``/api/v1/``: one shape of error, JSON only, never a traceback."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from chat.api import router as chat_router
from chat.errors import ChatError
from chat.metrics import REFUSED_REQUESTS
from desk.api import router as desk_router
from ragbook.health import router as health_router
from ragbook.searchlimits import as_questions_are
from retrieval.api import router as retrieval_router
from retrieval.errors import BookNotFound, RetrievalError

log = structlog.get_logger(__name__)

CODES = {400: "bad_request", 401: "unauthorized", 404: "not_found", 405: "method_not_allowed"}


api = NinjaAPI(title="ragbook", version="1", docs_url=None)
retrieval_router.add_decorator(as_questions_are)
api.add_router("", chat_router)
api.add_router("", retrieval_router)
api.add_router("desk", desk_router)
api.add_router("health", health_router)


def error(
    request: HttpRequest, status: int, code: str, message: str, wait: int | None = None
) -> HttpResponse:
    REFUSED_REQUESTS.labels(code=code).inc()
    body: dict[str, Any] = {"code": code, "message": message}
    if wait is not None:
        body["retry_after"] = wait
    response = api.create_response(request, body, status=status)
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response


@api.exception_handler(ChatError)
def chat_error(request: HttpRequest, raised: ChatError) -> HttpResponse:
    return error(request, raised.status, raised.code, raised.message, raised.retry_after)


@api.exception_handler(RetrievalError)
def retrieval_error(request: HttpRequest, raised: RetrievalError) -> HttpResponse:
    if isinstance(raised, BookNotFound):
        return error(request, 404, "not_found", raised.message)
    log.warning("search_failed", error=type(raised).__name__)
    return error(request, 503, "search_unavailable", "The book cannot be searched now.", 5)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, raised: ValidationError) -> HttpResponse:
    first = raised.errors[0]
    place = ".".join(str(part) for part in first["loc"][2:] or first["loc"][1:])
    message = str(first["msg"]).removeprefix("Value error, ")
    return error(request, 422, "invalid", f"{place}: {message}" if place else message)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, raised: HttpError) -> HttpResponse:
    code = CODES.get(raised.status_code, "error")
    return error(request, raised.status_code, code, raised.message)


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, _: RequestDataTooBig) -> HttpResponse:
    return error(request, 413, "too_large", "The request is too large.")


@api.exception_handler(Exception)
def unexpected(request: HttpRequest, raised: Exception) -> HttpResponse:
    log.error("request_failed", exc_info=raised)
    return error(request, 503, "internal", "Something went wrong here. Please try again.", 5)

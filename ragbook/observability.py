"""What an operator sees: structured logs with a request id and no reader text, and metrics."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

# Loggers that tell at lower levels what readers wrote: SQL parameters, frames, request bodies.
DISCREET = {
    "django.db.backends": "INFO",
    "openai": "WARNING",
    "httpx": "WARNING",
    "httpx2": "WARNING",
    "websockets": "INFO",
}
# The servers' own handlers give way to ours, so that every line has one form.
SERVERS = {"uvicorn": "INFO", "uvicorn.error": "INFO", "uvicorn.access": "WARNING"}
# The request middleware logs what these would log once more.
REPEATING = {"django.request": "CRITICAL", "django.server": "WARNING"}


class Anonymous(logging.Filter):
    """Drops what uvicorn tells of each socket: it names the reader's address."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "WebSocket %s" not in str(record.msg)


class RequestLog(RequestMiddleware):
    """A line for each request, with its id. Query strings stay out: they may hold anything."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


def configure_structlog() -> None:
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *PROCESSORS,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_settings(log_format: str, level: str) -> dict[str, Any]:
    """Django's ``LOGGING``: every logger's lines, one JSON object each, or coloured text.

    ``disable_existing_loggers`` stays false: true would silence the servers' own error logs.
    """
    quieter = DISCREET | SERVERS | REPEATING
    loggers: dict[str, dict[str, Any]] = {
        name: {"handlers": [], "propagate": True, "level": _stricter(least, level)}
        for name, least in quieter.items()
    }
    loggers["uvicorn.error"]["filters"] = ["anonymous"]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_renderers(log_format),
                ],
                "foreign_pre_chain": PROCESSORS,
            }
        },
        "filters": {"anonymous": {"()": Anonymous}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django": {"handlers": [], "propagate": True}, **loggers},
    }


def _stricter(one: str, other: str) -> str:
    """The level that lets fewer lines through."""
    return max(one, other, key=logging.getLevelNamesMapping().__getitem__)


def _renderers(log_format: str) -> list[Any]:
    """Tracebacks are plain in both: a rich one would print the values of local variables."""
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]


def metrics(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The Prometheus page of this process."""
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)

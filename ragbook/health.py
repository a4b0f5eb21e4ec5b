"""Whether the process lives, and whether what it depends on can be reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from ninja import Router, Schema, Status

from retrieval.index import index
from retrieval.models import Book

log = structlog.get_logger(__name__)
router = Router(tags=["health"])

State = Literal["ok", "down", "quoting", "empty", "unknown"]


class Live(Schema):
    status: Literal["ok"]


class Ready(Schema):
    """What is no fault: ``model: quoting`` (no key), ``index: empty`` (no book yet).

    ``index: unknown`` means that the database is down, which alone knows what must be indexed.
    """

    status: Literal["ok", "down"]
    dependencies: dict[str, State]


@router.get("live", response=Live)
async def live(request: HttpRequest) -> dict[str, str]:  # noqa: ARG001
    """Never touches a dependency: a restart would not mend the database."""
    return {"status": "ok"}


@router.get("ready", response={200: Ready, 503: Ready})
def ready(request: HttpRequest) -> Status[Ready]:  # noqa: ARG001
    """Each dependency with its state; 503 while one is down."""
    states = {name: _state(name, probe) for name, probe in PROBES.items()}
    states["index"] = "unknown" if states["database"] == "down" else _state("index", _index)
    down = "down" in states.values()
    body = Ready(status="down" if down else "ok", dependencies=states)
    return Status(503 if down else 200, body)


def _state(name: str, probe: Callable[[], State]) -> State:
    try:
        return probe()
    except Exception as error:
        log.warning("dependency_down", dependency=name, error=type(error).__name__)
        return "down"


def _database() -> State:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _cache() -> State:
    cache.set("health", 1, 5)
    return "ok"


def _index() -> State:
    book = Book.objects.served().select_related("live").first()
    if book is None or book.live is None:
        return "empty"
    return "ok" if index().exists(book.live) else "down"


def _model() -> State:
    return "ok" if settings.OPENAI_API_KEY else "quoting"


PROBES: dict[str, Callable[[], State]] = {
    "database": _database,
    "cache": _cache,
    "model": _model,
}

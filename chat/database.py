"""The doors out of the event loop: one bounded pool of threads for the database, one for thinking.

Channels would run every consumer's queries on a single shared thread, and a stream that kept its
connection would starve the pool. Here each unit of work borrows a thread and a connection and
gives both back, also when its caller is cancelled.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import cache, partial
from typing import ParamSpec, TypeVar

import structlog
from django.conf import settings
from django.db import OperationalError, connection, connections

from chat import metrics
from chat.errors import Overloaded
from chat.turns import Turns

log = structlog.get_logger(__name__)

SILENCE_S = 12.0  # a database that wakes up takes seconds, a connection at most ten
READING_S = 3.0  # what a sentence takes to be read: so long its reader can wait for the next

P = ParamSpec("P")
T = TypeVar("T")


async def db(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a short unit of database work; its exceptions pass through.

    Raises ``Overloaded``, which may be tried again, when the database is away or full, and when a
    server stays silent, which keeps the thread but not its caller.
    """
    try:
        async with asyncio.timeout(_patience_s()):
            return await _away("database", _database(), partial(work, *args, **kwargs))
    except (TimeoutError, OperationalError) as error:
        log.warning("database_failed", error=type(error).__name__)
        raise Overloaded(
            "The book cannot be reached now. Please try again.", retry_after=5
        ) from error


async def think(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of work that keeps a core busy (search, judging); it may read the database."""
    return await _away("thinking", _thinking(), partial(work, *args, **kwargs))


async def think_later(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for a reader who has something to read: who has nothing yet is served before."""
    return await _away("thinking", _thinking(), partial(work, *args, **kwargs), READING_S)


async def _away(pool: str, turns: Turns, work: Callable[[], T], patience_s: float = 0.0) -> T:
    asked = time.perf_counter()

    def begin() -> T:
        metrics.POOL_WAIT_SECONDS.labels(pool=pool).observe(time.perf_counter() - asked)
        return _borrowed(work)

    return await asyncio.wrap_future(turns.submit(begin, patience_s))


def _borrowed(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        for used in connections.all(initialized_only=True):
            # opening a file costs more than most queries: SQLite's stays with its thread
            if used.vendor != "sqlite" or used.errors_occurred:
                used.close()


@cache
def _patience_s() -> float | None:
    """A file does not fall silent; whoever waits for it waits for the processor."""
    return None if connection.vendor == "sqlite" else SILENCE_S


@cache
def _database() -> Turns:
    """On SQLite the one thread that thinks: it has one writer, a second would sleep on its lock."""
    if connection.vendor == "sqlite":
        return _thinking()
    return Turns(settings.DB_POOL_SIZE, "db")


@cache
def _thinking() -> Turns:
    """One: thinking holds the interpreter's lock, so several threads would only take turns, and
    at a hundred readers those turns cost as much as the work (``benchmarks/readers.py``)."""
    return Turns(1, "think")

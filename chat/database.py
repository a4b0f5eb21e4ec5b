"""The door to the database for asynchronous code: one bounded pool of threads.

Channels would run every consumer's queries on a single shared thread, and a stream that kept its
connection would starve the pool. Here each unit of work borrows a thread and a connection and
gives both back, also when its caller is cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")


async def db(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of ``work``, run in a thread of the pool; its exceptions pass through."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_pool(), partial(_borrowed, partial(work, *args, **kwargs)))


def _borrowed(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.DB_POOL_SIZE, thread_name_prefix="db")

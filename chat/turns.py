"""Whose turn it is: work for a few threads, and of what waits for them the earliest due first.

Scheduling by the earliest deadline (Liu and Layland 1973). Work that may wait is due later than
work that came at the same time, but its turn comes: a stream of new readers cannot hold it back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from queue import PriorityQueue
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

_Work: TypeAlias = tuple[float, int, Callable[[], Any], Future[Any]]
"""When it is due, its number, what is to be done, and what comes of it."""


class Turns:
    """A pool of ``threads``. What is equally due is done in the order in which it came."""

    def __init__(self, threads: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._waiting: PriorityQueue[_Work] = PriorityQueue()
        self._numbers = count()

    def submit(self, work: Callable[[], T], patience_s: float = 0.0) -> Future[T]:
        """What comes of the work, which may wait ``patience_s`` longer than what comes now."""
        result: Future[T] = Future()
        due = time.monotonic() + patience_s
        self._waiting.put((due, next(self._numbers), work, result))
        self._threads.submit(self._take)
        return result

    def _take(self) -> None:
        """Do one piece of work: there is one for each time that this was submitted."""
        _, _, work, result = self._waiting.get_nowait()
        if not result.set_running_or_notify_cancel():
            return
        try:
            result.set_result(work())
        except BaseException as error:  # whoever waits for the result is to see it
            result.set_exception(error)

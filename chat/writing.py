"""One writer a process: what all streams have to store in one moment shares a transaction.

A transaction costs more than a row. A reader alone never waits for it to fill; among many, a
sentence waits for its moment to pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias
from weakref import WeakKeyDictionary

from chat import keeping
from chat.database import db
from chat.models import Citation, Sentence

MOMENT_S = 0.02

Rows: TypeAlias = Sequence[Citation | Sentence]


class Writer:
    """Group commit: while one batch is being stored, and a moment after, the next one gathers."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Rows, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def save(self, rows: Rows) -> None:
        """Return when the rows are stored. Raises what the database raises."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, stored))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        await stored

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            error = await self._store([row for rows, _ in batch for row in rows])
            for _, stored in batch:
                if stored.done():
                    continue
                if error is None:
                    stored.set_result(None)
                else:
                    stored.set_exception(error)
            await asyncio.sleep(MOMENT_S)
        self._task = None

    async def _store(self, rows: Rows) -> Exception | None:
        try:
            await db(keeping.save, rows)
        except Exception as error:
            return error
        return None


_writers: WeakKeyDictionary[asyncio.AbstractEventLoop, Writer] = WeakKeyDictionary()


def writer() -> Writer:
    """The writer of the running event loop."""
    return _writers.setdefault(asyncio.get_running_loop(), Writer())

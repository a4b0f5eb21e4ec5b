"""One writer a process: the sentences that all streams finish in one moment share a transaction."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from chat.database import db
from chat.keeping import save_sentences
from chat.models import Sentence


class Writer:
    """Group commit: while one batch is being stored, the next one gathers."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Sentence, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def save(self, sentence: Sentence) -> None:
        """Return when the sentence is stored. Raises what the database raises."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sentence, stored))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        await stored

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            error = await self._store([sentence for sentence, _ in batch])
            for _, stored in batch:
                if stored.done():
                    continue
                if error is None:
                    stored.set_result(None)
                else:
                    stored.set_exception(error)
        self._task = None

    async def _store(self, sentences: list[Sentence]) -> Exception | None:
        try:
            await db(save_sentences, sentences)
        except Exception as error:
            return error
        return None


_writers: WeakKeyDictionary[asyncio.AbstractEventLoop, Writer] = WeakKeyDictionary()


def writer() -> Writer:
    """The writer of the running event loop."""
    return _writers.setdefault(asyncio.get_running_loop(), Writer())

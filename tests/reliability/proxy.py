"""A TCP proxy that a test can cut, deafen or slow down, in front of any server of a test."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Self

BUFFER = 65_536


class Proxy:
    """``with Proxy(port) as proxy:`` forwards ``proxy.port`` to a port of this machine.

    It runs in a thread of its own, so that a test may wait for a process that connects through it.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._open = True
        self._hears: asyncio.Event | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._writers) // 2

    def cut(self) -> None:
        """Close every connection, and each new one at once, until ``heal``."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    def deafen(self) -> None:
        """Take connections and bytes and pass nothing on, until ``heal``."""
        asyncio.run_coroutine_threadsafe(self._deafen(), self._loop).result(10)

    def heal(self) -> None:
        """Pass everything on again."""
        asyncio.run_coroutine_threadsafe(self._heal(), self._loop).result(10)

    # ── in the thread ────────────────────────────────────────────────────────────────────────

    async def _listen(self) -> int:
        self._hears = asyncio.Event()
        self._hears.set()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.close()
            return
        there, here = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, here}
        await asyncio.gather(self._pass_on(reader, here), self._pass_on(there, writer))
        self._writers -= {writer, here}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._hears
        with suppress(ConnectionError):
            while data := await reader.read(BUFFER):
                await self._hears.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _cut(self) -> None:
        self._open = False
        for writer in self._writers:
            writer.transport.abort()

    async def _deafen(self) -> None:
        assert self._hears
        self._hears.clear()

    async def _heal(self) -> None:
        assert self._hears
        self._open = True
        self._hears.set()

    async def _end(self) -> None:
        await self._heal()
        for writer in [*self._writers]:
            writer.transport.abort()
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

"""Sockets on which nothing is said: what they weigh, and whether they stay."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

import websockets
from websockets.asyncio.client import ClientConnection

from benchmarks.processes import memory_mb, processor_s
from benchmarks.servers import Server

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Idle:
    """``processor`` is the share of one core that they took while nothing was said; ``left_over``
    the share of their memory that their end did not give back."""

    kib_each: float
    processor: float
    dropped: int
    left_over: float


async def idle_sockets(server: Server, sockets: int, seconds: float = 2.0) -> Idle:
    """Open as many sockets to the primer, wait, and close them."""
    pid = server.process.pid
    before = memory_mb(pid)
    async with AsyncExitStack() as stack:
        opened = await _opened(server, sockets, stack)
        held = memory_mb(pid)
        started, used = time.perf_counter(), processor_s(pid)
        await asyncio.sleep(seconds)
        share = (processor_s(pid) - used) / (time.perf_counter() - started)
        dropped = sum(socket.close_code is not None for socket in opened)
    await asyncio.sleep(1)
    left = (memory_mb(pid) - before) / max(held - before, 1e-9)
    return Idle(1024 * (held - before) / sockets, share, dropped, left)


async def _opened(server: Server, sockets: int, stack: AsyncExitStack) -> list[ClientConnection]:
    room = asyncio.Semaphore(AT_ONCE)

    async def connect() -> ClientConnection:
        async with room:
            address = f"{server.ws}/ws/chat/primer/"
            return await stack.enter_async_context(
                websockets.connect(address, proxy=None, open_timeout=60, compression=None)
            )

    return list(await asyncio.gather(*(connect() for _ in range(sockets))))

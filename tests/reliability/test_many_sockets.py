"""A thousand sockets that say nothing, come back at once, or do not read what they asked for."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import time
from statistics import median, quantiles

import pytest
from websockets.frames import Frame, Opcode

from benchmarks.fake_model import FakeModel
from benchmarks.idle import idle_sockets
from benchmarks.processes import memory_mb
from benchmarks.servers import Server, free_port, running
from tests.reliability.asking import LOSSES, QUESTION, Reader, connect
from tests.reliability.conftest import Record

pytestmark = [pytest.mark.server, pytest.mark.chaos, pytest.mark.timeout(900)]

IDLE_S = 60
MANY = 1_000
SLOW = 100


async def test_idle_sockets_are_small_and_stay(
    server: Server, model: FakeModel, record: Record
) -> None:
    with running("uvicorn", server.home, server.environment, free_port()) as fresh:
        await Reader().ask_until_answered(fresh)
        found, pings = await asyncio.gather(
            idle_sockets(fresh, MANY, IDLE_S), _pings(fresh, IDLE_S)
        )
    record("T9", f"{MANY} sockets for {IDLE_S} s: {found.kib_each:.0f} KiB each, "
                 f"{100 * found.processor:.1f}% of a core, {found.dropped} dropped, "
                 f"ping p99 {1000 * quantiles(pings, n=100)[-1]:.0f} ms")  # fmt: skip
    assert found.dropped == 0
    assert found.kib_each <= 64
    assert found.processor < 0.1


async def _pings(server: Server, seconds: float) -> list[float]:
    end, found = time.monotonic() + seconds, []
    async with connect(server) as one:
        while time.monotonic() < end:
            started = time.perf_counter()
            await (await one.ping())
            found.append(time.perf_counter() - started)
            await asyncio.sleep(0.2)
    return found


async def test_readers_who_do_not_read_cost_the_others_nothing(
    server: Server, model: FakeModel, record: Record
) -> None:
    alone = await _answer_seconds(server)
    before = memory_mb(server.process.pid)
    deaf = await asyncio.gather(
        *(asyncio.to_thread(_ask_and_read_nothing, server) for _ in range(SLOW))
    )
    beside = await _answer_seconds(server)
    each_kib = 1024 * (memory_mb(server.process.pid) - before) / SLOW
    closed = await asyncio.to_thread(_closed_within, deaf, 60)
    record("T10", f"{SLOW} deaf readers: {each_kib:.0f} KiB each, {closed} closed within 60 s; "
                  f"others' median {beside / alone - 1:+.0%}")  # fmt: skip
    assert each_kib <= 256
    assert closed == SLOW


async def _answer_seconds(server: Server) -> float:
    found = []
    for _ in range(5):
        started = time.perf_counter()
        await Reader().ask_until_answered(server)
        found.append(time.perf_counter() - started)
    return median(found)


def _ask_and_read_nothing(server: Server) -> socket.socket:
    """A reader with the smallest buffer, who asks and never reads."""
    host, _, port = server.http.removeprefix("http://").partition(":")
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect((host, int(port)))
    reader.sendall(
        b"GET /ws/chat/primer/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    time.sleep(1)
    asked = json.dumps({"type": "ask", "question": QUESTION}).encode()
    reader.sendall(Frame(Opcode.TEXT, asked).serialize(mask=True))
    return reader


def _closed_within(readers: list[socket.socket], seconds: float) -> int:
    """How many of them the server has closed; what it had sent is read now."""
    time.sleep(seconds)
    closed = 0
    for reader in readers:
        reader.settimeout(1)
        try:
            while reader.recv(65_536):
                pass
            closed += 1
        except ConnectionError:
            closed += 1
        except TimeoutError:
            pass
        reader.close()
    return closed


async def test_a_restart_brings_all_readers_back(
    server: Server, model: FakeModel, record: Record
) -> None:
    port = free_port()
    back: list[float] = []
    with running("uvicorn", server.home, server.environment, port) as first:
        staying = [asyncio.create_task(_stay(first, back)) for _ in range(MANY)]
        async with asyncio.timeout(120):
            while len(back) < MANY:
                await asyncio.sleep(0.2)
        back.clear()
        calls = len(model.calls)
    starting = running("uvicorn", server.home, server.environment, port)
    again = await asyncio.to_thread(starting.__enter__)
    started = time.monotonic()
    try:
        while len(back) < 0.99 * MANY and time.monotonic() < started + 60:
            await asyncio.sleep(0.1)
        took = time.monotonic() - started
        assert " 500 " not in again.log_text()
        assert len(model.calls) == calls
    finally:
        for task in staying:
            task.cancel()
        await asyncio.gather(*staying, return_exceptions=True)
        await asyncio.to_thread(starting.__exit__, None, None, None)
    record("T12", f"{len(back)} of {MANY} sockets back {took:.1f} s after the server was")
    assert len(back) >= 0.99 * MANY


async def _stay(server: Server, back: list[float]) -> None:
    """Connect, and again after each loss, as the widget does: with a pause that doubles."""
    pause = 0.5
    while True:
        try:
            async with connect(server) as one:
                back.append(time.monotonic())
                pause = 0.5
                await one.wait_closed()
        except LOSSES:
            pass
        await asyncio.sleep(pause * random.uniform(1, 2))
        pause = min(2 * pause, 8)

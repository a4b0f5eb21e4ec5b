"""Readers who leave at any moment: nothing of theirs is left open."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress

import httpx2
import pytest

from benchmarks.fake_model import FakeModel
from benchmarks.processes import footprint
from benchmarks.servers import Server
from tests.reliability.asking import LOSSES, QUESTION, Reader, connect, eventually, query
from tests.reliability.conftest import Record

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

AT_ONCE = 20


@pytest.mark.parametrize("leavers", [40, pytest.param(500, marks=pytest.mark.chaos)])
async def test_whoever_leaves_takes_everything_along(
    server: Server, model: FakeModel, leavers: int, record: Record
) -> None:
    await asyncio.gather(*(Reader().ask_until_answered(server) for _ in range(AT_ONCE)))
    pid = server.process.pid
    before = footprint(pid)
    model.tokens = 600  # ten seconds, so that nobody hears the end
    moments, room = random.Random(leavers), asyncio.Semaphore(AT_ONCE)

    async def leave(number: int) -> None:
        async with room:
            await (_leave_socket if number % 2 else _leave_stream)(server, moments.uniform(0, 0.8))

    await asyncio.gather(*(leave(number) for number in range(leavers)))
    await eventually(lambda: all(call.ended for call in model.calls))
    await eventually(lambda: not _running(server))
    await eventually(lambda: footprint(pid).files <= before.files + 4)
    after = footprint(pid)
    assert after.threads <= before.threads + 4
    assert '"level": "error"' not in server.log_text()
    model.tokens = 20
    await Reader().ask_until_answered(server)
    record("T7", f"{leavers} left; threads {before.threads} → {after.threads}, "
                 f"files {before.files} → {after.files}")  # fmt: skip


def _running(server: Server) -> bool:
    return bool(query(server, "SELECT 1 FROM chat_answer WHERE outcome = 'running'"))


async def _leave_socket(server: Server, after_s: float) -> None:
    with suppress(*LOSSES):
        async with connect(server) as socket:
            await socket.send(json.dumps({"type": "ask", "question": QUESTION}))
            await asyncio.sleep(after_s)
            socket.transport.abort()


async def _leave_stream(server: Server, after_s: float) -> None:
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(after_s + 0.01), httpx2.AsyncClient() as client:
            url = f"{server.http}/api/v1/chat/stream"
            asked = {"book": "primer", "question": QUESTION}
            async with client.stream("POST", url, json=asked) as response:
                async for _ in response.aiter_bytes():
                    pass

"""A database that goes away, comes back or falls silent: nothing is lost, nobody waits for ever."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from benchmarks.fake_model import FakeModel
from benchmarks.servers import Server, database_of, environment_for, free_port, running
from tests.reliability.asking import Reader, connect, declare_dead, eventually
from tests.reliability.conftest import STEADY, Record
from tests.reliability.proxy import Proxy

pytestmark = [
    pytest.mark.server,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not os.environ.get("DATABASE_URL", "").startswith("postgres"),
        reason="a file does not go away: DATABASE_URL names no Postgres",
    ),
]

POOL = 8
WAKING_S = 3


@pytest.fixture(scope="module")
def apart(
    primer_home: Path, model_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Proxy]]:
    """A server, and the proxy that stands between it and its database."""
    home = tmp_path_factory.mktemp("apart") / "home"
    shutil.copytree(primer_home, home)
    with database_of(home) as url, Proxy(urlsplit(url).port or 5432) as proxy:
        parts = urlsplit(url)
        through = parts._replace(netloc=f"{parts.username}@127.0.0.1:{proxy.port}").geturl()
        variables = {"OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1", **STEADY}
        environment = environment_for(home, through) | variables
        with running("uvicorn", home, environment, free_port()) as server:
            yield server, proxy


async def test_a_database_that_restarts_costs_at_most_a_second_try(
    apart: tuple[Server, Proxy], model: FakeModel, record: Record
) -> None:
    server, proxy = apart
    readers = [Reader() for _ in range(20)]
    asking = [asyncio.create_task(reader.ask(server)) for reader in readers]
    await eventually(lambda: sum(bool(reader.seen) for reader in readers) >= 10)
    proxy.cut()
    await asyncio.sleep(1)
    proxy.heal()
    went_on = sum(await asyncio.gather(*asking))
    healed = time.monotonic()
    await Reader().ask_until_answered(server)
    recovered = time.monotonic() - healed
    declare_dead(server)
    others = [reader for reader in readers if not reader.outcome]
    await asyncio.gather(*(reader.ask_until_answered(server) for reader in others))
    assert {reader.outcome for reader in readers} == {"answered"}
    await eventually(lambda: proxy.connections <= POOL)  # a replaced one is still closing
    record("T3", f"{went_on} of 20 answers went on, {len(others)} at the second try; "
                 f"full service {recovered:.1f} s after")  # fmt: skip


async def test_a_database_that_wakes_up_costs_nobody_an_error(
    apart: tuple[Server, Proxy], model: FakeModel, record: Record
) -> None:
    """As a serverless one does: all sessions have ended, and at first nobody is let in."""
    server, proxy = apart
    await asyncio.gather(*(Reader().ask_until_answered(server) for _ in range(POOL)))
    proxy.cut()
    first = Reader()
    asking = asyncio.create_task(first.ask(server))
    await asyncio.sleep(WAKING_S)
    assert not asking.done()
    proxy.heal()
    healed = time.monotonic()
    assert await asking
    waited = time.monotonic() - healed
    record("T4a", f"the first question was answered {waited:.1f} s after the database was up")


async def test_a_database_that_falls_silent_stops_nobody_who_needs_it_not(
    apart: tuple[Server, Proxy], model: FakeModel, record: Record
) -> None:
    server, proxy = apart
    await Reader().ask_until_answered(server)
    async with connect(server) as idle, httpx2.AsyncClient() as client:
        proxy.deafen()
        asked = time.monotonic()
        asking = asyncio.create_task(Reader().ask(server))
        waits = []
        while not asking.done():
            waits.append(await _seconds(client.get(f"{server.http}/api/v1/health/live")))
            waits.append(await _seconds(await idle.ping()))
            await asyncio.sleep(0.1)
        gave_up = time.monotonic() - asked
        proxy.heal()
    assert not asking.result()
    assert gave_up < 30  # 12 s on a machine that does nothing else
    await Reader().ask_until_answered(server)
    record("T4", f"told after {gave_up:.1f} s; meanwhile liveness and pings within "
                 f"{max(waits) * 1000:.0f} ms")  # fmt: skip


async def _seconds(work: object) -> float:
    started = time.monotonic()
    await work  # type: ignore[misc]
    return time.monotonic() - started

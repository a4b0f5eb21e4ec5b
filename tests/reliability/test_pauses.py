"""What stands still for a while, is full, or is not there when the server starts."""

from __future__ import annotations

import asyncio
import resource
import shutil
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from benchmarks.fake_model import FakeModel
from benchmarks.servers import Server, environment_for, free_port, running
from tests.reliability.asking import Reader, declare_dead, eventually, query
from tests.reliability.conftest import STEADY, Record

pytestmark = [pytest.mark.server, pytest.mark.chaos, pytest.mark.timeout(900)]

PAUSE_S = 20


async def test_a_server_that_stood_still_goes_on(
    server: Server, model: FakeModel, record: Record
) -> None:
    readers = [Reader() for _ in range(10)]
    with running("uvicorn", server.home, server.environment, free_port()) as paused:
        asking = [asyncio.create_task(reader.ask(paused)) for reader in readers]
        await eventually(lambda: sum(bool(reader.seen) for reader in readers) >= 5)
        paused.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(PAUSE_S)
        paused.process.send_signal(signal.SIGCONT)
        went_on = sum(await asyncio.gather(*asking))
        declare_dead(server)
        others = [reader for reader in readers if not reader.outcome]
        await asyncio.gather(*(reader.ask_until_answered(paused) for reader in others))
    rows = query(server, "SELECT client_id FROM chat_answer WHERE outcome = 'answered'")
    answered = [row[0] for row in rows]
    assert all(answered.count(reader.client_id) == 1 for reader in readers)
    record("T16", f"stopped for {PAUSE_S} s: {went_on} of 10 answers went on, "
                  f"{len(others)} at the second try; none lost or doubled")  # fmt: skip


async def test_a_full_disk_is_told_and_passes(
    primer_home: Path, tmp_path: Path, model_port: int, model: FakeModel, record: Record
) -> None:
    home = tmp_path / "home"
    shutil.copytree(primer_home, home)
    with _server(home, f"sqlite:///{home / 'ragbook.sqlite3'}", model_port) as server:
        await Reader().ask_until_answered(server)
        _bound_files(server, 1)
        lost = Reader()
        assert not await lost.ask(server)
        live = httpx2.get(f"{server.http}/api/v1/health/live").status_code
        _bound_files(server, resource.RLIM_INFINITY)
        await lost.ask_until_answered(server)
        (checked,) = query(server, "PRAGMA integrity_check")
    assert (live, checked) == (200, ("ok",))
    record("T17", "an error that may be tried again, then answered; the database is whole")


def _bound_files(server: Server, size: int) -> None:
    """No file of the process may grow beyond ``size``: to SQLite a full disk."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def test_what_is_not_there_at_the_start_is_named_and_not_missed_later(
    primer_home: Path, tmp_path: Path, record: Record
) -> None:
    home = tmp_path / "home"
    shutil.copytree(primer_home, home)
    file = home / "later" / "ragbook.sqlite3"
    model_port, nowhere = free_port(), free_port()
    absent = {
        "REDIS_URL": f"redis://127.0.0.1:{nowhere}/0",
        "QDRANT_URL": f"http://127.0.0.1:{nowhere}",
    }
    with _server(home, f"sqlite:///{file}", model_port, **absent) as server:
        assert _ready(server)["database"] == "down"
        file.parent.mkdir()
        (home / "ragbook.sqlite3").rename(file)
        await eventually(lambda: _ready(server)["database"] == "ok", 30)
        assert _ready(server) == {
            "database": "ok", "cache": "down", "model": "ok", "index": "down"
        }  # fmt: skip
    with _server(home, f"sqlite:///{file}", model_port) as server:
        reader = Reader()
        await reader.ask_until_answered(server)
        assert reader.outcome == "quoted"
        async with FakeModel(port=model_port):
            reader = Reader()
            await reader.ask_until_answered(server)
        assert reader.outcome == "answered"
    record("T19", "database, cache and index named by ready; database and model taken up again "
                  "without a restart")  # fmt: skip


def _ready(server: Server) -> dict[str, Any]:
    found = httpx2.get(f"{server.http}/api/v1/health/ready", timeout=30).json()
    return dict(found["dependencies"])


def _server(home: Path, database: str, model_port: int, **variables: str) -> Any:
    address = {"OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1"}
    environment = environment_for(home, database) | STEADY | address | variables
    return running("uvicorn", home, environment, free_port())

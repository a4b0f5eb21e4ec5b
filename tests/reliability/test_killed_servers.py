"""A server that is killed or told to go: every question that it took on is answered, once."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Sequence

import pytest

from benchmarks.fake_model import FakeModel
from benchmarks.servers import Server, free_port, running
from tests.reliability.asking import Reader, declare_dead, eventually, plain_id, query
from tests.reliability.conftest import Record

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

POINTS = 5  # of an answer, from before it is acknowledged to after its end
APART_S = 0.6


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.chaos)])
async def test_a_kill_loses_no_question_and_doubles_none(
    server: Server, model: FakeModel, kills: int, record: Record
) -> None:
    when = random.Random(kills)
    readers: list[Reader] = []
    for _ in range(kills):
        readers += await _ask_a_server_that_is_killed(server, APART_S * when.uniform(0, 1))
    _assert_kept(server, readers)
    record("T1", f"{len(readers)} points, 0 questions lost, 0 doubled")


async def _ask_a_server_that_is_killed(server: Server, late_s: float) -> list[Reader]:
    """Readers whose answers were at ``POINTS`` points when their server died, answered since."""
    readers = [Reader() for _ in range(POINTS)]
    with running("uvicorn", server.home, server.environment, free_port()) as victim:
        await Reader().ask_until_answered(victim)  # its first answer takes longer than others
        asking = [
            asyncio.create_task(_after(APART_S * number, reader.ask(victim)))
            for number, reader in enumerate(readers)
        ]
        await asyncio.sleep(APART_S * (POINTS - 1) + late_s)
        victim.process.send_signal(signal.SIGKILL)
        await asyncio.gather(*asking)
    declare_dead(server)
    await asyncio.gather(*(reader.ask_until_answered(server) for reader in readers))
    return readers


async def _after(seconds: float, work: object) -> None:
    await asyncio.sleep(seconds)
    await work  # type: ignore[misc]


def _assert_kept(server: Server, readers: Sequence[Reader]) -> None:
    rows = query(server, "SELECT id, client_id, outcome FROM chat_answer")
    outcomes = {plain_id(row[0]): row[2] for row in rows}
    asked = Counter(row[1] for row in rows)
    for reader in readers:
        assert reader.outcome == "answered"
        assert asked[reader.client_id] == 1, "a question was doubled"
        assert outcomes.keys() >= set(reader.acknowledged), "a question was lost"
    assert set(outcomes.values()) <= {"answered", "interrupted"}
    stored = {
        (plain_id(row[0]), row[1]): row[2]
        for row in query(server, "SELECT answer_id, ordinal, text FROM chat_sentence")
    }
    for reader in readers:
        for place, text in reader.seen.items():
            assert stored[place] == text, "a sentence was shown and is not stored"


async def test_a_server_that_is_told_to_go_says_so_and_keeps_what_was_said(
    server: Server, model: FakeModel
) -> None:
    readers = [Reader() for _ in range(50)]
    with running("uvicorn", server.home, server.environment, free_port()) as leaving:
        asking = [asyncio.create_task(reader.ask(leaving)) for reader in readers]
        await eventually(lambda: sum(bool(reader.seen) for reader in readers) > 20, 60)
        leaving.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*asking)
        assert await asyncio.to_thread(leaving.process.wait, 30) is not None
        assert '"level": "error"' not in leaving.log_text()
    unanswered = [reader for reader in readers if not reader.outcome]
    assert {reader.close_code for reader in unanswered} <= {1012, None}
    rows = query(server, "SELECT id, outcome FROM chat_answer")
    outcomes = {plain_id(row[0]): row[1] for row in rows}
    told = [outcomes[reader.acknowledged[-1]] for reader in readers if reader.acknowledged]
    assert set(told) <= {"answered", "interrupted"}
    assert "interrupted" in told
    await asyncio.gather(*(reader.ask_until_answered(server) for reader in unanswered[:5]))

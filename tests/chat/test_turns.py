"""Whose turn it is among those who wait for a thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Event

import pytest

from chat.database import think
from chat.grounding.gate import Gate
from chat.judging import Judging
from chat.turns import Turns
from tests.chat.grounding.conftest import PASSAGES, QUESTION, piece_of


@pytest.fixture
def turns() -> Turns:
    return Turns(1, "test")


class Work:
    """Keeps a thread until it is released; what comes meanwhile has to wait."""

    def __init__(self) -> None:
        self.begun, self.free = Event(), Event()

    def __call__(self) -> None:
        self.begun.set()
        assert self.free.wait(10)


@contextmanager
def busy(turns: Turns) -> Iterator[None]:
    work = Work()
    occupied = turns.submit(work)
    assert work.begun.wait(10)
    yield
    work.free.set()
    occupied.result(10)


def test_what_can_wait_is_done_after_what_cannot(turns: Turns) -> None:
    done: list[str] = []
    with busy(turns):
        waiting = [
            turns.submit(_note(done, "can wait"), 60),
            turns.submit(_note(done, "first")),
            turns.submit(_note(done, "second")),
        ]
    _all(waiting)
    assert done == ["first", "second", "can wait"]


def test_what_can_wait_is_not_overtaken_for_ever(turns: Turns) -> None:
    done: list[str] = []
    with busy(turns):
        waiting = [turns.submit(_note(done, "has waited"), 0.05)]
        time.sleep(0.1)
        waiting.append(turns.submit(_note(done, "came later")))
    _all(waiting)
    assert done == ["has waited", "came later"]


def test_work_that_nobody_waits_for_any_more_is_not_done(turns: Turns) -> None:
    done: list[str] = []
    with busy(turns):
        given_up = turns.submit(_note(done, "given up"))
        waiting = turns.submit(_note(done, "wanted"))
        assert given_up.cancel()
    _all([waiting])
    assert done == ["wanted"]


def test_an_error_reaches_whoever_waits_and_nobody_else(turns: Turns) -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        turns.submit(fail).result(10)
    assert turns.submit(lambda: 7).result(10) == 7


async def test_a_reader_who_has_nothing_yet_is_served_before_one_who_reads() -> None:
    sentence = [piece_of("By default, the pump runs at 24 V.")]
    reading, waiting = (Judging(PASSAGES, QUESTION, Gate("strict")) for _ in range(2))
    await reading.judge(sentence)
    await waiting.prepare()
    served: list[str] = []

    async def serve(name: str, judging: Judging) -> None:
        await judging.judge(sentence)
        served.append(name)

    work = Work()
    occupied = asyncio.create_task(think(work))
    assert await asyncio.to_thread(work.begun.wait, 10)
    serving = [
        asyncio.create_task(serve("who reads", reading)),
        asyncio.create_task(serve("who has nothing", waiting)),
    ]
    await asyncio.sleep(0.1)
    work.free.set()
    await asyncio.gather(occupied, *serving)
    assert served == ["who has nothing", "who reads"]


def _note(done: list[str], name: str) -> Callable[[], None]:
    return lambda: done.append(name)


def _all(waiting: list[Future[None]]) -> None:
    for future in waiting:
        future.result(10)

"""Followers of a running answer miss nothing, see nothing twice, and are missed when gone."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from chat.eventlog import EventLog
from chat.events import AnswerFailed, AnswerStarted, AnswerWithheld, Event

STARTED = AnswerStarted("a", "c", "t")
END = AnswerFailed("deadline", "Too late.", retryable=True)


def said(ordinal: int) -> Event:
    return AnswerWithheld(ordinal, "unsupported")


async def collected(log: EventLog, after: int = -1) -> list[Event]:
    async with aclosing(log.follow(after)) as events:
        return [event async for event in events]


async def test_every_follower_gets_every_event_whenever_it_comes() -> None:
    log = EventLog(30, lambda: None)
    early = asyncio.create_task(collected(log))
    await asyncio.sleep(0)
    log.publish(STARTED)
    log.publish(said(0))
    middle = asyncio.create_task(collected(log))
    await asyncio.sleep(0)
    log.publish(said(1))
    log.publish(END)
    everything = [STARTED, said(0), said(1), END]
    assert await early == await middle == await collected(log) == everything


async def test_a_returning_follower_gets_only_sentences_it_has_not_seen() -> None:
    log = EventLog(30, lambda: None)
    for event in (STARTED, said(0), said(1), said(2), END):
        log.publish(event)
    assert await collected(log, after=1) == [STARTED, said(2), END]


async def test_a_log_that_nobody_follows_is_given_up_after_a_while() -> None:
    abandoned = asyncio.Event()
    log = EventLog(0.01, abandoned.set)
    log.publish(STARTED)
    async with aclosing(log.follow()) as events:
        assert await anext(events) == STARTED
    await asyncio.wait_for(abandoned.wait(), 5)


async def test_a_log_that_nobody_comes_to_is_given_up_too() -> None:
    abandoned = asyncio.Event()
    log = EventLog(0.01, abandoned.set)
    log.expect_followers()
    await asyncio.wait_for(abandoned.wait(), 5)


async def test_a_follower_who_comes_back_in_time_keeps_it() -> None:
    abandoned = asyncio.Event()
    log = EventLog(0.05, abandoned.set)
    log.publish(STARTED)
    async with aclosing(log.follow()) as events:
        await anext(events)
    async with aclosing(log.follow()) as events:
        await anext(events)
        await asyncio.sleep(0.15)
        assert not abandoned.is_set()


async def test_an_ended_log_is_not_given_up() -> None:
    abandoned = asyncio.Event()
    log = EventLog(0.0, abandoned.set)
    log.publish(END)
    await collected(log)
    await asyncio.sleep(0.02)
    assert log.ended
    assert not abandoned.is_set()


async def test_a_log_that_ends_after_its_last_follower_left_is_not_given_up() -> None:
    abandoned = asyncio.Event()
    log = EventLog(0.02, abandoned.set)
    log.publish(STARTED)
    async with aclosing(log.follow()) as events:
        await anext(events)
    log.publish(END)
    await asyncio.sleep(0.06)
    assert not abandoned.is_set()

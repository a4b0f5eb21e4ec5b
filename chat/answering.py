"""The one verb that answers: for the socket, both HTTP calls and the command line.

An answer runs in a task of its own, so that it outlives its reader's page change. Readers follow
its log of events; whoever comes late, or to another process, reads the same events from the rows.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.utils.crypto import constant_time_compare

from chat import keeping, metrics
from chat.composing import Composer
from chat.database import db
from chat.errors import Overloaded
from chat.eventlog import EventLog
from chat.events import Event, ends
from chat.keeping import Begun
from chat.limits import spend
from chat.reply import stored_events
from chat.schemas import Question
from chat.verdict import Outcome

log = structlog.get_logger(__name__)

MAX_RUNNING = 1_000
HOUSEKEEPING_S = 15.0
POLL_S = 0.5
LEAVING_S = 10.0


@dataclass(slots=True)
class Running:
    """An answer that this process is composing."""

    composer: Composer
    events: EventLog
    token: str
    task: asyncio.Task[None] | None = None

    def cancel(self, outcome: Outcome) -> None:
        self.composer.cancelled_as = outcome
        if self.task is not None:
            self.task.cancel()


_running: dict[uuid.UUID, Running] = {}
_housekeeping: asyncio.Task[None] | None = None


async def ask(question: Question, *, address: str = "", origin: str = "") -> Begun:
    """Store the question and set its answer going; a repeated one is found again instead.

    Raises what ``keeping.begin`` raises, ``LimitReached``, and ``Overloaded`` when too many answers
    are running.
    """
    if len(_running) >= MAX_RUNNING:
        raise Overloaded("Too many answers are being written. Please try again.", retry_after=5)
    # A reader who leaves in between must not leave a stored question that nobody answers.
    return await asyncio.shield(_begin(question, address, origin))


async def _begin(question: Question, address: str, origin: str) -> Begun:
    begun = await db(_admit, question, address, origin)
    if begun.is_new:
        _start(question, begun)
    return begun


def _admit(question: Question, address: str, origin: str) -> Begun:
    """Count the question against its limits and store it. Only readers have an address."""
    pressure = spend("book", question.book, settings.RAGBOOK_BOOK_RATE)
    if address:
        pressure = max(pressure, spend("address", address, settings.RAGBOOK_ADDRESS_RATE))
    if question.conversation is not None:
        spend("conversation", str(question.conversation), settings.RAGBOOK_CONVERSATION_RATE)
    return keeping.begin(question, address, origin, pressure)


def _start(question: Question, begun: Begun) -> None:
    def abandon() -> None:
        _running[begun.answer].cancel(Outcome.INTERRUPTED)

    def done(_: asyncio.Task[None]) -> None:
        _running.pop(begun.answer, None)
        metrics.RUNNING_ANSWERS.set(len(_running))

    events = EventLog(settings.RAGBOOK_LINGER_S, abandon)
    running = Running(Composer(question, begun, events), events, begun.token)
    _running[begun.answer] = running
    metrics.RUNNING_ANSWERS.set(len(_running))
    running.task = asyncio.create_task(running.composer.run())
    running.task.add_done_callback(done)
    events.expect_followers()
    _keep_house()


async def follow(answer: uuid.UUID, token: str, after: int = -1) -> AsyncGenerator[Event, None]:
    """The answer's events, sentences only beyond ordinal ``after``, up to and with its end.

    Raises ``NotFound`` for an unknown answer and for a token that does not open it.
    """
    running = _running.get(answer)
    if running is not None and constant_time_compare(token, running.token):
        async with aclosing(running.events.follow(after)) as events:
            async for event in events:
                yield event
        return
    stored = await db(keeping.open_answer, answer, token)
    while True:
        for event in stored_events(stored, after):
            after = max(after, getattr(event, "ordinal", after))
            yield event
            if ends(event):
                return
        await asyncio.sleep(POLL_S)
        await db(keeping.reap)
        stored = await db(keeping.open_answer, answer, token)


def stop(answer: uuid.UUID) -> None:
    """End a running answer of this process at its reader's wish; its sentences stay."""
    if running := _running.get(answer):
        running.cancel(Outcome.STOPPED)


async def leave() -> None:
    """End all running answers of this process, which is about to go; others may write them anew."""
    for running in _running.values():
        running.cancel(Outcome.INTERRUPTED)
    if tasks := [running.task for running in _running.values() if running.task is not None]:
        await asyncio.wait(tasks, timeout=LEAVING_S)


def _keep_house() -> None:
    global _housekeeping
    if _housekeeping is None or _housekeeping.done():
        _housekeeping = asyncio.create_task(_keep_alive())


async def _keep_alive() -> None:
    """While answers run: show that they live, and close those whose process does not."""
    while _running:
        await asyncio.sleep(HOUSEKEEPING_S)
        try:
            await db(keeping.beat, list(_running))
            await db(keeping.reap)
        except Exception:
            log.exception("housekeeping_failed")

"""An error at any place where an answer waits: the reader is told once, and no row stays open."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from typing import Any

import pytest
from django.utils import timezone

from benchmarks.fake_model import FakeModel
from chat import answering, database, keeping
from chat.database import db
from chat.events import Event, ends
from chat.models import Answer
from chat.schemas import Question
from retrieval.models import Book
from tests.chat.test_answering import LISTING, fake_model

pytestmark = pytest.mark.django_db(transaction=True)

FEWEST_WAITS = 7


class Doors:
    """All that an answer waits for outside the event loop, counted; one of them may be broken."""

    def __init__(self) -> None:
        self.opened = 0
        self.broken: int | None = None
        self._away = database._away

    async def away(self, *work: Any) -> Any:
        self.opened += 1
        if self.opened == self.broken:
            raise ZeroDivisionError
        return await self._away(*work)


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Doors:
    doors = Doors()
    monkeypatch.setattr(database, "_away", doors.away)
    return doors


async def heard(broken: int | None, doors: Doors) -> tuple[uuid.UUID, list[Event]]:
    """The events of an answer of which one wait is broken, counted from its question on."""
    begun = await answering.ask(Question(book="robots", question=LISTING))
    doors.opened, doors.broken = 0, broken
    async with aclosing(answering.follow(begun.answer, begun.token)) as events:
        return begun.answer, [event async for event in events]


async def test_whatever_breaks_the_answer_ends_once(
    robots: Book, settings: Any, doors: Doors
) -> None:
    async with fake_model(settings) as model:
        _speak(model)
        await heard(None, doors)  # what is cached from now on would change the count
        await heard(None, doors)
        waits = doors.opened
        assert waits >= FEWEST_WAITS
        for broken in range(1, waits + 1):
            answer, events = await heard(broken, doors)
            assert [ends(event) for event in events].count(True) == 1, broken
            assert ends(events[-1]), broken
            doors.broken = None
            await db(_close_what_died, answer)
            assert not await db(Answer.objects.running().exists), broken


def _speak(model: FakeModel) -> None:
    """Three sentences, apart enough to be judged and stored one by one."""
    model.mode = "script"
    model.tokens_per_second = 100
    model.script = ["Run `ros2 node list`. The moon is made of cheese. A node is a process."]


def _close_what_died(answer: uuid.UUID) -> None:
    """The end of an answer that could not be stored is left to those who keep house."""
    Answer.objects.running().filter(pk=answer).update(
        heartbeat=timezone.now() - 2 * keeping.ABANDONED_AFTER
    )
    keeping.reap()

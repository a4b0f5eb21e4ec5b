"""Group commit: what streams have to store at one moment shares a transaction."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from chat.models import Answer, Conversation, Sentence
from chat.writing import Rows, Writer
from retrieval.models import Book

pytestmark = pytest.mark.django_db(transaction=True)


class Watched(Writer):
    """Remembers how many rows each transaction had."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []

    async def _store(self, rows: Rows) -> Exception | None:
        self.batches.append(len(rows))
        return await super()._store(rows)


@pytest.fixture
def answer() -> Answer:
    book = Book.objects.create(slug="rover", title="Rover")
    conversation = Conversation.objects.create(id=uuid.uuid4(), book=book, token_hash="0" * 64)
    return Answer.objects.create(
        conversation=conversation, book=book, client_id="c", question="Why?", mode="strict"
    )


def sentence(answer: Answer, ordinal: int) -> Sentence:
    return Sentence(
        answer=answer, ordinal=ordinal, text="It docks.", tree={}, verdict="supported", shown=True
    )


async def test_the_first_is_stored_at_once_and_those_of_a_moment_together(answer: Answer) -> None:
    writer = Watched()
    await writer.save([sentence(answer, 0)])
    await asyncio.gather(*(writer.save([sentence(answer, n)]) for n in range(1, 6)))
    assert writer.batches == [1, 5]
    assert await Sentence.objects.acount() == 6


async def test_each_of_a_moment_is_told_that_it_could_not_be_stored(answer: Answer) -> None:
    writer = Watched()
    rows = [sentence(answer, 0), sentence(answer, 0)]
    told = await asyncio.gather(*(writer.save([row]) for row in rows), return_exceptions=True)
    assert [type(error).__name__ for error in told] == ["IntegrityError", "IntegrityError"]
    await writer.save([sentence(answer, 1)])
    assert await Sentence.objects.acount() == 1

"""An answer followed, stopped and replaced over HTTP, for readers without a socket."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import AsyncClient, Client

from chat import keeping
from chat.models import Answer
from chat.schemas import Question
from chat.tokens import token_for
from tests.chat.factories import AnswerFactory, CitationFactory, SentenceFactory
from tests.retrieval.factories import EditionFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def answer() -> Answer:
    """A stored answer of three sentences."""
    answer: Answer = AnswerFactory.create()
    CitationFactory.create(answer=answer)
    for ordinal in range(3):
        SentenceFactory.create(answer=answer, ordinal=ordinal, text=f"Sentence {ordinal}.")
    return answer


def bearer(answer: Answer) -> dict[str, str]:
    return {"authorization": f"Bearer {token_for(answer.conversation_id)}"}


async def events(answer: Answer, after: int) -> list[dict[str, Any]]:
    path = f"/api/v1/answers/{answer.pk}/events?after={after}"
    response: Any = await AsyncClient().get(path, headers=bearer(answer))
    assert response["Content-Type"] == "text/event-stream"
    text = b"".join([part async for part in response.streaming_content]).decode()
    return [json.loads(event.split("data: ")[1]) for event in text.split("\n\n") if event]


async def test_a_reader_gets_what_is_beyond_the_last_sentence(answer: Answer) -> None:
    told = await events(answer, after=0)
    assert [e["ordinal"] for e in told if e["type"] == "answer.sentence"] == [1, 2]
    assert told[-1]["type"] == "answer.finished"


@pytest.mark.parametrize("call", ["GET events", "POST stop", "GET suggestions"])
def test_only_its_reader_reaches_an_answer(client: Client, answer: Answer, call: str) -> None:
    method, name = call.split()

    def status(identity: uuid.UUID, headers: dict[str, str]) -> int:
        path = f"/api/v1/answers/{identity}/{name}"
        reply = client.generic(method, path, "{}", content_type="application/json", headers=headers)
        return int(reply.status_code)

    assert status(answer.pk, {}) == 401
    assert status(answer.pk, {"authorization": "Bearer wrong"}) == 404
    assert status(uuid.uuid4(), bearer(answer)) == 404


def test_stopping_what_has_ended_changes_nothing(client: Client, answer: Answer) -> None:
    path = f"/api/v1/answers/{answer.pk}/stop"
    stopped = client.post(path, content_type="application/json", headers=bearer(answer))
    assert stopped.status_code == 204
    assert Answer.objects.get(pk=answer.pk).outcome == "answered"


@pytest.mark.parametrize("after", ["-2", "100001", "x"])
def test_an_ordinal_that_cannot_be_is_refused(client: Client, answer: Answer, after: str) -> None:
    path = f"/api/v1/answers/{answer.pk}/events?after={after}"
    assert client.get(path, headers=bearer(answer)).status_code == 422


def test_a_replaced_answer_is_no_part_of_the_conversation(client: Client, answer: Answer) -> None:
    other = AnswerFactory.create(conversation=answer.conversation, question="Better?")
    Answer.objects.filter(pk=answer.pk).update(replaced=True)
    path = f"/api/v1/conversations/{answer.conversation_id}"
    found = client.get(path, headers=bearer(answer)).json()["answers"]
    assert [each["id"] for each in found] == [str(other.pk)]
    assert list(answer.conversation.answers.complete()) == [other]


def test_a_question_in_other_words_sets_the_first_answer_aside(answer: Answer) -> None:
    conversation = answer.conversation
    EditionFactory.create(book=conversation.book)
    stranger = AnswerFactory.create()
    for replaced in (answer, stranger):
        asked = Question(
            book=conversation.book.slug, question="Better?", client_id=f"for {replaced.pk}",
            conversation=conversation.pk, token=token_for(conversation.pk), replaces=replaced.pk,
        )  # fmt: skip
        begun = keeping.begin(asked, address="")
        assert begun.history == ()
    answer.refresh_from_db()
    stranger.refresh_from_db()
    assert (answer.replaced, stranger.replaced) == (True, False)

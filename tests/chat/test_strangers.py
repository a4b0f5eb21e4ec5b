"""Whoever lacks a conversation's token learns nothing: not even whether the conversation exists.

The calls are taken from the interface's own description, so a new one is tested as soon as it is.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.test import AsyncClient, Client
from django.utils import timezone

from chat.database import db
from chat.models import Answer, Conversation
from chat.tokens import token_for
from ragbook.api import api
from ragbook.asgi import application
from tests.chat.factories import AnswerFactory
from tests.retrieval.factories import EditionFactory

pytestmark = pytest.mark.django_db(transaction=True)

PUBLIC = {
    "/api/v1/retrieve",
    "/api/v1/books/{slug}",
    "/api/v1/books/{slug}/challenge",
    "/api/v1/health/live",
    "/api/v1/health/ready",
}
EDITORS = "/api/v1/desk/"
"""Calls that take an editor's token and not a reader's: tests/desk/test_api.py."""
QUESTION = "How do I list nodes?"


@dataclass(frozen=True)
class Call:
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def calls() -> Iterator[Call]:
    for path, operations in api.get_openapi_schema()["paths"].items():
        for method in operations:
            if path not in PUBLIC and not path.startswith(EDITORS):
                yield Call(method.upper(), path)


def answer_of(slug: str) -> Answer:
    answer: Answer = AnswerFactory.create(
        conversation__book=EditionFactory.create(book__slug=slug).book
    )
    return answer


@pytest.fixture
def mine() -> Answer:
    return answer_of("robots")


def send(call: Call, answer: str, conversation: str, token: str) -> Any:
    """The call about the answer and its conversation, with the token wherever one may stand."""
    path = call.path.format(answer_id=answer, conversation_id=conversation)
    body = {"book": "robots", "question": QUESTION, "conversation": conversation, "helpful": True}
    return Client().generic(
        call.method,
        path,
        json.dumps({**body, "token": token}),
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )


def told(response: Any) -> tuple[int, bytes]:
    return response.status_code, response.content


def nothing(call: Call, token: str) -> tuple[int, bytes]:
    """What the call says of an answer that there is not."""
    return told(send(call, str(uuid.uuid4()), str(uuid.uuid4()), token))


@pytest.mark.parametrize("call", list(calls()), ids=str)
def test_a_strangers_token_opens_nothing_and_tells_nothing(call: Call, mine: Answer) -> None:
    theirs = answer_of("other")
    for token in (token_for(uuid.uuid4()), token_for(theirs.conversation_id), "x"):
        reply = told(send(call, str(mine.pk), str(mine.conversation_id), token))
        assert reply[0] == 404
        assert reply == nothing(call, token)
    assert Answer.objects.filter(pk=mine.pk).exists()


@pytest.mark.parametrize("call", list(calls()), ids=str)
def test_a_token_opens_nothing_after_the_time_for_which_conversations_are_kept(
    call: Call, mine: Answer, settings: Any
) -> None:
    late = timezone.now() - timedelta(days=settings.RAGBOOK_RETENTION_DAYS, minutes=1)
    Conversation.objects.update(last_asked=late)
    token = token_for(mine.conversation_id)
    reply = told(send(call, str(mine.pk), str(mine.conversation_id), token))
    assert reply[0] == 404
    assert reply == nothing(call, token)


async def test_a_question_without_token_cannot_enter_a_conversation(mine: Answer) -> None:
    body = {"book": "robots", "question": QUESTION, "conversation": str(mine.conversation_id)}
    for path in ("chat", "chat/stream"):
        response = await AsyncClient().post(
            f"/api/v1/{path}", json.dumps(body), content_type="application/json"
        )
        assert response.status_code == 404


# ── the socket ───────────────────────────────────────────────────────────────────────────────


async def said(book: str, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What the book's socket first says to each message."""
    socket = WebsocketCommunicator(application, f"/ws/chat/{book}/")
    await socket.connect()
    heard = []
    for message in messages:
        await socket.send_json_to(message)
        heard.append(await socket.receive_json_from(20))
    await socket.disconnect()
    return heard


@pytest.mark.parametrize("kind", ["ask", "resume"])
async def test_a_message_with_a_strangers_token_tells_nothing(mine: Answer, kind: str) -> None:
    heard = await said("robots", *_messages(kind, mine, token_for(uuid.uuid4())))
    assert heard[0] == heard[1]
    assert heard[0]["code"] == "not_found"


@pytest.mark.parametrize("kind", ["ask", "resume"])
async def test_a_message_with_an_expired_token_tells_nothing(
    mine: Answer, kind: str, settings: Any
) -> None:
    late = timezone.now() - timedelta(days=settings.RAGBOOK_RETENTION_DAYS, minutes=1)
    await db(Conversation.objects.update, last_asked=late)
    heard = await said("robots", *_messages(kind, mine, token_for(mine.conversation_id)))
    assert heard[0] == heard[1]
    assert heard[0]["code"] == "not_found"


@pytest.mark.parametrize("kind", ["ask", "resume"])
async def test_a_token_is_bound_to_its_book(mine: Answer, kind: str) -> None:
    await db(EditionFactory.create, book__slug="other")
    heard = await said("other", *_messages(kind, mine, token_for(mine.conversation_id)))
    assert heard[0] == heard[1]
    assert heard[0]["code"] == "not_found"


def _messages(kind: str, mine: Answer, token: str) -> Iterator[dict[str, Any]]:
    """The message about what there is, and about what there is not."""
    existing = (str(mine.pk), str(mine.conversation_id))
    for answer, conversation in (existing, (str(uuid.uuid4()), str(uuid.uuid4()))):
        if kind == "ask":
            yield {
                "type": "ask",
                "question": QUESTION,
                "conversation": conversation,
                "token": token,
            }
        else:
            yield {"type": "resume", "answer": answer, "token": token, "after": -1}

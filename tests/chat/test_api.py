"""The HTTP interface: what it answers, and how it refuses."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import AsyncClient, Client

from chat.models import Answer, Conversation
from chat.tokens import token_for
from retrieval.models import Book
from tests.chat.factories import AnswerFactory, CitationFactory, SentenceFactory

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/v1"
LISTING = "How do I list the names of all running nodes?"


async def post(path: str, body: Any, **headers: Any) -> Any:
    return await AsyncClient().post(
        f"{API}/{path}", json.dumps(body), content_type="application/json", headers=headers
    )


# ── answers ──────────────────────────────────────────────────────────────────────────────────


async def test_a_question_gets_a_whole_answer(robots: Book) -> None:
    response = await post("chat", {"book": "robots", "question": LISTING})
    answer = response.json()
    assert response.status_code == 200
    assert answer["outcome"] == "quoted"
    assert "ros2 node list" in answer["text"]
    assert {c["n"] for c in answer["citations"]} >= set(answer["sentences"][0]["citations"])
    assert set(answer["timings"]) == {"retrieve_ms", "first_sentence_ms", "total_ms"}


async def test_a_retry_gets_the_same_answer(robots: Book) -> None:
    body = {"book": "robots", "question": LISTING, "client_id": str(uuid.uuid4())}
    first, second = (await post("chat", body)).json(), (await post("chat", body)).json()
    assert first["id"] == second["id"]
    assert first["token"] == second["token"]


async def test_the_stream_sends_events_and_one_end(robots: Book) -> None:
    response = await post("chat/stream", {"book": "robots", "question": LISTING})
    assert response["Content-Type"] == "text/event-stream"
    assert response["X-Accel-Buffering"] == "no"
    text = b"".join([part async for part in response.streaming_content]).decode()
    events = [dict(line.split(": ", 1) for line in e.split("\n")) for e in text.split("\n\n") if e]
    names = [event["event"] for event in events]
    assert names[0] == "answer.started"
    assert names[-1] == "answer.finished"
    assert names.count("answer.finished") == 1
    sentences = [event for event in events if event["event"] == "answer.sentence"]
    assert [event["id"] for event in sentences] == [str(n) for n in range(len(sentences))]
    assert json.loads(sentences[0]["data"])["tree"]["type"]


def test_a_conversation_opens_and_is_erased_with_its_token(client: Client) -> None:
    sentence = SentenceFactory.create()
    CitationFactory.create(answer=sentence.answer)
    conversation = sentence.answer.conversation
    path = f"{API}/conversations/{conversation.pk}"
    bearer = {"authorization": f"Bearer {token_for(conversation.pk)}"}
    body = client.get(path, headers=bearer).json()
    assert body["book"] == conversation.book.slug
    assert body["answers"][0]["sentences"][0]["citations"] == [1]
    assert client.delete(path, headers=bearer).status_code == 204
    assert client.get(path, headers=bearer).status_code == 404
    assert not Conversation.objects.exists()


def test_a_reader_rates_an_answer(client: Client) -> None:
    answer = AnswerFactory.create()
    response = client.post(
        f"{API}/answers/{answer.pk}/feedback",
        {"token": token_for(answer.conversation_id), "helpful": False, "reason": "wrong"},
        content_type="application/json",
    )
    assert response.status_code == 200
    answer.refresh_from_db()
    assert answer.flagged
    assert not answer.feedback.helpful


def test_the_widget_learns_what_it_needs_of_a_book(client: Client, robots: Book) -> None:
    body = client.get(f"{API}/books/robots").json()
    assert body == {
        "slug": "robots",
        "title": "Robots",
        "language": "en",
        "mode": "strict",
        "starter_questions": [],
        "sharing": False,
    }


# ── refusals ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fields",
    [
        {"question": ""},
        {"question": "   "},
        {"question": "x" * 2001},
        {"question": "a\x00b"},
        {"question": "a\ud800b"},
        {"selection": "x" * 4001},
        {"selection": "\x00"},
        {"scope": "universe"},
        {"conversation": "not-a-uuid"},
        {"client_id": "x" * 65},
        {"question": 5},
    ],
    ids=str,
)
async def test_unusable_input_is_refused_in_words(robots: Book, fields: dict[str, Any]) -> None:
    for path in ("chat", "chat/stream"):
        response = await post(path, {"book": "robots", "question": "Why?", **fields})
        assert response.status_code == 422
        assert response.json()["code"] == "invalid"
        assert next(iter(fields)) in response.json()["message"]


async def test_the_longest_question_and_selection_are_taken(robots: Book) -> None:
    body = {"book": "robots", "question": "node " * 400, "selection": "x" * 4000}
    assert (await post("chat", body)).status_code == 200


async def test_an_unknown_book_is_not_found(robots: Book) -> None:
    for path, body in (
        ("chat", {"book": "nowhere", "question": "Why?"}),
        ("chat/stream", {"book": "nowhere", "question": "Why?"}),
        ("retrieve", {"book": "nowhere", "query": "Why?"}),
    ):
        response = await post(path, body)
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", ""])
def test_only_json_is_taken(client: Client, robots: Book, content_type: str) -> None:
    body = json.dumps({"book": "robots", "question": "Why?"})
    for path in ("chat", "chat/stream", "retrieve"):
        response = client.generic("POST", f"{API}/{path}", body, content_type=content_type)
        assert response.status_code == 415
        assert response.json()["code"] == "unsupported_type"


@pytest.mark.parametrize("body", [" ", "{", "[" * 100_000, '"text"', "\xff"])
def test_what_is_no_json_object_is_refused(client: Client, robots: Book, body: str) -> None:
    response = client.generic(
        "POST", f"{API}/chat", body.encode("latin-1"), content_type="application/json"
    )
    assert response.status_code in (400, 413, 422)
    assert set(response.json()) == {"code", "message"}


async def test_an_oversized_body_is_refused(robots: Book) -> None:
    response = await post("chat", {"book": "robots", "question": "Why?", "x": "x" * 70_000})
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


def test_without_a_token_a_conversation_stays_closed(client: Client) -> None:
    conversation = AnswerFactory.create().conversation
    path = f"{API}/conversations/{conversation.pk}"
    assert client.get(path).status_code == 401
    assert client.delete(path).status_code == 401
    assert Conversation.objects.exists()


def test_strangers_learn_nothing_from_what_is_not_found(client: Client) -> None:
    answer = AnswerFactory.create()
    stranger = {"authorization": f"Bearer {token_for(uuid.uuid4())}"}
    existing = client.get(f"{API}/conversations/{answer.conversation_id}", headers=stranger)
    missing = client.get(f"{API}/conversations/{uuid.uuid4()}", headers=stranger)
    assert existing.status_code == missing.status_code == 404
    assert existing.content == missing.content
    feedback = {"token": token_for(uuid.uuid4()), "helpful": True}
    replies = [
        client.post(f"{API}/answers/{identity}/feedback", feedback, content_type="application/json")
        for identity in (answer.pk, uuid.uuid4())
    ]
    assert replies[0].status_code == replies[1].status_code == 404
    assert replies[0].content == replies[1].content


async def test_a_foreign_site_may_not_ask_a_book_that_names_its_sites(robots: Book) -> None:
    robots.origins = ["https://robots.example.org"]
    await robots.asave()
    body = {"book": "robots", "question": LISTING}
    assert (await post("chat", body, origin="https://evil.example")).status_code == 403
    assert (await post("chat", body, origin="https://robots.example.org")).status_code == 200


async def test_a_reader_who_asks_too_fast_is_told_how_long_to_wait(
    robots: Book, settings: Any
) -> None:
    settings.RAGBOOK_ADDRESS_RATE = "1/h"
    body = {"book": "robots", "question": LISTING}
    assert (await post("chat", body)).status_code == 200
    refused = await post("chat", body)
    assert refused.status_code == 429
    assert refused.json()["retry_after"] == int(refused["Retry-After"]) > 0
    assert await Answer.objects.acount() == 1


def test_pages_elsewhere_may_call_the_interface_without_cookies(
    client: Client, robots: Book
) -> None:
    origin = {"origin": "https://robots.example.org"}
    response = client.get(f"{API}/books/robots", headers=origin)
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response
    asked_first = client.options(
        f"{API}/chat",
        headers={**origin, "access-control-request-method": "POST",
                 "access-control-request-headers": "content-type,authorization"},
    )  # fmt: skip
    assert asked_first.status_code == 200
    assert "authorization" in asked_first["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in client.get("/admin/login/", headers=origin)


def test_unknown_addresses_and_methods_get_json(client: Client) -> None:
    assert client.get(f"{API}/chat").status_code == 405

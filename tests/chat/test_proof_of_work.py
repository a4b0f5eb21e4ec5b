"""Opening a conversation costs work where a book wants it: over HTTP and sockets alike, once."""

from __future__ import annotations

import json
from typing import Any

import altcha
import pytest
from channels.testing import WebsocketCommunicator
from django.test import AsyncClient, Client

from chat import proofofwork
from chat.database import db
from chat.errors import ChatError, ProofRequired
from chat.models import Conversation
from ragbook.asgi import application
from retrieval.models import Book
from tests.chat.factories import ConversationFactory
from tests.retrieval.factories import BookFactory, EditionFactory

pytestmark = pytest.mark.django_db(transaction=True)

LISTING = "How do I list the names of all running nodes?"


@pytest.fixture(autouse=True)
def _little_work(settings: Any) -> None:
    settings.RAGBOOK_PROOF_WORK = 2


@pytest.fixture
def guarded(robots: Book) -> Book:
    Book.objects.update(proof_of_work=Book.Proof.ALWAYS)
    robots.refresh_from_db()
    return robots


@pytest.fixture
def closed() -> Book:
    """A guarded book for those who get no answer: nothing of it has to be indexed."""
    edition = EditionFactory.create(book__slug="robots", book__proof_of_work=Book.Proof.ALWAYS)
    book: Book = edition.book
    return book


def solved(challenge: dict[str, Any]) -> str:
    """The proof, as any client of ALTCHA makes it."""
    made = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(made)
    assert solution is not None
    return altcha.Payload(made, solution).to_base64()


async def proof_of(book: str) -> str:
    response = await AsyncClient().get(f"/api/v1/books/{book}/challenge")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return solved(response.json())


async def ask(path: str = "chat", **fields: Any) -> Any:
    body = {"book": "robots", "question": LISTING, **fields}
    return await AsyncClient().post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json"
    )


async def said_over_a_socket(**fields: Any) -> dict[str, Any]:
    """What the socket first says to a question."""
    socket = WebsocketCommunicator(application, "/ws/chat/robots/")
    await socket.connect()
    await socket.send_json_to({"type": "ask", "question": LISTING, **fields})
    said: dict[str, Any] = await socket.receive_json_from(20)
    await socket.disconnect()
    return said


@pytest.mark.parametrize("path", ["chat", "chat/stream"])
async def test_a_program_without_a_proof_gets_no_answer(closed: Book, path: str) -> None:
    refused = await ask(path)
    assert refused.status_code == 403
    assert refused.json()["code"] == "proof_required"
    assert not await db(Conversation.objects.exists)


async def test_nor_does_one_over_a_socket(closed: Book) -> None:
    refused = await said_over_a_socket()
    assert (refused["type"], refused["code"]) == ("answer.failed", "proof_required")


async def test_who_has_worked_is_answered(guarded: Book) -> None:
    assert (await ask(proof=await proof_of("robots"))).json()["outcome"] == "quoted"
    said = await said_over_a_socket(proof=await proof_of("robots"))
    assert said["type"] == "answer.started"


async def test_a_proof_is_taken_once_wherever_it_comes(guarded: Book) -> None:
    proof = await proof_of("robots")
    assert (await ask(proof=proof)).status_code == 200
    assert (await ask(proof=proof)).json()["code"] == "proof_required"
    assert (await said_over_a_socket(proof=proof))["code"] == "proof_required"


async def test_a_conversation_goes_on_without_more_work(guarded: Book) -> None:
    first = (await ask(proof=await proof_of("robots"))).json()
    again = await ask(conversation=first["conversation"], token=first["token"])
    assert again.status_code == 200


async def test_a_strangers_conversation_saves_no_work(closed: Book) -> None:
    """A conversation that the token does not open is told as one that there is not."""
    theirs = await db(ConversationFactory.create, book=closed)
    assert (await ask(conversation=str(theirs.pk), token="x")).status_code == 404


async def test_a_proof_is_bound_to_its_book(closed: Book) -> None:
    await db(EditionFactory.create, book__slug="other")
    assert (await ask(proof=await proof_of("other"))).json()["code"] == "proof_required"


def test_a_proof_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    book = BookFactory.build(proof_of_work=Book.Proof.ALWAYS)
    monkeypatch.setattr(proofofwork, "LIFETIME_S", -1)
    late = solved(proofofwork.challenge(book))
    with pytest.raises(ProofRequired):
        proofofwork.demand(book, 0.0, late)


def test_a_challenge_cannot_be_made_easier() -> None:
    book = BookFactory.build(proof_of_work=Book.Proof.ALWAYS)
    challenge = proofofwork.challenge(book)
    challenge["parameters"] |= {"cost": 1, "keyPrefix": ""}
    with pytest.raises(ProofRequired):
        proofofwork.demand(book, 0.0, solved(challenge))


@pytest.mark.parametrize(
    "proof", ["", "x", "bnVsbA==", "W10=", "eyJjaGFsbGVuZ2UiOltdfQ==", "é\ud7ff"]
)
def test_what_is_no_proof_is_refused(proof: str) -> None:
    book = BookFactory.build(proof_of_work=Book.Proof.ALWAYS)
    with pytest.raises(ProofRequired):
        proofofwork.demand(book, 0.0, proof)


async def test_under_pressure_only(robots: Book, settings: Any) -> None:
    """From half of a limit on; the limit itself stays what it is."""
    settings.RAGBOOK_ADDRESS_RATE = "4/h"
    await db(Book.objects.update, proof_of_work=Book.Proof.LIMITED)
    for _ in range(2):
        assert (await ask()).status_code == 200
    assert (await ask()).json()["code"] == "proof_required"
    assert (await ask(proof=await proof_of("robots"))).status_code == 200
    assert (await ask(proof=await proof_of("robots"))).status_code == 429


def test_challenges_are_limited_as_questions_are(client: Client, settings: Any) -> None:
    settings.RAGBOOK_ADDRESS_RATE = "2/h"
    EditionFactory.create(book__slug="robots")
    codes = [client.get("/api/v1/books/robots/challenge").status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_a_foreign_site_gets_no_challenge(client: Client) -> None:
    EditionFactory.create(book__slug="robots", book__origins=["https://docs.example.org"])
    foreign = {"origin": "https://elsewhere.example.org"}
    assert client.get("/api/v1/books/robots/challenge", headers=foreign).status_code == 403


def test_an_unreachable_store_refuses_a_replay_in_this_process(settings: Any) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        },
    }
    book = BookFactory.build(proof_of_work=Book.Proof.ALWAYS)
    proof = solved(proofofwork.challenge(book))
    proofofwork.demand(book, 0.0, proof)
    with pytest.raises(ChatError):
        proofofwork.demand(book, 0.0, proof)

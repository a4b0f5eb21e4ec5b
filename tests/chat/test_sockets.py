"""The reader's socket under the servers that really serve it: daphne and uvicorn."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from benchmarks.fake_model import FakeModel
from benchmarks.servers import Server, free_port, manage, serving
from chat.tokens import token_for
from retrieval.serving import KEPT_S

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]

QUESTION = "How do I list all running nodes?"


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def server(
    request: pytest.FixtureRequest, primer_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp(request.param)
    model_port = free_port()
    variables = {
        "OPENAI_API_KEY": "test",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1",
        "RAGBOOK_MODEL": "fake",
        "RAGBOOK_LINGER_S": "2",
    }
    with serving(primer_home, folder, request.param, **variables) as running:
        yield running


@pytest.fixture
async def model(server: Server) -> AsyncIterator[FakeModel]:
    port = int(server.environment["OPENAI_BASE_URL"].rsplit(":", 1)[1].removesuffix("/v1"))
    async with FakeModel(port=port) as fake:
        yield fake
    assert fake.errors == []


def connect(server: Server, path: str = "/ws/chat/primer/", **options: Any) -> Any:
    return websockets.connect(f"{server.ws}{path}", proxy=None, **options)


async def send(socket: ClientConnection, kind: str, **fields: Any) -> None:
    await socket.send(json.dumps({"type": kind, **fields}))


async def receive(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(60):
        return dict(json.loads(await socket.recv()))


async def until_end(socket: ClientConnection) -> list[dict[str, Any]]:
    events = [await receive(socket)]
    while events[-1]["type"] not in ("answer.finished", "answer.failed"):
        events.append(await receive(socket))
    return events


async def until_sentence(socket: ClientConnection) -> list[dict[str, Any]]:
    events = [await receive(socket)]
    while events[-1]["type"] != "answer.sentence":
        events.append(await receive(socket))
    return events


def ordinals(events: list[dict[str, Any]]) -> list[int]:
    return [event["ordinal"] for event in events if "ordinal" in event]


def slow(model: FakeModel) -> None:
    """The book's own words, slowly, for long enough to do something meanwhile."""
    model.mode = "echo_book"
    model.tokens = 300
    model.tokens_per_second = 60


# ── the main job ─────────────────────────────────────────────────────────────────────────────


async def test_an_answer_streams_sentence_by_sentence(server: Server, model: FakeModel) -> None:
    async with connect(server) as socket:
        await send(socket, "ask", question=QUESTION)
        events = await until_end(socket)
    kinds = [event["type"] for event in events]
    assert kinds[:2] == ["answer.started", "answer.sources"]
    assert kinds[-1] == "answer.finished"
    assert "answer.sentence" in kinds
    assert ordinals(events) == list(range(len(ordinals(events))))
    assert events[-1]["outcome"] == "answered"
    assert "sentences" not in events[-1]


async def test_without_its_model_the_book_is_quoted(server: Server) -> None:
    async with connect(server) as socket:
        await send(socket, "ask", question=QUESTION)
        assert (await until_end(socket))[-1]["outcome"] == "quoted"


async def test_stop_is_heard_while_the_answer_streams(server: Server, model: FakeModel) -> None:
    slow(model)
    async with connect(server) as socket:
        await send(socket, "ask", question=QUESTION)
        await until_sentence(socket)
        await send(socket, "stop")
        end = (await until_end(socket))[-1]
    assert end["outcome"] == "stopped"
    async with asyncio.timeout(2):
        while not model.calls[-1].closed_early:
            await asyncio.sleep(0.02)


async def test_an_answer_goes_on_after_a_page_change(server: Server, model: FakeModel) -> None:
    slow(model)
    async with connect(server) as socket:
        await send(socket, "ask", question=QUESTION)
        before = await until_sentence(socket)
    started = before[0]
    async with connect(server) as socket:
        await send(
            socket,
            "resume",
            answer=started["answer"],
            token=started["token"],
            after=ordinals(before)[-1],
        )
        after = await until_end(socket)
    assert after[-1]["type"] == "answer.finished"
    seen = ordinals(before) + ordinals(after)
    assert seen == list(range(len(seen)))


async def test_an_ended_answer_is_replayed_the_same(server: Server, model: FakeModel) -> None:
    async with connect(server) as socket:
        await send(socket, "ask", question=QUESTION)
        live = await until_end(socket)
        await send(socket, "resume", answer=live[0]["answer"], token=live[0]["token"], after=-1)
        replayed = await until_end(socket)
    assert replayed == live


async def test_a_deserted_answer_is_ended_at_the_model(server: Server, model: FakeModel) -> None:
    slow(model)
    model.tokens, model.tokens_per_second = 2000, 30
    async with connect(server) as socket:
        await send(socket, "ask", question=QUESTION)
        await receive(socket)
        while not model.calls:
            await asyncio.sleep(0.05)
    async with asyncio.timeout(10):
        while not model.calls[-1].closed_early:
            await asyncio.sleep(0.05)


# ── refusals ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        '"ask"',
        "[" * 10_000,
        '{"type": "dance"}',
        '{"type": "ask"}',
        '{"type": "ask", "question": ""}',
        '{"type": "ask", "question": "a\\u0000b"}',
        '{"type": "ask", "question": "a\\ud800b"}',
        json.dumps({"type": "ask", "question": "x" * 2001}),
        '{"type": "resume", "answer": "x", "token": ""}',
    ],
)
async def test_a_useless_message_is_refused_and_the_socket_lives(
    server: Server, message: str
) -> None:
    async with connect(server) as socket:
        await socket.send(message)
        assert (await receive(socket))["code"] == "invalid"
        await socket.send(b"\x00\x01")
        assert (await receive(socket))["code"] == "invalid"
        await send(socket, "ask", question=QUESTION)
        assert (await until_end(socket))[-1]["type"] == "answer.finished"


async def test_a_strangers_resume_learns_nothing(server: Server, model: FakeModel) -> None:
    async with connect(server) as socket:
        await send(socket, "ask", question=QUESTION)
        mine = (await until_end(socket))[0]["answer"]
        replies = []
        for answer in (mine, str(uuid.uuid4())):
            await send(socket, "resume", answer=answer, token=token_for(uuid.uuid4()), after=-1)
            replies.append(await receive(socket))
    assert replies[0] == replies[1]
    assert replies[0]["code"] == "not_found"


async def test_a_second_question_waits_for_the_first(server: Server, model: FakeModel) -> None:
    slow(model)
    async with connect(server) as socket:
        await send(socket, "ask", question=QUESTION)
        await until_sentence(socket)
        await send(socket, "ask", question="What is a topic?")
        events = await until_end(socket)
        assert events[-1]["code"] == "conflict"
        await send(socket, "stop")
        assert (await until_end(socket))[-1]["outcome"] == "stopped"


@pytest.mark.parametrize("path", ["/ws/chat/nowhere/", "/ws/elsewhere/"])
async def test_an_unknown_book_closes_the_socket(server: Server, path: str) -> None:
    with pytest.raises((websockets.ConnectionClosed, websockets.InvalidStatus)) as closed:
        async with connect(server, path) as socket:
            while True:
                await receive(socket)
    if isinstance(closed.value, websockets.ConnectionClosed):
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4404


async def test_a_flood_of_messages_closes_the_socket(server: Server) -> None:
    async with connect(server) as socket:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            for _ in range(200):
                await send(socket, "dance")
            while True:
                await receive(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4008


async def test_an_oversized_message_closes_the_socket(server: Server) -> None:
    async with connect(server) as socket:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.send("x" * 40_000)
            await receive(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4009


async def test_only_the_books_own_sites_may_connect(server: Server) -> None:
    set_origins = (
        "from retrieval.models import Book;Book.objects.filter(slug='primer').update(origins={})"
    )
    manage(server.environment, "shell", "-c", set_origins.format(["https://primer.example.org"]))
    await asyncio.sleep(KEPT_S)  # for so long a server may still go by what it read before
    try:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            async with connect(server, origin="https://evil.example") as socket:
                while True:
                    await receive(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
        async with connect(server, origin="https://primer.example.org") as socket:
            await send(socket, "ask", question=QUESTION)
            assert (await until_end(socket))[-1]["type"] == "answer.finished"
    finally:
        manage(server.environment, "shell", "-c", set_origins.format([]))
        await asyncio.sleep(KEPT_S)


async def test_nothing_of_a_reader_stands_in_the_log(server: Server, model: FakeModel) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    async with connect(server, additional_headers=forwarded) as socket:
        await send(socket, "ask", question="How do I list nodes, asks Zebulon?")
        await until_end(socket)
    log = server.log_text()
    assert "answer_ended" in log
    assert "Zebulon" not in log
    assert "203.0.113.7" not in log
    assert "Traceback" not in log

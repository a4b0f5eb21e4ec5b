"""What an operator sees: every line with its request, never a word of a reader, and the metrics."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import structlog
from channels.testing import WebsocketCommunicator
from django.test import AsyncClient, Client
from prometheus_client.parser import text_string_to_metric_families

from ragbook.asgi import application
from ragbook.observability import logging_settings
from retrieval.models import Book
from tests.retrieval.factories import book_of

PRIVATE = "nOdEs"  # a spelling that only the reader uses
QUESTION = f"How do I list the names of all running {PRIVATE}?"
PAGES = {
    "nodes.md": {
        "Nodes": "A node is a process that performs one task.",
        "Listing": "Run `ros2 node list` to list the names of all running nodes.",
    },
    "bags.md": {"Bags": "A bag file keeps the messages of topics for later."},
    "launch.md": {"Launch": "A launch file starts several programs with one command."},
}


class Lines:
    """Everything that any logger says at any level, as the console would show it."""

    def __init__(self, log_format: str = "json") -> None:
        formatter = logging_settings(log_format, "DEBUG")["formatters"]["structured"]
        del formatter["()"]
        self.stream = StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(structlog.stdlib.ProcessorFormatter(**formatter))

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.all() if line["event"] == event]


@pytest.fixture
def lines() -> Iterator[Lines]:
    listening = Lines()
    root = logging.getLogger()
    level = root.level
    root.addHandler(listening.handler)
    root.setLevel(logging.DEBUG)
    yield listening
    root.removeHandler(listening.handler)
    root.setLevel(level)


@pytest.fixture
def robots(transactional_db: None) -> Book:
    return book_of("robots", PAGES).book


async def ask(question: str = QUESTION, **fields: str) -> dict[str, Any]:
    response = await AsyncClient().post(
        f"/api/v1/chat?note={PRIVATE}",
        json.dumps({"book": "robots", "question": question, **fields}),
        content_type="application/json",
        headers={"User-Agent": "Reader/1", "X-Forwarded-For": "203.0.113.9"},
    )
    return dict(json.loads(response.content))


# ── logs ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_readers_words_are_never_logged(robots: Book, lines: Lines) -> None:
    answer = await ask(selection=f"Selected by {PRIVATE}")
    assert answer["outcome"] == "quoted"
    assert PRIVATE not in lines.text
    assert answer["text"] not in lines.text
    assert "203.0.113.9" not in lines.text
    assert [line["outcome"] for line in lines.of("answer_ended")] == ["quoted"]


async def test_a_failing_provider_is_logged_without_the_question(
    robots: Book, lines: Lines, settings: Any
) -> None:
    settings.OPENAI_API_KEY = "secret-key"
    settings.OPENAI_BASE_URL = "http://127.0.0.1:1/v1"
    await ask()
    assert [line["kind"] for line in lines.of("model_failed")] == ["unreachable"]
    assert PRIVATE not in lines.text
    assert "secret-key" not in lines.text


async def test_a_refused_body_is_logged_without_it(robots: Book, lines: Lines) -> None:
    assert (await ask(question=PRIVATE * 1000))["code"] == "invalid"
    assert PRIVATE not in lines.text
    (finished,) = lines.of("request_finished")
    assert (finished["level"], finished["code"]) == ("warning", 422)


async def test_every_line_has_its_fields_and_those_of_a_request_its_id(
    robots: Book, lines: Lines
) -> None:
    first, second = await ask(), await ask()
    for line in lines.all():
        assert {"timestamp", "level", "logger", "event"} <= set(line)
    requests = lines.of("request_finished")
    answers = {line["answer"]: line for line in lines.of("answer_ended")}
    assert [line["request"] for line in requests] == ["POST /api/v1/chat"] * 2
    assert [answers[reply["id"]]["request_id"] for reply in (first, second)] == [
        line["request_id"] for line in requests
    ]
    assert requests[0]["request_id"] != requests[1]["request_id"]


async def test_a_socket_has_one_id_for_all_that_is_asked_over_it(
    robots: Book, lines: Lines
) -> None:
    socket = WebsocketCommunicator(application, "/ws/chat/robots/")
    await socket.connect()
    for _ in range(2):
        await socket.send_json_to({"type": "ask", "question": QUESTION})
        while (await socket.receive_json_from(10))["type"] != "answer.finished":
            pass
        await asyncio.sleep(0.05)  # the stream's task ends after its last event
    await socket.disconnect()
    ended = lines.of("answer_ended")
    assert len(ended) == 2
    assert len({line["request_id"] for line in ended}) == 1
    assert PRIVATE not in lines.text


def test_a_traceback_shows_no_values_in_either_form() -> None:
    for log_format in ("json", "text"):
        listening = Lines(log_format)
        log = logging.getLogger(f"tests.{log_format}")
        log.addHandler(listening.handler)
        _fail_with_a_local_variable(log)
        log.removeHandler(listening.handler)
        assert "ZeroDivisionError" in listening.text
        assert "_fail_with_a_local_variable" in listening.text
        assert PRIVATE not in listening.text


def _fail_with_a_local_variable(log: logging.Logger) -> None:
    asked = QUESTION
    try:
        len(asked) / 0
    except ZeroDivisionError:
        log.exception("answer_failed")


# ── metrics ──────────────────────────────────────────────────────────────────────────────────


def samples() -> dict[tuple[str, str], float]:
    """The values of our metrics on the page, by name and labels."""
    page = Client().get("/metrics")
    assert page["Content-Type"].startswith("text/plain")
    return {
        (
            sample.name,
            ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(page.content.decode())
        for sample in family.samples
        if sample.name.startswith("ragbook_")
    }


@pytest.mark.django_db(transaction=True)
def test_an_answer_moves_the_metrics(robots: Book) -> None:
    before = samples()
    answer = asyncio.run(ask())
    after = samples()

    def grown(name: str, labels: str = "") -> float:
        return after[name, labels] - before.get((name, labels), 0.0)

    labels = f"outcome=quoted,verdict={answer['verdict']}"
    assert grown("ragbook_answers_total", labels) == 1
    assert grown("ragbook_answer_seconds_count") == 1
    assert grown("ragbook_first_sentence_seconds_count") == 1
    assert grown("ragbook_retrieval_seconds_count") == 1
    assert grown("ragbook_judge_seconds_count") == len(answer["sentences"])
    shown = sum(
        after[key] - before.get(key, 0.0)
        for key in after
        if key[0] == "ragbook_sentences_total" and "shown=True" in key[1]
    )
    assert shown == sum(sentence["shown"] for sentence in answer["sentences"])
    assert after["ragbook_running_answers", ""] == 0


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_counted_by_its_code(robots: Book) -> None:
    before = samples()
    asyncio.run(ask(question=" "))
    assert samples()["ragbook_refused_requests_total", "code=invalid"] == 1 + before.get(
        ("ragbook_refused_requests_total", "code=invalid"), 0.0
    )


async def test_an_open_socket_is_gauged(robots: Book) -> None:
    def open_sockets() -> float:
        return samples()["ragbook_open_sockets", ""]

    before = await asyncio.to_thread(open_sockets)
    socket = WebsocketCommunicator(application, "/ws/chat/robots/")
    await socket.connect()
    await asyncio.sleep(0.2)  # accepted first, counted when the book was found
    assert await asyncio.to_thread(open_sockets) == before + 1
    await socket.disconnect()
    assert await asyncio.to_thread(open_sockets) == before

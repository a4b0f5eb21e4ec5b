"""A model over a real socket: every fault ends as a ModelError of its kind, never as an answer."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from agents.testing import ScriptedModel, assistant_message
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from benchmarks.fake_faults import FAULTS, PLAIN, WIDE
from benchmarks.fake_model import FakeModel
from chat import llm
from chat.errors import ModelError
from chat.llm.completions import Bounds, ChatCompletions
from chat.llm.eventstream import EventStream
from chat.llm.faults import Fault
from chat.llm.modelrun import UNREAD_DELTAS
from chat.llm.room import Room
from chat.llm.sdkmodel import LONGEST_PHRASE
from chat.llm.textmodel import TextModel
from chat.prompts import MAX_OUTPUT_TOKENS, Prompt

KEY = "sk-test-not-a-key"
PROMPT = Prompt("Answer from the book.", [{"role": "user", "content": "Where does it wait?"}])
QUICK = Bounds(
    connect_s=1, read_s=0.25, trailer_s=0.1, retry_pause_s=0.01, max_characters=5_000
)  # fmt: skip
SENTENCE = "".join(PLAIN)

FAILS = {
    "429": Fault.RATE_LIMITED,
    "quota": Fault.QUOTA,
    "500": Fault.SERVER,
    "401": Fault.UNAUTHORIZED,
    "redirect": Fault.REJECTED,
    "hang": Fault.TIMEOUT,
    "stall": Fault.TIMEOUT,
    "html": Fault.WRONG_TYPE,
    "wrong_type": Fault.WRONG_TYPE,
    "close_after_3": Fault.CUT,
    "cut_json": Fault.CUT,
    "cut_chunked": Fault.CUT,
    "reset": Fault.CUT,
    "reset_at_once": Fault.UNREACHABLE,
    "not_http": Fault.UNREACHABLE,
    "bad_json": Fault.MALFORMED,
    "bad_shape": Fault.MALFORMED,
    "bad_utf8": Fault.MALFORMED,
    "error_event": Fault.PROVIDER,
    "only_done": Fault.EMPTY,
    "empty": Fault.EMPTY,
    "stop_empty": Fault.EMPTY,
    "length": Fault.LENGTH,
    "length_empty": Fault.LENGTH,
    "content_filter": Fault.FILTERED,
    "refusal": Fault.FILTERED,
    "drip": Fault.DEADLINE,
    "huge": Fault.OVERSIZED,
    "huge_line": Fault.OVERSIZED,
}
TOLERATED = {
    "429_once": SENTENCE,
    "picky": SENTENCE,
    "no_usage": SENTENCE,
    "stall_after_end": SENTENCE,
    "duplicate": SENTENCE,
    "bom": SENTENCE,
    "crlf": SENTENCE,
    "carriage_return": SENTENCE,
    "multiline": SENTENCE,
    "no_last_line": SENTENCE,
    "byte_slices": WIDE,
    "split_utf8": WIDE,
    "reasoning": SENTENCE,
}
ATTEMPTED_TWICE = {"500", "reset_at_once", "not_http"}


@pytest.fixture
async def server() -> AsyncIterator[FakeModel]:
    async with FakeModel(mode="script", script=[SENTENCE], slow_s=0.05) as server:
        yield server
    assert not server.errors


@pytest.fixture
async def models(server: FakeModel) -> AsyncIterator[Any]:
    made: list[ChatCompletions] = []

    def make(name: str, bounds: Bounds = QUICK) -> ChatCompletions:
        made.append(ChatCompletions(name, base_url=server.base_url, api_key=KEY, bounds=bounds))
        return made[-1]

    yield make
    for model in made:
        await model.close()


async def read(run: llm.ModelRun) -> str:
    async with aclosing(run.deltas()) as deltas:
        return "".join([delta async for delta in deltas])


def ask(model: Any, deadline_s: float = 5.0) -> llm.ModelRun:
    return llm.run(PROMPT, model, deadline_s=deadline_s)


# ── faults ───────────────────────────────────────────────────────────────────────────────────


def test_the_matrix_holds_every_fault_that_the_fake_server_knows() -> None:
    assert {*FAILS, *TOLERATED} == set(FAULTS)


@pytest.mark.parametrize("fault", FAILS)
async def test_a_fault_ends_in_a_model_error_of_its_kind(
    server: FakeModel, models: Any, fault: str
) -> None:
    with pytest.raises(ModelError) as raised:
        await read(ask(models(f"fault:{fault}"), deadline_s=0.6))
    assert raised.value.kind == FAILS[fault]
    assert "sk-" not in raised.value.message
    assert not any("sk-" in note for note in getattr(raised.value, "__notes__", ()))
    assert raised.value.message.endswith(".")
    assert len(server.calls) == (2 if fault in ATTEMPTED_TWICE else 1)


@pytest.mark.parametrize("fault", TOLERATED)
async def test_an_oddity_that_the_protocol_allows_changes_nothing(models: Any, fault: str) -> None:
    assert await read(ask(models(f"fault:{fault}"))) == TOLERATED[fault]


async def test_a_long_retry_after_is_told_instead_of_waited_for(models: Any) -> None:
    with pytest.raises(ModelError) as raised:
        await read(ask(models("fault:429")))
    assert raised.value.retryable
    assert raised.value.retry_after == 30


async def test_a_wrong_key_is_not_worth_a_retry(server: FakeModel, models: Any) -> None:
    with pytest.raises(ModelError) as raised:
        await read(ask(models("fault:401")))
    assert not raised.value.retryable
    assert "Incorrect API key" not in raised.value.message


async def test_a_field_that_the_server_refused_is_not_sent_again(
    server: FakeModel, models: Any
) -> None:
    model = models("fault:picky")
    await read(ask(model))
    await read(ask(model))
    assert ["stream_options" in call.body for call in server.calls] == [True, False, False, False]
    assert ["max_tokens" in call.body for call in server.calls] == [True, True, False, False]


async def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        model = ChatCompletions("m", base_url=address, api_key=KEY, bounds=QUICK)
        with pytest.raises(ModelError) as raised:
            await read(ask(model))
        await model.close()
    assert raised.value.kind == Fault.UNREACHABLE
    assert raised.value.retryable


async def test_text_before_a_fault_was_delivered(server: FakeModel, models: Any) -> None:
    server.tokens_per_second = 200
    heard: list[str] = []

    async def listen() -> None:
        async with aclosing(ask(models("fault:stall")).deltas()) as deltas:
            async for delta in deltas:
                heard.append(delta)

    with pytest.raises(ModelError):
        await listen()
    assert heard
    assert SENTENCE.startswith("".join(heard))


class Teller(TextModel):
    """Says what it is given, a piece at a time."""

    name = "teller"

    def __init__(self, pieces: list[str]) -> None:
        self.pieces = pieces

    async def write(self, messages: Any, **_: Any) -> AsyncIterator[str]:  # type: ignore[override]
        for piece in self.pieces:
            yield piece


async def phrases(pieces: list[str]) -> list[str]:
    async with aclosing(ask(Teller(pieces)).deltas()) as deltas:
        return [delta async for delta in deltas]


@pytest.mark.parametrize(
    "told",
    [
        [
            "It",
            " waits/ at/ dock/ 4.2/:/ then/ `x`/./ Then",
            " it/ goes/ on/./ [1/,/ 2/]/ And",
            " on/.",
        ],
        ["-", " one/\n", "-/ two/\n", "\n", "|/ a/ |/ 1/ |/\n", "|/ b/ |"],
        ["它", "在/等待/。/然", "后/继续"],
        ["शब्द", " और/।/ शब्द", " और"],
    ],
)
async def test_a_phrase_ends_where_a_sentence_or_a_line_may_have_ended(told: list[str]) -> None:
    pieces = [piece for phrase in told for piece in phrase.split("/")]
    assert await phrases(pieces) == [phrase.replace("/", "") for phrase in told]


async def test_words_without_an_end_travel_in_phrases_of_bounded_length() -> None:
    heard = await phrases(["and on "] * 200)
    assert "".join(heard) == "and on " * 200
    assert max(map(len, heard)) < LONGEST_PHRASE + len("and on ")


# ── cancellation ─────────────────────────────────────────────────────────────────────────────


SOON_S = 5  # a call that nobody closes would go on for ever, or for twenty seconds


async def closed_soon(server: FakeModel, left: float) -> bool:
    while server.calls[-1].closed_early is None:
        assert time.monotonic() - left < SOON_S, "the provider went on writing"
        await asyncio.sleep(0.01)
    return server.calls[-1].closed_early - left < SOON_S


async def test_cancelling_the_reading_task_closes_the_call(server: FakeModel, models: Any) -> None:
    heard = asyncio.Event()

    async def listen() -> None:
        async with aclosing(ask(models("fault:drip")).deltas()) as deltas:
            async for _ in deltas:
                heard.set()

    task = asyncio.create_task(listen())
    await heard.wait()
    task.cancel()
    left = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - left < SOON_S
    assert await closed_soon(server, left)


@pytest.mark.parametrize("fault", ["drip", "stall"])
async def test_closing_the_iterator_closes_the_call(
    server: FakeModel, models: Any, fault: str
) -> None:
    patient = Bounds(read_s=20)
    async with aclosing(ask(models(f"fault:{fault}", patient)).deltas()) as deltas:
        await anext(deltas)
        left = time.monotonic()
    assert time.monotonic() - left < SOON_S
    assert await closed_soon(server, left)


async def test_a_deadline_closes_the_call(server: FakeModel, models: Any) -> None:
    started = time.monotonic()
    with pytest.raises(ModelError):
        await read(ask(models("fault:drip"), deadline_s=0.2))
    assert time.monotonic() - started < SOON_S
    assert await closed_soon(server, time.monotonic())


async def test_too_long_an_answer_closes_the_call(server: FakeModel, models: Any) -> None:
    with pytest.raises(ModelError):
        await read(ask(models("fault:huge")))
    assert await closed_soon(server, time.monotonic())


async def test_a_reader_that_falls_behind_holds_the_model_back() -> None:
    class Eager(TextModel):
        name = "eager"
        written = 0

        async def write(self, messages: Any, **_: Any) -> AsyncIterator[str]:  # type: ignore[override]
            for self.written in range(10_000):
                yield "word\n"

    model = Eager()
    async with aclosing(ask(model).deltas()) as deltas:
        await anext(deltas)
        for _ in range(2_000):
            await asyncio.sleep(0)
        assert model.written <= UNREAD_DELTAS + 1
        rest = [delta async for delta in deltas]
    assert len(rest) == 9_999


# ── what is sent, and where to ───────────────────────────────────────────────────────────────


async def test_the_request_streams_with_a_bound_and_without_tools(
    server: FakeModel, models: Any
) -> None:
    await read(ask(models("m")))
    call = server.calls[0]
    assert call.body["messages"] == [
        {"role": "system", "content": PROMPT.instructions},
        {"role": "user", "content": "Where does it wait?"},
    ]
    assert call.body["stream"] is True
    assert call.body["max_tokens"] == MAX_OUTPUT_TOKENS
    assert not {"tools", "store", "reasoning_effort"} & call.body.keys()
    assert call.headers["authorization"] == f"Bearer {KEY}"


def test_the_official_server_is_told_not_to_keep_answers() -> None:
    model = ChatCompletions("gpt-5-nano", base_url="https://api.openai.com/v1/", api_key=KEY)
    body = model._body([], 100)
    assert body["store"] is False
    assert body["max_completion_tokens"] == 100
    assert body["reasoning_effort"] == "low"
    model._refused_fields |= {"max_completion_tokens"}
    assert model._body([], 100)["max_tokens"] == 100


async def test_nothing_is_sent_to_any_other_host(
    server: FakeModel, models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tracing would post prompts elsewhere a few seconds after the run, so it is flushed here."""
    looked_up: list[str] = []
    resolve = socket.getaddrinfo

    def recording(host: Any, *rest: Any, **named: Any) -> Any:
        looked_up.append(str(host))
        return resolve(host, *rest, **named)

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(socket, "getaddrinfo", recording)
    from agents.tracing import get_trace_provider

    await read(ask(models("m")))
    with pytest.raises(ModelError):
        await read(ask(models("fault:redirect")))
    await asyncio.to_thread(get_trace_provider().shutdown)
    assert set(looked_up) <= {server.host}


def test_connections_are_closed_with_the_loop_that_opened_them() -> None:
    models: list[ChatCompletions] = []

    async def ask_once() -> None:
        async with FakeModel(mode="world") as server:
            models.append(ChatCompletions("m", base_url=server.base_url, api_key=KEY))
            await read(ask(models[0]))

    asyncio.run(ask_once())
    assert [held.session.closed for held in models[0]._sessions.values()] == [True]


async def test_a_proxy_of_the_environment_is_used(
    server: FakeModel, models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://me:secret@{server.host}:{server.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    away = ChatCompletions("m", base_url="http://models.test/v1", api_key=KEY, bounds=QUICK)
    assert await read(ask(away)) == SENTENCE
    await away.close()
    headers = server.calls[0].headers
    assert headers["host"] == "models.test"
    assert headers["proxy-authorization"].startswith("Basic ")
    assert headers["authorization"] == f"Bearer {KEY}"


async def test_one_connection_serves_questions_in_turn(server: FakeModel, models: Any) -> None:
    model = models("m")
    for _ in range(3):
        await read(ask(model))
    assert server.connected == 1


def test_importing_the_door_does_not_import_the_sdk() -> None:
    program = "import sys, chat.llm, chat.prompts; sys.exit('agents' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=30).returncode == 0


# ── usage ────────────────────────────────────────────────────────────────────────────────────


async def test_usage_is_what_the_provider_counted(models: Any) -> None:
    run = ask(models("m"))
    await read(run)
    assert run.usage == llm.Usage(10, len(PLAIN), estimated=False)
    assert run.model == "m"


async def test_usage_is_estimated_where_it_was_not_counted(models: Any) -> None:
    run = ask(models("fault:no_usage"))
    text = await read(run)
    assert run.usage == llm.Usage(10, -(-len(text) // 4), estimated=True)


async def test_a_cancelled_run_has_used_what_was_written(models: Any) -> None:
    run = ask(models("fault:drip"))
    async with aclosing(run.deltas()) as deltas:
        await anext(deltas)
    assert run.usage.estimated
    assert run.usage.input_tokens > 0
    assert run.usage.output_tokens > 0


async def test_a_model_of_the_sdk_can_be_run_too() -> None:
    run = ask(ScriptedModel([[assistant_message("It waits at the dock.")]]))
    await read(run)
    assert run.model == "ScriptedModel"


async def test_an_error_of_the_sdk_becomes_ours() -> None:
    from agents.exceptions import ModelBehaviorError

    with pytest.raises(ModelError) as raised:
        await read(ask(ScriptedModel([ModelBehaviorError("odd")])))
    assert raised.value.kind == Fault.SDK


async def test_the_sdk_may_ask_for_the_whole_text_at_once(models: Any) -> None:
    """A run that does not stream, as an agent of somebody else would do it."""
    from agents import Agent, RunConfig, Runner

    from chat.llm.sdkmodel import PacedModel, SdkModel

    model = PacedModel(SdkModel(models("m")), Room(1), deadline_s=5)
    result = await Runner.run(
        Agent(name="a", model=model), "Where?", run_config=RunConfig(tracing_disabled=True)
    )
    assert result.final_output == SENTENCE
    assert result.context_wrapper.usage.output_tokens == len(PLAIN)


# ── configuration ────────────────────────────────────────────────────────────────────────────


def test_without_a_key_there_is_no_provider(settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    assert llm.provider_model() is None


def test_the_provider_is_made_once_for_its_settings(settings: Any) -> None:
    settings.OPENAI_API_KEY = KEY
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    settings.RAGBOOK_MODEL = "small"
    model = llm.provider_model()
    assert model is llm.provider_model()
    assert model is not None
    assert model.name == "small"
    settings.RAGBOOK_MODEL = "other"
    assert llm.provider_model() is not model


# ── the event stream ─────────────────────────────────────────────────────────────────────────

EVENTS = (
    '\ufeffdata: {"a": 1}\n\n: ping\n\nevent: x\ndata: zwei\n'
    "data: Größe 🤖\n\ndata\n\ndatax: no\n\n"
)


@given(st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 120), max_size=30))
def test_any_cut_of_the_bytes_gives_the_same_events(line_end: str, cuts: list[int]) -> None:
    body = EVENTS.replace("\n", line_end).encode()
    borders = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    stream = EventStream()
    slices = [body[start:end] for start, end in pairwise(borders)]
    events = [event for piece in slices for event in stream.feed(piece)] + stream.finish()
    assert events == ['{"a": 1}', "zwei\nGröße 🤖", ""]


# ── an answer of a fixed shape ───────────────────────────────────────────────────────────────


class Shape(BaseModel):
    place: str
    metres: int


async def shaped(text: str) -> tuple[FakeModel, Any]:
    async with FakeModel(mode="script", script=[text]) as server, told_by(server) as model:
        return server, await llm.run(PROMPT, model, deadline_s=5, output_type=Shape).output()


@asynccontextmanager
async def told_by(server: FakeModel) -> AsyncIterator[ChatCompletions]:
    model = ChatCompletions("m", base_url=server.base_url, api_key=KEY, bounds=QUICK)
    yield model
    await model.close()


async def test_a_shape_is_asked_for_and_given() -> None:
    server, output = await shaped('{"place": "the dock", "metres": 3}')
    assert output == Shape(place="the dock", metres=3)
    asked = server.calls[0].body["response_format"]["json_schema"]
    assert asked["strict"]
    assert set(asked["schema"]["properties"]) == {"place", "metres"}


@pytest.mark.parametrize("text", ["At the dock.", '{"place": "the dock"}', '{"place": "the d'])
async def test_text_of_another_shape_is_an_error(text: str) -> None:
    with pytest.raises(ModelError) as failed:
        await shaped(text)
    assert failed.value.kind == Fault.SDK

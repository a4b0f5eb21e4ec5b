"""Every way in which a model server fails or is merely odd, each a function named after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence

from benchmarks.fake_reply import Reply, chunk
from benchmarks.fake_texts import tokens_of

HTML = b"<!doctype html><title>Sign in</title><p>Please sign in to continue.</p>"

Fault = Callable[[Reply], Awaitable[None]]
FAULTS: dict[str, Fault] = {}

PLAIN = tokens_of("The robot drives to the dock and waits there for its next task.")
WIDE = "Größe: 5 µm, 長さ 3 メートル, 🤖 fährt."


def fault(behaviour: Fault) -> Fault:
    """Offer the behaviour as the mode of its name."""
    FAULTS[behaviour.__name__.strip("_")] = behaviour
    return behaviour


@fault
async def _429(reply: Reply) -> None:
    body = b'{"error": {"message": "Rate limit reached", "type": "requests"}}'
    await reply.refuse("429 Too Many Requests", "application/json", body, "Retry-After: 30\r\n")


@fault
async def _429_once(reply: Reply) -> None:
    if reply.call.attempt > 1:
        return await reply.answer(PLAIN)
    return await reply.refuse("429 Too Many Requests", "text/plain", b"", "Retry-After: 0\r\n")


@fault
async def quota(reply: Reply) -> None:
    body = b'{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}'
    await reply.refuse("429 Too Many Requests", "application/json", body)


@fault
async def _500(reply: Reply) -> None:
    body = b'{"error": {"message": "The server had an error"}}'
    await reply.refuse("500 Internal Server Error", "application/json", body)


@fault
async def _401(reply: Reply) -> None:
    body = b'{"error": {"message": "Incorrect API key provided"}}'
    await reply.refuse("401 Unauthorized", "application/json", body)


@fault
async def redirect(reply: Reply) -> None:
    extra = "Location: http://localhost:9/v1/chat/completions\r\n"
    await reply.refuse("307 Temporary Redirect", "text/plain", b"", extra)


@fault
async def picky(reply: Reply) -> None:
    """Knows neither stream options nor the newer name of the token limit."""
    for name in ("stream_options", "max_tokens"):
        if name in reply.call.body:
            body = json.dumps({"error": {"message": f"Unrecognized field: {name}"}}).encode()
            return await reply.refuse("400 Bad Request", "application/json", body)
    return await reply.answer(PLAIN)


@fault
async def no_usage(reply: Reply) -> None:
    reply.call.body.pop("stream_options", None)
    await reply.answer(PLAIN)


@fault
async def hang(reply: Reply) -> None:
    await reply.pause(3600)


@fault
async def stall(reply: Reply) -> None:
    await reply.begin()
    await reply.say(PLAIN[:4])
    await reply.pause(3600)


@fault
async def stall_after_end(reply: Reply) -> None:
    """The answer is whole, but its usage never comes."""
    await reply.begin()
    await reply.say(PLAIN)
    reply.event(chunk(finish="stop"))
    await reply.pause(3600)


@fault
async def html(reply: Reply) -> None:
    await reply.refuse("200 OK", "text/html; charset=utf-8", HTML)


@fault
async def wrong_type(reply: Reply) -> None:
    body = json.dumps({"choices": [{"message": {"content": "Hello."}}]}).encode()
    await reply.refuse("200 OK", "application/json", body)


@fault
async def close_after_3(reply: Reply) -> None:
    await reply.begin(chunked=False)
    await reply.say(PLAIN[:3])
    await reply.flush()


@fault
async def cut_json(reply: Reply) -> None:
    await reply.begin(chunked=False)
    await reply.say(PLAIN[:3])
    reply.body(b'data: {"id":"x","choices":[{"ind')
    await reply.flush()


@fault
async def cut_chunked(reply: Reply) -> None:
    await reply.begin()
    await reply.say(PLAIN[:3])
    reply.raw(b"400\r\ndata: {")
    await reply.flush()


@fault
async def reset(reply: Reply) -> None:
    await reply.begin()
    await reply.say(PLAIN[:3])
    await reply.flush()
    reply.reset()


@fault
async def reset_at_once(reply: Reply) -> None:
    reply.reset()


@fault
async def not_http(reply: Reply) -> None:
    reply.raw("SSH-2.0-OpenSSH_9.9\r\n\r\n")
    await reply.flush()


@fault
async def bad_json(reply: Reply) -> None:
    await reply.begin()
    await reply.say(PLAIN[:3])
    reply.event('{"choices": [{"delta": {"content": "x"}')
    await reply.end()


@fault
async def bad_shape(reply: Reply) -> None:
    await reply.begin()
    reply.event('{"choices": {"delta": ["text"]}}')
    await reply.end()


@fault
async def bad_utf8(reply: Reply) -> None:
    await reply.begin()
    reply.body(b'data: {"choices":[{"delta":{"content":"\xff\xfe"}}]}\n\n')
    await reply.end()


@fault
async def error_event(reply: Reply) -> None:
    await reply.begin()
    await reply.say(PLAIN[:3])
    reply.event({"error": {"message": "The model is overloaded", "type": "server_error"}})
    await reply.end()


@fault
async def only_done(reply: Reply) -> None:
    await reply.begin()
    reply.event("[DONE]")
    await reply.end()


@fault
async def empty(reply: Reply) -> None:
    reply.raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
    await reply.flush()


@fault
async def length(reply: Reply) -> None:
    await reply.answer(PLAIN[:5], finish="length")


@fault
async def length_empty(reply: Reply) -> None:
    await reply.answer([], finish="length")


@fault
async def stop_empty(reply: Reply) -> None:
    await reply.answer([])


@fault
async def content_filter(reply: Reply) -> None:
    await reply.answer(PLAIN[:5], finish="content_filter")


@fault
async def refusal(reply: Reply) -> None:
    await reply.begin()
    reply.event({**chunk(), "choices": [{"index": 0, "delta": {"refusal": "I cannot."}}]})
    await reply.end()


@fault
async def drip(reply: Reply) -> None:
    """Never silent for long, never done."""
    await reply.begin()
    while True:
        reply.event(chunk(text="slow "))
        await reply.pause(reply.pace.slow_s)


@fault
async def huge(reply: Reply) -> None:
    await reply.begin()
    for _ in range(10_000):
        reply.event(chunk(text="many words " * 100))
        await reply.flush()


@fault
async def huge_line(reply: Reply) -> None:
    await reply.begin()
    for _ in range(10_000):
        reply.body(b"x" * 10_000)
        await reply.flush()


@fault
async def duplicate(reply: Reply) -> None:
    """The marks of the beginning and the end come twice, and so does the last text after them."""
    await reply.begin()
    reply.event(chunk(role="assistant"))
    await reply.say(PLAIN)
    for _ in range(2):
        reply.event(chunk(finish="stop"))
        reply.event(chunk(text=PLAIN[-1]))
    reply.usage(len(PLAIN))
    reply.usage(len(PLAIN))
    reply.event("[DONE]")
    reply.event("[DONE]")
    await reply.end()


@fault
async def bom(reply: Reply) -> None:
    await _sliced(reply, "\ufeff" + _stream(PLAIN), 4096)


@fault
async def crlf(reply: Reply) -> None:
    await _sliced(reply, _stream(PLAIN).replace("\n", "\r\n"), 7)


@fault
async def carriage_return(reply: Reply) -> None:
    await _sliced(reply, _stream(PLAIN).replace("\n", "\r"), 64)


@fault
async def multiline(reply: Reply) -> None:
    """One event's JSON over several data lines, with comments and fields of no interest."""
    lines = _stream(PLAIN).replace('"choices":', '"choices":\ndata: ')
    noisy = lines.replace("data: {", ": keep-alive\nevent: message\nid: 7\nretry: 10\ndata: {", 3)
    await _sliced(reply, noisy, 4096)


@fault
async def no_last_line(reply: Reply) -> None:
    await _sliced(reply, _stream(PLAIN).removesuffix("\n\ndata: [DONE]\n\n") + "\n", 4096)


@fault
async def byte_slices(reply: Reply) -> None:
    await _sliced(reply, _stream([WIDE]), 1)


@fault
async def split_utf8(reply: Reply) -> None:
    """The text's characters are sent as UTF-8 and cut in the middle."""
    await _sliced(reply, _stream([WIDE]), 5)


@fault
async def reasoning(reply: Reply) -> None:
    await reply.begin()
    for thought in ("The reader asks", " about the dock."):
        delta = {"content": None, "reasoning_content": thought}
        reply.event({**chunk(), "choices": [{"index": 0, "delta": delta}]})
    await reply.say(PLAIN)
    reply.event(chunk(finish="stop"))
    reply.event("[DONE]")
    await reply.end()


async def _sliced(reply: Reply, body: str, size: int) -> None:
    reply.raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
    data = body.encode()
    for start in range(0, len(data), size):
        reply.raw(data[start : start + size])
        await asyncio.sleep(0)
    await reply.flush()


def _stream(tokens: Sequence[str]) -> str:
    chunks = [chunk(role="assistant"), *[chunk(text=token) for token in tokens]]
    chunks.append(chunk(finish="stop"))
    lines = [json.dumps(chunk, separators=(",", ":"), ensure_ascii=False) for chunk in chunks]
    return "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"])

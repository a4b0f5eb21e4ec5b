"""One reply of the fake model, in the pieces that answers and faults are made of."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

EVENTS = "text/event-stream; charset=utf-8"
POLL_S = 0.02


@dataclass
class Call:
    """One request as the server saw it; times are of the monotonic clock."""

    model: str
    body: dict[str, Any]
    headers: dict[str, str]
    started: float
    ended: float | None = None
    closed_early: float | None = None
    attempt: int = 1


@dataclass(frozen=True)
class Pace:
    """How fast a reply comes. 0 tokens a second: as fast as the socket takes them."""

    first_token_s: float = 0.0
    tokens_per_second: float = 0.0
    slow_s: float = 0.3


class ClientGone(Exception):
    """The client closed the connection."""


class Reply:
    """The pieces that answers and faults are made of."""

    def __init__(
        self, call: Call, pace: Pace, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.call = call
        self.pace = pace
        self.keeps_alive = False
        self._reader = reader
        self._writer = writer
        self._chunked = True

    async def answer(self, tokens: Sequence[str], *, finish: str = "stop") -> None:
        """A whole answer as a real provider streams it."""
        await self.begin()
        await self.say(tokens)
        self.event(chunk(finish=finish))
        self.usage(len(tokens))
        self.event("[DONE]")
        await self.end()

    async def begin(self, *, chunked: bool = True) -> None:
        await self.pause(self.pace.first_token_s)
        self._chunked = chunked
        framing = "Transfer-Encoding: chunked" if chunked else "Connection: close"
        self.raw(f"HTTP/1.1 200 OK\r\nContent-Type: {EVENTS}\r\n{framing}\r\n\r\n")
        self.event(chunk(role="assistant"))

    async def say(self, tokens: Iterable[str]) -> None:
        """Each token when it is due, counted from the first, so that delays do not add up."""
        pace = self.pace.tokens_per_second
        started = time.monotonic()
        for number, token in enumerate(tokens):
            if pace:
                await self.pause(started + number / pace - time.monotonic())
            self.event(chunk(text=token))
            if not pace and number % 64 == 63:
                await self._writer.drain()

    def event(self, data: str | dict[str, Any]) -> None:
        text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
        self.body(f"data: {text}\n\n".encode())

    def usage(self, written: int) -> None:
        if not self.call.body.get("stream_options", {}).get("include_usage"):
            return
        asked = sum(len(str(turn["content"])) for turn in self.call.body["messages"]) // 4
        counts = {"prompt_tokens": asked, "completion_tokens": written}
        self.event({**chunk(), "choices": [], "usage": counts})

    def body(self, data: bytes) -> None:
        """Body bytes, framed as the response's encoding wants them."""
        self.raw(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)

    def raw(self, data: str | bytes) -> None:
        if self._left():
            raise ClientGone
        self._writer.write(data.encode() if isinstance(data, str) else data)

    async def end(self) -> None:
        if self._chunked:
            self.raw(b"0\r\n\r\n")
        await self._writer.drain()
        self.keeps_alive = self._chunked

    async def refuse(self, status: str, kind: str, body: bytes, extra: str = "") -> None:
        """A response that is no stream."""
        self.raw(
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            f"{extra}\r\n"
        )
        self.raw(body)
        await self._writer.drain()
        self.keeps_alive = True

    async def pause(self, seconds: float) -> None:
        """Wait, but not for a client that has left."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(left, POLL_S))
            if self._left():
                raise ClientGone

    async def flush(self) -> None:
        """Let the client read what was sent so far as a read of its own."""
        await self._writer.drain()
        await asyncio.sleep(0.001)

    def reset(self) -> None:
        """Close with a RST instead of a FIN."""
        connection: socket.socket = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def _left(self) -> bool:
        return self._reader.at_eof() or self._writer.transport.is_closing()


def chunk(*, text: str = "", role: str = "", finish: str | None = None) -> dict[str, Any]:
    delta: dict[str, str] = {"role": role, "content": ""} if role else {}
    if text:
        delta["content"] = text
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "fake",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }

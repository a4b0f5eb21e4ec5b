"""An OpenAI-compatible server that answers at a set pace, or fails in a chosen way.

    python -m benchmarks.fake_model --port 9000 --tokens-per-second 50 --mode echo_book

A request picks its own behaviour through its model name: ``fault:cut_json``, ``mode:world``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

from benchmarks.fake_faults import FAULTS
from benchmarks.fake_judges import JUDGES, judged, judges
from benchmarks.fake_reply import Call, ClientGone, Pace, Reply
from benchmarks.fake_texts import SPEAKERS, said, tokens_of


@dataclass
class FakeModel:
    """``async with FakeModel(mode="world") as server: server.base_url``.

    ``mode`` is one of ``echo_book world mixed obedient script`` or a fault's name. ``script`` texts
    are given one a call, the last one for ever after; ``finish="length"`` breaks texts off. Calls
    that ask for verdicts are answered by ``judge`` after ``judge_s`` seconds. ``calls`` records
    every request.
    """

    mode: str = "echo_book"
    first_token_s: float = 0.0
    tokens_per_second: float = 0.0  # 0: as fast as the socket takes them
    tokens: int = 150
    script: Sequence[str] = ()
    finish: str = "stop"
    judge: str = "honest"
    judge_s: float = 0.0
    slow_s: float = 0.3  # how far the drip's tokens are apart
    host: str = "127.0.0.1"
    port: int = 0
    calls: list[Call] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    connected: int = 0

    async def __aenter__(self) -> Self:
        self._scripted = count()
        self._connections: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(
            self._connection, self.host, self.port, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}/v1"

    async def serve_forever(self) -> None:
        await self._server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        self.connected += 1
        try:
            while await self._exchange(reader, writer):
                pass
        except (ClientGone, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        except Exception as error:
            self.errors.append(error)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request. True when the connection may carry another."""
        headers, body = await _request(reader)
        name = str(body.get("model", ""))
        attempt = 1 + sum(earlier.model == name for earlier in self.calls)
        call = Call(name, body, headers, time.monotonic(), attempt=attempt)
        self.calls.append(call)
        pace = Pace(self.first_token_s, self.tokens_per_second, self.slow_s)
        reply = Reply(call, pace, reader, writer)
        try:
            await self._behave(reply)
        except (ClientGone, ConnectionError):
            call.closed_early = time.monotonic()
            raise
        finally:
            call.ended = time.monotonic()
        return reply.keeps_alive

    async def _behave(self, reply: Reply) -> None:
        prefix, _, named = reply.call.model.partition(":")
        mode = named if prefix in {"fault", "mode"} else self.mode
        if fault := FAULTS.get(mode):
            await fault(reply)
        elif judges(reply.call.body["messages"]):
            await reply.pause(self.judge_s)
            await reply.answer(tokens_of(judged(self.judge, reply.call.body["messages"])))
        else:
            text = self._text(mode, reply.call.body["messages"])
            await reply.answer(tokens_of(text), finish=self.finish)

    def _text(self, mode: str, messages: list[dict[str, str]]) -> str:
        if mode == "script":
            return self.script[min(next(self._scripted), len(self.script) - 1)]
        return said(mode, messages, self.tokens)


async def _request(reader: asyncio.StreamReader) -> tuple[dict[str, str], dict[str, Any]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")[1:]
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return headers, json.loads(body or b"{}")


async def _main(arguments: argparse.Namespace) -> None:
    server = FakeModel(
        mode=arguments.mode,
        first_token_s=arguments.first_token_ms / 1000,
        tokens_per_second=arguments.tokens_per_second,
        tokens=arguments.tokens,
        judge=arguments.judge,
        port=arguments.port,
    )
    async with server:
        print(f"OPENAI_BASE_URL={server.base_url}", flush=True)
        await server.serve_forever()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one and prints it")
    parser.add_argument("--first-token-ms", type=float, default=300.0)
    parser.add_argument("--tokens-per-second", type=float, default=50.0)
    parser.add_argument("--tokens", type=int, default=150)
    parser.add_argument("--mode", choices=sorted({*SPEAKERS, *FAULTS}), default="echo_book")
    parser.add_argument("--judge", choices=sorted(JUDGES), default="honest")
    return parser.parse_args()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(_arguments()))

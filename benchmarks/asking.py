"""Readers who all ask at once: of ragbook, of a server of the plain design, of the model alone."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle

import aiohttp

from benchmarks.servers import ROOT, Server
from chat.prompts import answer_prompt
from chat.sentences import SentenceSplitter
from retrieval.passages import Kind, Passage

PRIMER = ROOT / "examples" / "primer"
PATIENCE_S = 100.0
FAILURES = ("", "failed", "interrupted")


@dataclass(slots=True)
class Reading:
    """What one reader saw; times are seconds from asking."""

    first_token: float | None = None
    first_sentence: float | None = None
    total: float = PATIENCE_S
    shown: int = 0
    withheld: int = 0
    outcome: str = ""

    @property
    def failed(self) -> bool:
        return self.outcome in FAILURES


Ask = Callable[[aiohttp.ClientSession, str], Awaitable[Reading]]
"""Puts a question to the system over one connection, from opening it on."""


async def at_once(ask: Ask, readers: int) -> list[Reading]:
    """What as many readers saw who asked at the same moment."""
    asked = cycle(questions())
    async with _session() as session:
        return list(await asyncio.gather(*(ask(session, next(asked)) for _ in range(readers))))


async def in_turn(ask: Ask, readers: int, each: int) -> list[Reading]:
    """What readers saw who asked ``each`` questions, one after the other has been answered."""
    asked = cycle(questions())

    async def reader(session: aiohttp.ClientSession) -> list[Reading]:
        return [await ask(session, next(asked)) for _ in range(each)]

    async with _session() as session:
        found = await asyncio.gather(*(reader(session) for _ in range(readers)))
    return [reading for one in found for reading in one]


def questions() -> list[str]:
    """The primer's questions that it answers."""
    lines = (PRIMER / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row["question"] for row in rows if row["kind"] == "answerable"]


# ── of whom they ask ─────────────────────────────────────────────────────────────────────────


def of_ragbook(servers: Sequence[Server]) -> Ask:
    """Over WebSocket, of the servers in turn, as a balancer would send them."""
    addresses = cycle(f"{server.ws}/ws/chat/primer/" for server in servers)

    async def ask(session: aiohttp.ClientSession, question: str) -> Reading:
        reading, started = Reading(), time.perf_counter()
        async with session.ws_connect(next(addresses)) as socket:
            await socket.send_str(json.dumps({"type": "ask", "question": question}))
            async for message in socket:
                if _ends(reading, json.loads(message.data), time.perf_counter() - started):
                    break
        return reading

    return ask


def _ends(reading: Reading, event: dict[str, str], elapsed: float) -> bool:
    """Note what the event shows, and whether it was the last."""
    match event["type"]:
        case "answer.sentence":
            reading.shown += 1
            reading.first_sentence = reading.first_sentence or elapsed
        case "answer.withheld":
            reading.withheld += 1
        case "answer.finished":
            reading.outcome, reading.total = event["outcome"], elapsed
            return True
        case "answer.failed":
            return True
    return False


def of_plain_server(server: Server) -> Ask:
    """Over WebSocket, of the server of the plain design."""

    async def ask(session: aiohttp.ClientSession, question: str) -> Reading:
        reading, started = Reading(), time.perf_counter()
        async with session.ws_connect(f"{server.ws}/ws") as socket:
            await socket.send_str(question)
            async for message in socket:
                event = json.loads(message.data)
                if event["type"] == "end":
                    reading.outcome, reading.total = "answered", time.perf_counter() - started
                    break
                reading.first_token = reading.first_token or time.perf_counter() - started
        return reading

    return ask


def of_model(base_url: str) -> Ask:
    """Of the model itself, given one page of the book as its passages."""
    page = (PRIMER / "docs" / "01-communication" / "nodes.md").read_text(encoding="utf-8")
    passage = Passage("k", "primer", 1, "nodes.md", "", "", ("Nodes",), Kind.PROSE, page[:6000])

    async def ask(session: aiohttp.ClientSession, question: str) -> Reading:
        prompt = answer_prompt(
            book_title="Primer", language="en", question=question, passages=[passage]
        )
        messages = [{"role": "system", "content": prompt.instructions}, *prompt.input]
        body = {"model": "alone", "stream": True, "messages": messages}
        reading, splitter, started = Reading(), SentenceSplitter(), time.perf_counter()
        async with session.post(f"{base_url}/chat/completions", json=body) as response:
            async for line in response.content:
                if text := _delta(line):
                    elapsed = time.perf_counter() - started
                    reading.first_token = reading.first_token or elapsed
                    if reading.first_sentence is None and splitter.feed(text):
                        reading.first_sentence = elapsed
        reading.outcome, reading.total = "answered", time.perf_counter() - started
        return reading

    return ask


def _delta(line: bytes) -> str:
    if not line.startswith(b"data: {"):
        return ""
    choices = json.loads(line.removeprefix(b"data: "))["choices"]
    return str(choices[0]["delta"].get("content") or "") if choices else ""


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        yield session

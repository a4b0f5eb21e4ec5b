"""Readers as the widget is one: after a loss they ask the same again, of whatever process."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import websockets
from websockets.asyncio.client import ClientConnection

from benchmarks.servers import Server

QUESTION = "How do I list all running nodes?"
PATIENCE_S = 60
LOSSES = (websockets.WebSocketException, OSError, EOFError)


@dataclass
class Reader:
    """``acknowledged`` holds the answers that a server took on, ``seen`` what each has shown."""

    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    acknowledged: list[str] = field(default_factory=list)
    seen: dict[tuple[str, int], str] = field(default_factory=dict)
    outcome: str = ""
    close_code: int | None = None

    async def ask(self, server: Server) -> bool:
        """Whether the answer ended well; False when the connection was lost or it broke off."""
        try:
            async with connect(server) as socket:
                await socket.send(
                    json.dumps({"type": "ask", "question": QUESTION, "client_id": self.client_id})
                )
                return await self._read(socket)
        except LOSSES as loss:
            received = getattr(loss, "rcvd", None)
            self.close_code = received.code if received else None
            return False

    async def ask_until_answered(self, server: Server) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await self.ask(server):
                await asyncio.sleep(0.1)

    async def _read(self, socket: ClientConnection) -> bool:
        async for text in socket:
            event = json.loads(text)
            match event["type"]:
                case "answer.started":
                    self.acknowledged.append(event["answer"])
                case "answer.sentence":
                    place = self.acknowledged[-1], event["ordinal"]
                    assert self.seen.setdefault(place, event["text"]) == event["text"]
                case "answer.finished":
                    self.outcome = event["outcome"]
                    return True
                case "answer.failed":
                    assert event["retryable"], event
                    return False
        return False


def connect(server: Server) -> Any:
    return websockets.connect(
        f"{server.ws}/ws/chat/primer/", proxy=None, open_timeout=30, compression=None
    )


def query(server: Server, statement: str) -> list[tuple[Any, ...]]:
    """Rows of a server's database, asked for behind its back."""
    url = server.environment["DATABASE_URL"]
    if url.startswith("postgres"):
        with psycopg.connect(url, autocommit=True) as postgres:
            cursor = postgres.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as lite, lite:
        return lite.execute(statement).fetchall()


def declare_dead(server: Server) -> None:
    """Let the minute pass after which an answer without a sign of life counts as broken off."""
    query(server, "UPDATE chat_answer SET heartbeat = '2026-01-01' WHERE outcome = 'running'")


async def eventually(holds: Any, seconds: float = 15) -> None:
    """Return when ``holds()``. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.1)


def plain_id(identity: Any) -> str:
    """An id as Postgres (UUID) and SQLite (32 letters) give it, as the interface writes it."""
    with suppress(ValueError):
        return str(uuid.UUID(str(identity)))
    return str(identity)

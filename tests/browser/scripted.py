"""A peer that speaks ragbook's protocol and says exactly what a test wrote down.

It serves a small book, the widget's script, the book's information and the chat, over a socket
and over HTTP. Each question takes the next script; its answer plays on whoever listens, as the
real one does, so that a lost socket or a page change can resume it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import altcha
import uvicorn

from chat import widget
from tests.browser.pages import BOOK_CSS, book_page

Event = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Pause:
    """Wait until the test opens the gate of that name."""

    gate: str


@dataclass(frozen=True)
class Drop:
    """Close every socket that listens; the answer goes on. ``code`` is the close code."""

    code: int = 1012


Step = Event | Pause | Drop


@dataclass
class PlayedAnswer:
    """An answer in the making: its log, and the sockets that hear it."""

    id: str
    question: str
    conversation: str
    log: list[Event] = field(default_factory=list)
    listeners: list[asyncio.Queue[Event | Drop]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def say(self, event: Event) -> None:
        self.log.append(event)
        for listener in self.listeners:
            listener.put_nowait(event)

    def after(self, ordinal: int) -> list[Event]:
        """What a reader who has seen up to ``ordinal`` lacks."""
        return [event for event in self.log if event.get("ordinal", ordinal + 1) > ordinal]


class ScriptedBook:
    """The server's state, as a test prepares it and looks at it afterwards."""

    def __init__(self) -> None:
        self.title = "A ROS 2 primer"
        self.mode = "strict"
        self.language = "en"
        self.starter_questions = [
            "When should I use a service and when an action?",
            "Why does my subscriber receive nothing?",
            "What does an ExtrapolationException from tf2 mean?",
        ]
        self.scripts: deque[list[Step]] = deque()
        self.heard: list[Event] = []
        self.suggestions: list[str] = []
        self.sharing = False
        self.shares: dict[str, int] = {}
        self.feedback: list[Event] = []
        self.feedback_status = 200
        self.violations: list[Any] = []
        self.connections = 0
        self.refuse_sockets = False
        self.wants_proof = False
        self.refuses_proofs = False
        self.challenges = 0
        self.away = False  # nothing is answered, by whatever way it is asked
        self.parts: list[str] = []
        self.erased: list[str] = []
        self._conversations = 0
        self._forgotten = False
        self.origin = ""
        self._answers: dict[str, PlayedAnswer] = {}
        self._by_client_id: dict[str, PlayedAnswer] = {}
        self._gates: dict[str, asyncio.Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    # What a test calls, from its own thread.

    def plays(self, *steps: Step) -> None:
        """Answer the next question so. ``answer.started`` comes by itself."""
        self.scripts.append(list(steps))

    def open(self, gate: str) -> None:
        """Let what waits at the gate go on."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(lambda: self._gate(gate).set())

    def forget_conversations(self) -> None:
        """From now on every old conversation is unknown."""
        self._forgotten = True

    def asked(self, kind: str = "ask") -> list[Event]:
        return [message for message in self.heard if message["type"] == kind]

    def page(self, name: str = "topics", query: str = "") -> str:
        """The address of a page of the book, on another origin than the widget's server."""
        return (
            self.origin.replace("127.0.0.1", "localhost")
            + f"/book/{name}"
            + (f"?{query}" if query else "")
        )

    def _gate(self, name: str) -> asyncio.Event:
        return self._gates.setdefault(name, asyncio.Event())

    # The ASGI application.

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self._loop = asyncio.get_running_loop()
        if scope["type"] == "websocket":
            await self._chat(receive, send)
        else:
            await self._http(scope, await _body(receive), send)

    async def _http(self, scope: dict[str, Any], body: bytes, send: Send) -> None:
        path, query = scope["path"], scope["query_string"].decode()
        if scope["method"] == "OPTIONS":
            await _respond(send, b"", "text/plain")
        elif path == "/widget.js":
            await _respond(send, widget.script(), "text/javascript")
        elif part := widget.part(path.removeprefix("/widget/").removesuffix(".js")):
            self.parts.append(path)
            await _respond(send, part, "text/javascript")
        elif path == "/book.css":
            await _respond(send, BOOK_CSS.encode(), "text/css")
        elif path.endswith("/challenge"):
            await self._challenge(send)
        elif path.startswith("/api/v1/books/"):
            await self._book_info(path.rsplit("/", 1)[-1], send)
        elif path.startswith("/api/v1/"):
            await self._interface(scope["method"], path, query, body, send)
        elif path == "/csp":
            self.violations.append(json.loads(body))
            await _respond(send, b"", "text/plain", 204)
        elif path.startswith("/book/"):
            html, policy = book_page(path.removeprefix("/book/"), query, self.origin)
            await _respond(send, html.encode(), "text/html", 200, policy)
        else:
            await _respond(send, b"", "text/plain", 404)

    async def _interface(self, method: str, path: str, query: str, body: bytes, send: Send) -> None:
        if not path.endswith(("/chat/stream", "/events")):
            status, said = self._call(method, path.removeprefix("/api/v1/"), body)
            await _respond(send, json.dumps(said).encode(), "application/json", status)
        elif self.away:
            await _respond(send, b"", "text/html", 502)
        else:
            await self._stream(path, query, body, send)

    async def _book_info(self, slug: str, send: Send) -> None:
        info = {
            "slug": slug,
            "title": self.title,
            "language": self.language,
            "mode": self.mode,
            "starter_questions": self.starter_questions,
            "sharing": self.sharing,
        }
        status = 404 if slug == "unknown" else 200
        await _respond(send, json.dumps(info).encode(), "application/json", status)

    async def _challenge(self, send: Send) -> None:
        self.challenges += 1
        made = altcha.create_challenge("PBKDF2/SHA-256", 10, counter=70, hmac_secret="a secret")
        await _respond(send, json.dumps(made.to_dict()).encode(), "application/json")

    def _lacks_proof(self, question: Event) -> bool:
        if question.get("conversation") or not self.wants_proof:
            return False
        checked = altcha.verify_solution(question.get("proof", ""), "a secret")
        return self.refuses_proofs or not checked.verified

    def _call(self, method: str, path: str, body: bytes) -> tuple[int, Event]:
        """What is called with a conversation's token: its answers, their feedback, its link."""
        kind, identity, *rest = path.split("/")
        said = json.loads(body or b"null")
        match kind, method, *rest:
            case "answers", "POST", "feedback":
                self.feedback.append(said)
                return self.feedback_status, {}
            case "answers", "POST", "stop":
                self._end(self._answers[identity])
            case "answers", "GET", "suggestions":
                return 200, {"questions": self.suggestions}
            case "conversations", "GET" if self._turns(identity):
                return 200, {"answers": [stored(turn) for turn in self._turns(identity)]}
            case "conversations", "DELETE" if self._turns(identity):
                self.erased.append(identity)
            case "conversations", "PUT", "share":
                self.shares[identity] = self.shares.get(identity, 0) + 1
                return 200, {"url": f"{self.origin}/shared/{identity}"}
            case "conversations", "GET", "share":
                shared = identity in self.shares
                return 200, {"url": f"{self.origin}/shared/{identity}" if shared else ""}
            case "conversations", "DELETE", "share":
                self.shares.pop(identity)
            case _:
                return 404, {"code": "not_found", "message": "Not here."}
        return 204, {}

    def _turns(self, conversation: str) -> list[PlayedAnswer]:
        known = conversation not in self.erased and not self._forgotten
        turns = [a for a in self._answers.values() if a.conversation == conversation]
        return turns if known else []

    async def _stream(self, path: str, query: str, body: bytes, send: Send) -> None:
        """An answer as server-sent events."""
        if path.endswith("/events"):
            answer, after = path.split("/")[-2], int(query.removeprefix("after="))
            message: Event = {"type": "resume", "answer": answer, "after": after}
        else:
            message = {"type": "ask", **json.loads(body)}
        ears: asyncio.Queue[Event | Drop] = asyncio.Queue()
        self._hear({**message, "over": "http"}, ears)
        await _respond_in_parts(send)
        while not isinstance(event := await ears.get(), Drop):
            said = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
            part = {"type": "http.response.body", "body": said.encode(), "more_body": True}
            await send(part)
            if event["type"] in ("answer.finished", "answer.failed"):
                break
        await send({"type": "http.response.body", "body": b""})

    async def _chat(self, receive: Receive, send: Send) -> None:
        await receive()
        self.connections += 1
        if self.refuse_sockets or self.away:
            await send({"type": "websocket.close", "code": 1013})
            return
        await send({"type": "websocket.accept"})
        ears: asyncio.Queue[Event | Drop] = asyncio.Queue()
        mouth = asyncio.create_task(_speak(ears, send))
        try:
            while (message := await receive())["type"] == "websocket.receive":
                self._hear(json.loads(message["text"]), ears)
        finally:
            mouth.cancel()
            for answer in self._answers.values():
                with suppress(ValueError):
                    answer.listeners.remove(ears)

    def _hear(self, message: Event, ears: asyncio.Queue[Event | Drop]) -> None:
        self.heard.append(message)
        if message["type"] == "stop":
            self._stop(ears)
            return
        if self._forgotten and message.get("conversation"):
            ears.put_nowait(failed("There is no such conversation.", "not_found", retryable=False))
            return
        if message["type"] == "ask" and self._lacks_proof(message):
            ears.put_nowait(failed("Solve a challenge.", "proof_required", retryable=False))
            return
        if message["type"] == "resume":
            answer, after = self._answers[message["answer"]], message["after"]
        else:
            answer, after = self._answer_to(message), -1
        for event in answer.after(after):
            ears.put_nowait(event)
        answer.listeners.append(ears)

    def _answer_to(self, question: Event) -> PlayedAnswer:
        """The answer to a new question, or the one a repeated ``client_id`` already has."""
        known = self._by_client_id.get(question["client_id"])
        if known and known.log[-1]["type"] != "answer.failed":
            return known
        self._conversations += not question.get("conversation")
        conversation = question.get("conversation") or f"conversation-{self._conversations}"
        identity = f"answer-{len(self._answers) + 1}"
        answer = PlayedAnswer(identity, question["question"], conversation)
        self._answers[answer.id] = self._by_client_id[question["client_id"]] = answer
        started = {"type": "answer.started", "answer": answer.id, "token": "token-1"}
        answer.say({**started, "conversation": conversation})
        steps: list[Step] = self.scripts.popleft() if self.scripts else [finished()]
        answer.task = asyncio.create_task(self._play(answer, steps))
        return answer

    async def _play(self, answer: PlayedAnswer, steps: list[Step]) -> None:
        for step in steps:
            if isinstance(step, Pause):
                await self._gate(step.gate).wait()
            elif isinstance(step, Drop):
                for listener in answer.listeners:
                    listener.put_nowait(step)
                answer.listeners.clear()
            else:
                answer.say(step)
                await asyncio.sleep(0)

    def _stop(self, ears: asyncio.Queue[Event | Drop]) -> None:
        for answer in self._answers.values():
            if ears in answer.listeners:
                self._end(answer)

    def _end(self, answer: PlayedAnswer) -> None:
        if answer.task and not answer.task.done():
            answer.task.cancel()
            answer.say(finished(outcome="stopped"))


async def _speak(ears: asyncio.Queue[Event | Drop], send: Send) -> None:
    while True:
        event = await ears.get()
        if isinstance(event, Drop):
            await send({"type": "websocket.close", "code": event.code})
            return
        await send({"type": "websocket.send", "text": json.dumps(event)})


async def _body(receive: Receive) -> bytes:
    body = b""
    while (message := await receive()).get("more_body"):
        body += message.get("body", b"")
    return body + bytes(message.get("body", b""))


async def _respond_in_parts(send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream"), (b"access-control-allow-origin", b"*")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _respond(
    send: Send, body: bytes, kind: str, status: int = 200, policy: str | None = None
) -> None:
    headers = [
        (b"content-type", f"{kind}; charset=utf-8".encode()),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-headers", b"authorization, content-type"),
        (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
    ]
    if policy:
        headers.append((b"content-security-policy", policy.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(book: ScriptedBook) -> Iterator[ScriptedBook]:
    """The book on a free loopback port, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    book.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(book, lifespan="off", ws="websockets-sansio", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield book
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=5)
        listener.close()


def stored(answer: PlayedAnswer) -> Event:
    """The answer as ``GET conversations/{id}`` tells it."""
    said = {event["type"]: event for event in answer.log}
    parts = [event for event in answer.log if "ordinal" in event]
    end = said.get("answer.finished", {})
    running = "running" if answer.log[-1]["type"] not in ("answer.failed",) else "failed"
    return {
        "id": answer.id,
        "question": answer.question,
        "outcome": end.get("outcome", running),
        "text": "",
        "sentences": [{**part, "shown": part["type"] == "answer.sentence"} for part in parts],
        "withheld": sum(part["type"] == "answer.withheld" for part in parts),
        "citations": said.get("answer.sources", {}).get("citations", []),
    }


# ── Events ───────────────────────────────────────────────────────────────────────────────────


def text(value: str) -> Event:
    return {"type": "text", "text": value}


def code(value: str) -> Event:
    return {"type": "code", "text": value}


def strong(value: str) -> Event:
    return {"type": "strong", "children": [text(value)]}


def paragraph(*children: Event, joins: bool = False) -> Event:
    return {"type": "paragraph", "joins": joins, "children": list(children)}


def item(*children: Event, depth: int = 0, number: int | None = None) -> Event:
    node = {"type": "item", "ordered": number is not None, "number": number or 0, "depth": depth}
    return {**node, "joins": False, "children": list(children)}


def row(*cells: str, header: bool = False) -> Event:
    return {"type": "row", "header": header, "cells": [[text(cell)] for cell in cells]}


def code_block(value: str, language: str = "bash") -> Event:
    return {"type": "code", "language": language, "text": value}


def sentence(
    ordinal: int,
    tree: Event | str,
    *,
    cites: dict[int, str] | None = None,
    verdict: str = "supported",
    support: float = 0.94,
    model_code: bool = False,
) -> Event:
    """``answer.sentence``; ``cites`` maps a source's number to the words that prove it."""
    cites = cites or {}
    node = paragraph(text(tree), joins=ordinal > 0) if isinstance(tree, str) else tree
    return {
        "type": "answer.sentence",
        "ordinal": ordinal,
        "text": tree if isinstance(tree, str) else _plain_text(node),
        "tree": node,
        "verdict": verdict,
        "support": support,
        "citations": list(cites),
        "evidence": [{"n": n, "quote": quote} for n, quote in cites.items()],
        "model_code": model_code,
    }


def _plain_text(node: Event) -> str:
    if "text" in node:
        return str(node["text"])
    if node["type"] == "row":
        return " | ".join(_plain_text(child) for cell in node["cells"] for child in cell)
    return "".join(_plain_text(child) for child in node.get("children", []))


def withheld(ordinal: int) -> Event:
    return {"type": "answer.withheld", "ordinal": ordinal, "reason": "no_passage"}


def source(n: int, title: str, section: str, url: str, quote: str = "") -> Event:
    return {"n": n, "title": title, "heading_path": [title, section], "url": url, "quote": quote}


def sources(*citations: Event) -> Event:
    return {"type": "answer.sources", "citations": list(citations)}


def finished(outcome: str = "answered", **fields: Any) -> Event:
    return {"type": "answer.finished", "outcome": outcome, **fields}


def failed(message: str, code: str = "model_unavailable", **fields: Any) -> Event:
    event = {"type": "answer.failed", "code": code, "message": message, "retryable": True}
    return {**event, **fields}

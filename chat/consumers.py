"""The reader's socket: ``/ws/chat/{book}/``.

Messages are handled one after another, so nothing here waits for an answer: each stream runs in a
task that this connection owns, and "stop" is heard while it streams.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from contextlib import aclosing, suppress
from typing import Any

import structlog
from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from pydantic import ValidationError

from chat import answering, keeping, metrics
from chat.database import db
from chat.errors import ChatError, Conflict, NotFound, QuestionInvalid
from chat.events import AnswerFailed, Event, payload
from chat.requests import foreign_origin, reader_address
from chat.schemas import Question, Resume

log = structlog.get_logger(__name__)

MESSAGE_MAX = 32 * 1024
MESSAGES_PER_SECOND = 20
# Close codes of our own range: daphne cannot send the standard 1008 and 1009.
TOO_MANY, TOO_BIG, UNKNOWN_BOOK, FORBIDDEN = 4008, 4009, 4404, 4403


class ChatConsumer(AsyncWebsocketConsumer):
    """One reader's connection to one book; at most one answer streams over it at a time."""

    channel_layer_alias = "none"

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Hand a message to its method. Channels would go to its shared thread first each time, to
        close connections to the database of which this consumer has none there."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()))
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in self.scope["headers"]
        }
        peer = self.scope.get("client") or ("", 0)
        self._address = reader_address(peer[0], headers)
        self._origin = foreign_origin(headers)
        self._book = self.scope["url_route"]["kwargs"]["book"]
        self._stream: asyncio.Task[None] | None = None
        self._streaming: uuid.UUID | None = None
        self._second, self._messages = 0, 0
        self._counted = self._closed = False
        await self.accept()
        try:
            await db(keeping.open_book, self._book, self._origin)
        except ChatError as error:
            log.info("socket_refused", code=error.code, origin=self._origin)
            await self._fail(error)
            await self._shut(UNKNOWN_BOOK if isinstance(error, NotFound) else FORBIDDEN)
            return
        self._counted = True
        metrics.OPEN_SOCKETS.inc()

    async def disconnect(self, code: int) -> None:
        if self._counted:
            metrics.OPEN_SOCKETS.dec()
        await self._cancel_stream()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take one message; whatever it holds, the answer is an event or a close, never a crash."""
        if self._closed:
            return
        if self._flooding():
            await self._shut(TOO_MANY)
        elif len(text_data or bytes_data or "") > MESSAGE_MAX:
            await self._shut(TOO_BIG)
        else:
            try:
                await self._handle(_decoded(text_data))
            except ChatError as error:
                await self._fail(error)

    async def _handle(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "ask":
                question = _valid(Question, {**message, "book": self._book})
                self._own(self._ask(question))
            case "resume":
                await self._cancel_stream()
                self._own(self._resume(_valid(Resume, message)))
            case "stop":
                if self._streaming is not None:
                    answering.stop(self._streaming)
            case other:
                raise QuestionInvalid(f"Unknown message type {other!r}."[:100])

    # ── streams ──────────────────────────────────────────────────────────────────────────────

    def _own(self, stream: Any) -> None:
        if self._stream is not None and not self._stream.done():
            stream.close()
            raise Conflict("An answer is still being written here. Stop it first.")
        self._stream = asyncio.create_task(self._guarded(stream))

    async def _guarded(self, stream: Any) -> None:
        """An error in a task of ours would be silent: the reader is told, the log keeps it."""
        try:
            await stream
        except ChatError as error:
            await self._fail(error)
        except Exception:
            log.exception("stream_failed")
            await self._fail(ChatError("Something went wrong here. Please try again."))

    async def _ask(self, question: Question) -> None:
        begun = await answering.ask(question, address=self._address, origin=self._origin)
        await self._relay(begun.answer, begun.token, -1)

    async def _resume(self, resume: Resume) -> None:
        await db(keeping.open_answer, resume.answer, resume.token, self._book)
        await self._relay(resume.answer, resume.token, resume.after)

    async def _relay(self, answer: uuid.UUID, token: str, after: int) -> None:
        self._streaming = answer
        async with aclosing(answering.follow(answer, token, after)) as events:
            async for event in events:
                await self._send(event)

    async def _cancel_stream(self) -> None:
        """Stop listening; the answer itself lives on for whoever comes back."""
        if self._stream is not None and not self._stream.done():
            self._stream.cancel()
            await asyncio.wait([self._stream])

    # ── the wire ─────────────────────────────────────────────────────────────────────────────

    async def _send(self, event: Event) -> None:
        with suppress(OSError):  # the reader has left, which "disconnect" is about to say
            await self.send(text_data=json.dumps(payload(event), ensure_ascii=False))

    async def _fail(self, error: ChatError) -> None:
        metrics.REFUSED_REQUESTS.labels(code=error.code).inc()
        retryable = error.status in (409, 429, 503)
        await self._send(AnswerFailed(error.code, error.message, retryable, error.retry_after))

    async def _shut(self, code: int) -> None:
        """Close; messages that were under way are then ignored."""
        self._closed = True
        await self.close(code)

    def _flooding(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        return self._messages > MESSAGES_PER_SECOND


def _decoded(text: str | None) -> dict[str, Any]:
    try:
        message = json.loads(text or "")
    except (ValueError, RecursionError):
        raise QuestionInvalid("A message must be one JSON object.") from None
    if not isinstance(message, dict):
        raise QuestionInvalid("A message must be one JSON object.")
    return message


def _valid(schema: Any, message: dict[str, Any]) -> Any:
    try:
        return schema.model_validate(message)
    except ValidationError as error:
        raise QuestionInvalid(explain(error)) from None


def explain(error: ValidationError) -> str:
    """The first complaint in words, without the input."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"] if part != "body")
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"

"""Our text models as models of the Agents SDK; backpressure and a deadline for any of the SDK's."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, cast

from agents import AgentOutputSchemaBase, Model, ModelResponse, ModelSettings, Tool, Usage
from agents.items import TResponseInputItem, TResponseStreamEvent
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseOutputMessage,
    ResponseOutputText,
    ResponseTextDeltaEvent,
    ResponseUsage,
)
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

from chat.errors import ModelError
from chat.llm.room import Room
from chat.llm.textmodel import Message, TextModel, Tokens

LONGEST_PHRASE = 200  # characters
_MARK = re.compile(r"[.!?…](?!\w)|[。！？؟۔।]")
_LETTER = re.compile(r"[^\W\d_]")

_ITEM = "text"


class SdkModel(Model):
    """Builds the events that the SDK expects of a model, the fewest that it accepts."""

    def __init__(self, model: TextModel) -> None:
        self._model = model

    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 - the SDK's name
        model_settings: ModelSettings,
        tools: Sequence[Tool] = (),  # noqa: ARG002 - there are none
        output_schema: AgentOutputSchemaBase | None = None,
        *_: Any,
        **__: Any,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The text as deltas, then one completed response."""
        messages = _messages(system_instructions, input)
        phrases = _Phrases()
        tokens: Tokens | None = None
        schema = output_schema.json_schema() if output_schema else None
        pieces = self._model.write(messages, max_tokens=model_settings.max_tokens, schema=schema)
        async with aclosing(pieces):
            try:
                async for piece in pieces:
                    if isinstance(piece, Tokens):
                        tokens = piece
                    elif phrase := phrases.add(piece):
                        yield _delta(phrase, phrases.count)
            except ModelError:
                if phrases.held:  # a sentence may be complete in it
                    yield _delta(phrases.held, phrases.count + 1)
                raise
        if phrases.held:
            yield _delta(phrases.held, phrases.count + 1)
        yield _completed(self._model.name, phrases.text(), tokens, phrases.count + 2)

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],  # noqa: A002 - the SDK's name
        model_settings: ModelSettings,
        *_: Any,
        **__: Any,
    ) -> ModelResponse:
        """The same text in one piece."""
        usage = Usage()
        text = ""
        async for event in self.stream_response(system_instructions, input, model_settings):
            if event.type == "response.output_text.delta":
                text += event.delta
            elif event.type == "response.completed" and (used := event.response.usage):
                usage = Usage(1, used.input_tokens, output_tokens=used.output_tokens)
        return ModelResponse(output=[_message(text)], usage=usage, response_id=None)


class PacedModel(Model):
    """Any model, held back while its reader is behind, and ended at its deadline.

    The SDK's queue between model and reader has no bound. Here each text delta takes a place in
    ``room`` and the reader releases it. A model that is held back stops reading its socket, so the
    provider is held back too.

    When the model breaks off, the failure waits until everything before it was read, since the SDK
    drops what is in its queue then. Its own timeout would start a task for each event.
    """

    def __init__(self, model: Model, room: Room, deadline_s: float) -> None:
        self._model = model
        self._room = room
        self._deadline_s = deadline_s

    async def get_response(self, *arguments: Any, **named: Any) -> ModelResponse:
        """In one piece, which cannot run ahead. Raises TimeoutError at the deadline."""
        async with asyncio.timeout(self._deadline_s):
            return await self._model.get_response(*arguments, **named)

    async def stream_response(
        self, *arguments: Any, **named: Any
    ) -> AsyncIterator[TResponseStreamEvent]:
        """The model's events, each text delta when there is room for it.

        Raises TimeoutError at the deadline.
        """
        deadline = asyncio.get_running_loop().time() + self._deadline_s
        stream = self._model.stream_response(*arguments, **named)
        async with aclosing(cast("AsyncGenerator[TResponseStreamEvent, None]", stream)) as events:
            try:
                while event := await self._next(events, deadline):
                    yield event
            except Exception:
                await self._room.emptied()
                raise

    async def _next(
        self, events: AsyncIterator[TResponseStreamEvent], deadline: float
    ) -> TResponseStreamEvent | None:
        async with asyncio.timeout_at(deadline):
            event = await anext(events, None)
            if event and event.type == "response.output_text.delta" and event.delta:
                await self._room.acquire()
            return event


class _Phrases:
    """Joins words until a sentence or a line may have ended: the first word of the next is there.

    An event of the SDK costs more than all the rest of a token, and a reader is shown sentences.
    The first word goes alone: it says that the model has begun.
    """

    def __init__(self) -> None:
        self.held = ""
        self.count = 0
        self._phrases: list[str] = []

    def add(self, piece: str) -> str:
        """A phrase that is worth an event, or nothing yet."""
        self.held += piece
        if self.count and len(self.held) < LONGEST_PHRASE and not _may_end(self.held):
            return ""
        phrase, self.held = self.held, ""
        self._phrases.append(phrase)
        self.count += 1
        return phrase

    def text(self) -> str:
        return "".join(self._phrases) + self.held


def _may_end(text: str) -> bool:
    mark = _MARK.search(text)
    return "\n" in text or bool(mark and _LETTER.search(text, mark.end()))


def _messages(instructions: str | None, items: str | list[TResponseInputItem]) -> list[Message]:
    turns = [{"role": "user", "content": items}] if isinstance(items, str) else items
    system = [{"role": "system", "content": instructions}] if instructions else []
    return system + [
        {"role": turn["role"], "content": turn["content"]} for turn in cast("list[Message]", turns)
    ]


def _delta(text: str, number: int) -> ResponseTextDeltaEvent:
    return ResponseTextDeltaEvent(
        type="response.output_text.delta",
        delta=text,
        item_id=_ITEM,
        output_index=0,
        content_index=0,
        sequence_number=number,
        logprobs=[],
    )


def _message(text: str) -> ResponseOutputMessage:
    content = ResponseOutputText(type="output_text", text=text, annotations=[])
    return ResponseOutputMessage(
        id=_ITEM, type="message", role="assistant", status="completed", content=[content]
    )


def _completed(model: str, text: str, tokens: Tokens | None, number: int) -> ResponseCompletedEvent:
    response = Response(
        id=_ITEM,
        created_at=time.time(),
        model=model,
        object="response",
        output=[_message(text)],
        parallel_tool_calls=False,
        tool_choice="none",
        tools=[],
        usage=_usage(tokens) if tokens else None,
    )
    return ResponseCompletedEvent(
        type="response.completed", response=response, sequence_number=number
    )


def _usage(tokens: Tokens) -> ResponseUsage:
    return ResponseUsage(
        input_tokens=tokens.input,
        input_tokens_details=InputTokensDetails(cached_tokens=0, cache_write_tokens=0),
        output_tokens=tokens.output,
        output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
        total_tokens=tokens.input + tokens.output,
    )

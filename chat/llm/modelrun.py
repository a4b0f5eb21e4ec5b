"""The door to the Agents SDK: one run without tools, its text as deltas, its failures as ours.

The SDK takes most of a second to import, so it is imported by what answers, not by this module.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing, contextmanager
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings

from chat.llm.faults import Fault, model_error
from chat.llm.room import Room
from chat.llm.textmodel import TextModel
from chat.prompts import CHARACTERS_PER_TOKEN, MAX_OUTPUT_TOKENS, Prompt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents import Agent, Model, RunResultStreaming
    from agents.items import TResponseInputItem, TResponseStreamEvent

UNREAD_DELTAS = 256


@dataclass(frozen=True)
class Usage:
    """Tokens of one run. ``estimated`` when the provider did not count them or was cut short."""

    input_tokens: int
    output_tokens: int
    estimated: bool


class ModelRun:
    """One agent run without tools. ``deltas`` may be iterated once, or ``output`` awaited."""

    def __init__(
        self,
        prompt: Prompt,
        model: TextModel | Model,
        deadline_s: float,
        output_type: type[Any] | None = None,
    ) -> None:
        self.model = str(getattr(model, "name", type(model).__name__))
        self._prompt = prompt
        self._text_model = model
        self._deadline_s = deadline_s
        self._output_type = output_type
        self._output: Any = None
        self._written = 0
        self._counted: Usage | None = None

    @property
    def usage(self) -> Usage:
        """What the run has used so far."""
        if self._counted:
            return self._counted
        asked = len(self._prompt.instructions) + sum(
            len(turn["content"]) for turn in self._prompt.input
        )
        return Usage(_estimate(asked), _estimate(self._written), estimated=True)

    async def deltas(self) -> AsyncGenerator[str, None]:
        """The answer's text as it arrives.

        Raises ModelError for every failure of the model, its provider or the SDK. Cancelling the
        consuming task or closing the iterator cancels the call at the provider: wrap it in
        ``contextlib.aclosing``, for leaving a loop early closes nothing.
        """
        room = Room(UNREAD_DELTAS)
        agent = _agent_for(self._prompt, self._output_type)
        agent.model = _paced(self._text_model, room, self._deadline_s)
        result = _start(agent, self._prompt)
        events = cast("AsyncGenerator[Any, None]", result.stream_events())
        try:
            with _own_errors():
                async for event in events:
                    if event.type != "raw_response_event":
                        continue
                    if text := self._read(event.data):
                        room.release()
                        yield text
                self._output = result.final_output
        finally:
            result.cancel()
            await events.aclose()

    async def output(self) -> Any:
        """The whole answer, of the run's ``output_type``.

        Raises ModelError as ``deltas`` does, and for text that is not of that type.
        """
        async with aclosing(self.deltas()) as deltas:
            async for _ in deltas:
                pass
        return self._output

    def _read(self, event: TResponseStreamEvent) -> str:
        if event.type == "response.output_text.delta":
            self._written += len(event.delta)
            return event.delta
        if event.type == "response.completed" and (counted := event.response.usage):
            self._counted = Usage(counted.input_tokens, counted.output_tokens, estimated=False)
        return ""


class OwnRun(ModelRun):
    """A text that is made in this process. Nothing steers it, so it needs no agent."""

    @property
    def usage(self) -> Usage:
        """Nothing was asked of anybody."""
        return Usage(0, 0, estimated=False)

    async def deltas(self) -> AsyncGenerator[str, None]:
        """The text as it is made, without the SDK. Raises what its making raises."""
        assert isinstance(self._text_model, TextModel)
        async with aclosing(self._text_model.write([], max_tokens=None)) as pieces:
            async for piece in pieces:
                if isinstance(piece, str):
                    yield piece


def run(
    prompt: Prompt,
    model: TextModel | Model,
    *,
    deadline_s: float,
    output_type: type[Any] | None = None,
) -> ModelRun:
    """Prepare one answer of ``model``; nothing is sent before its deltas or output are read.

    ``output_type`` is a pydantic model: then JSON of its shape is asked for.
    """
    kind = OwnRun if getattr(model, "own", False) else ModelRun
    return kind(prompt, model, deadline_s, output_type)


def provider_model() -> TextModel | None:
    """The configured provider's model, or None without ``OPENAI_API_KEY``."""
    if not settings.OPENAI_API_KEY:
        return None
    return _provider_model(
        settings.RAGBOOK_MODEL, settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY
    )


@lru_cache(maxsize=8)
def _provider_model(name: str, base_url: str, api_key: str) -> TextModel:
    from chat.llm.completions import ChatCompletions

    return ChatCompletions(name, base_url=base_url, api_key=api_key)


def _start(agent: Agent[None], prompt: Prompt) -> RunResultStreaming:
    from agents import RunConfig, Runner

    return Runner.run_streamed(
        agent,
        cast("list[TResponseInputItem]", prompt.input),
        max_turns=1,
        run_config=RunConfig(tracing_disabled=True),
    )


def _agent_for(prompt: Prompt, output_type: type[Any] | None) -> Agent[None]:
    """An agent of this run's own: one that runs share would be checked against each of them at
    every start and end."""
    agent = copy(_agent())
    agent.instructions = prompt.instructions
    agent.output_type = output_type
    return agent


def _paced(model: TextModel | Model, room: Room, deadline_s: float) -> Model:
    from chat.llm.sdkmodel import PacedModel, SdkModel

    sdk_model = SdkModel(model) if isinstance(model, TextModel) else model
    return PacedModel(sdk_model, room, deadline_s)


@lru_cache
def _agent() -> Agent[None]:
    """What the agents of all answers have in common, checked by the SDK once: that takes longer
    than the rest of a start."""
    from agents import Agent, ModelSettings

    bounds = ModelSettings(max_tokens=MAX_OUTPUT_TOKENS, store=False)
    return Agent(name="ragbook", model_settings=bounds)


@contextmanager
def _own_errors() -> Iterator[None]:
    """What the SDK and the HTTP packages raise, as ModelError; a bug of ours stays what it is."""
    import httpx2
    import openai
    from agents.exceptions import AgentsException

    try:
        yield
    except TimeoutError as error:
        raise model_error(Fault.DEADLINE) from error
    except httpx2.TimeoutException as error:
        raise model_error(Fault.TIMEOUT, repr(error)) from error
    except (httpx2.HTTPError, openai.APIConnectionError) as error:
        raise model_error(Fault.UNREACHABLE, repr(error)) from error
    except (AgentsException, openai.OpenAIError, json.JSONDecodeError) as error:
        raise model_error(Fault.SDK, repr(error)) from error


def _estimate(characters: int) -> int:
    return math.ceil(characters / CHARACTERS_PER_TOKEN)

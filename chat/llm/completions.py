"""Chat Completions over HTTP, strict: an answer that was cut, empty or not a stream is an error.

The SDK's stock model reports most of those as success, and spends several times the processor time
on each chunk (``benchmarks/model_overhead.py`` prints the ratio).
"""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from chat.errors import ModelError
from chat.llm.eventstream import EventStream
from chat.llm.faults import Fault, model_error
from chat.llm.textmodel import JsonSchema, Message, TextModel, Tokens

OPENAI_HOST = "api.openai.com"
RETRIED_STATUSES = {408, 409, 425, 429, 500, 502, 503, 504, 529}
# Fields that some servers do not know. Left out after a 400 that names them. ``store`` is not
# among them: an answer that would be kept by the provider is not worth having.
OPTIONAL_FIELDS = (
    "stream_options",
    "reasoning_effort",
    "max_completion_tokens",
    "max_tokens",
    "response_format",
)
BAD_ENDS = {
    "length": Fault.LENGTH,
    "content_filter": Fault.FILTERED,
    "error": Fault.PROVIDER,
    "tool_calls": Fault.MALFORMED,
    "function_call": Fault.MALFORMED,
}

_Body: TypeAlias = Callable[[], dict[str, Any]]
"""Makes a request's body of the fields that the server is not known to refuse."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Times in seconds. ``read_s`` bounds the silence between two chunks, not the whole answer.

    ``connect_s`` bounds all that comes before the request is sent: a free connection, the name,
    the address and the certificate.
    """

    connect_s: float = 5.0
    read_s: float = 20.0
    trailer_s: float = 2.0
    retry_pause_s: float = 0.5
    longest_retry_after_s: float = 5.0
    max_characters: int = 32_000
    max_connections: int = 1024


class ChatCompletions(TextModel):
    """Streams from ``{base_url}/chat/completions``; one HTTP session for each event loop."""

    def __init__(
        self, name: str, *, base_url: str, api_key: str, bounds: Bounds | None = None
    ) -> None:
        self.name = name
        self.bounds = bounds or Bounds()
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Accept": "text/event-stream",
            "Accept-Encoding": "identity",  # a compressing proxy would hold chunks back
        }
        self._refused_fields: set[str] = set()
        self._sessions: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Session] = (
            weakref.WeakKeyDictionary()
        )

    async def write(
        self, messages: list[Message], *, max_tokens: int | None, schema: JsonSchema | None = None
    ) -> AsyncGenerator[str | Tokens, None]:
        """The answer's pieces as they arrive, one for each network read.

        Raises ModelError for every way in which the provider can fail. Closing the generator
        closes the connection, which ends the answer at the provider.
        """
        async with self._response(partial(self._body, messages, max_tokens, schema)) as response:
            answer = _Answer(self.bounds.max_characters)
            chunks = _translated(response.content.iter_any())
            async for chunk in chunks:
                if text := answer.feed(chunk):
                    yield text
                if answer.fault:
                    raise answer.fault
                if answer.ended:
                    await _read_trailer(answer, chunks, self.bounds.trailer_s)
                    break
            if text := answer.finish():
                yield text
            if answer.tokens:
                yield answer.tokens

    async def close(self) -> None:
        """Close the running loop's connections."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session:
            await session.life.aclose()

    @asynccontextmanager
    async def _response(self, body: _Body) -> AsyncIterator[aiohttp.ClientResponse]:
        response = await self._opened(body)
        try:
            _check_type(response)
            yield response
        finally:
            response.close()  # one that was read to its end has given its connection back

    async def _opened(self, body: _Body) -> aiohttp.ClientResponse:
        """A response with status 200. One more attempt where nothing was answered yet, and one for
        each optional field that the server turns out not to know."""
        retried = False
        while True:
            try:
                return await self._attempt(body())
            except _TryAgain as again:
                if retried and not again.adapted:
                    raise again.error from again.__cause__
                retried = retried or not again.adapted
                await asyncio.sleep(again.pause_s)

    async def _attempt(self, body: dict[str, Any]) -> aiohttp.ClientResponse:
        try:
            session = await self._session()
            response = await session.post(self._url, json=body, allow_redirects=False)
        except aiohttp.SocketTimeoutError as error:
            raise model_error(Fault.TIMEOUT, _described(error)) from error
        except aiohttp.ClientError as error:
            unreachable = model_error(Fault.UNREACHABLE, _described(error))
            raise _TryAgain(unreachable, self.bounds.retry_pause_s) from error
        if response.status == 200:
            return response
        raise await self._refusal(response, body)

    async def _refusal(self, response: aiohttp.ClientResponse, body: dict[str, Any]) -> Exception:
        said = await _error_text(response)
        if response.status == 400 and (fields := _named_fields(said, body)):
            self._refused_fields |= fields
            return _TryAgain(model_error(Fault.REJECTED, said), 0.0, adapted=True)
        error = _status_error(response, said)
        pause = _retry_after(response)
        if response.status not in RETRIED_STATUSES or not error.retryable:
            return error
        if pause is not None and pause > self.bounds.longest_retry_after_s:
            return error
        return _TryAgain(error, self.bounds.retry_pause_s if pause is None else pause)

    def _body(
        self, messages: list[Message], max_tokens: int | None, schema: JsonSchema | None = None
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.name,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        official = urlsplit(self._url).hostname == OPENAI_HOST
        if official:
            body["store"] = False
            if self.name.startswith(("gpt-5", "o1", "o3", "o4")):
                body["reasoning_effort"] = "low"  # the facts are in the passages already
        if max_tokens:
            body[self._tokens_field(official)] = max_tokens
        if schema:
            shape = {"name": "reply", "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        return {name: value for name, value in body.items() if name not in self._refused_fields}

    def _tokens_field(self, official: bool) -> str:
        names = ("max_completion_tokens", "max_tokens")
        preferred, other = names if official else names[::-1]
        return other if preferred in self._refused_fields else preferred

    async def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        session = self._sessions.get(loop)
        if session is None:
            life = _session_life(self._url, self._headers, self.bounds)
            session = self._sessions[loop] = _Session(life, await anext(life))
        return session.session


class _TryAgain(Exception):
    def __init__(self, error: ModelError, pause_s: float, *, adapted: bool = False) -> None:
        super().__init__(error.message)
        self.error = error
        self.pause_s = pause_s
        self.adapted = adapted


class _Answer:
    """What has arrived of one answer, and whether it may be believed."""

    def __init__(self, max_characters: int) -> None:
        self.ended = False
        self.fault: ModelError | None = None
        self.tokens: Tokens | None = None
        self._events = EventStream()
        self._left = max_characters
        self._wrote = False

    def feed(self, chunk: bytes) -> str:
        """The text that ``chunk`` adds, up to the first ``fault`` in it."""
        return "".join(self._texts(self._events.feed(chunk)))

    def finish(self) -> str:
        """The last text. Raises ModelError when the stream stopped short of its end."""
        text = "".join(self._texts(self._events.finish()))
        if self.fault and not self.ended:
            raise self.fault
        if not self._wrote:
            raise model_error(Fault.EMPTY)
        if not self.ended:
            raise model_error(Fault.CUT, "the stream ended without a finish_reason")
        return text

    def _texts(self, events: Iterable[str]) -> Iterator[str]:
        try:
            for data in events:
                yield self._take(data)
        except ModelError as error:
            self.fault = error

    def _take(self, data: str) -> str:
        if data == "[DONE]":
            return ""
        chunk = _parsed(data)
        if error := chunk.get("error"):
            raise model_error(Fault.PROVIDER, str(error)[:500])
        self._count(chunk.get("usage"))
        choices = chunk.get("choices")
        if not choices:
            return ""
        try:
            return self._choice(choices[0])
        except (AttributeError, KeyError, TypeError) as error:
            raise model_error(Fault.MALFORMED, "a chunk of another shape") from error

    def _choice(self, choice: dict[str, Any]) -> str:
        if self.ended:
            return ""  # a chunk sent twice
        delta = choice.get("delta") or {}
        if delta.get("refusal"):
            raise model_error(Fault.FILTERED, "the model refused")
        text = delta.get("content") or ""
        if not isinstance(text, str):
            raise model_error(Fault.MALFORMED, "content that is not text")
        self._left -= len(text)
        if self._left < 0:
            raise model_error(Fault.OVERSIZED)
        self._wrote = self._wrote or bool(text.strip())
        self._end(choice.get("finish_reason"))
        return text

    def _end(self, reason: str | None) -> None:
        if not reason:
            return
        if fault := BAD_ENDS.get(reason):
            raise model_error(fault, f"finish_reason={reason}")
        self.ended = True

    def _count(self, usage: Any) -> None:
        if not isinstance(usage, dict):
            return
        asked, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if isinstance(asked, int) and isinstance(written, int) and asked + written > 0:
            self.tokens = Tokens(asked, written)


async def _read_trailer(answer: _Answer, chunks: AsyncIterator[bytes], limit_s: float) -> None:
    """Usage comes after the last text, and a connection read to its end serves the next question.

    The answer is whole already: no fault here may spoil it.
    """
    with suppress(TimeoutError, ModelError):
        async with asyncio.timeout(limit_s):
            async for chunk in chunks:
                answer.feed(chunk)


async def _translated(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in chunks:
            yield chunk
    except aiohttp.ClientError as error:
        fault = Fault.TIMEOUT if isinstance(error, TimeoutError) else Fault.CUT
        raise model_error(fault, _described(error)) from error


@dataclass(frozen=True, slots=True)
class _Session:
    life: AsyncGenerator[aiohttp.ClientSession, None]
    session: aiohttp.ClientSession


async def _session_life(
    url: str, headers: dict[str, str], bounds: Bounds
) -> AsyncGenerator[aiohttp.ClientSession, None]:
    """A session that is closed with its event loop: a loop that ends closes its generators."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=bounds.max_connections),
        timeout=aiohttp.ClientTimeout(connect=bounds.connect_s, sock_read=bounds.read_s),
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        proxy=_proxy(url),
    ) as session:
        yield session


def _proxy(url: str) -> str | None:
    """The proxy that the environment names, looked up once.

    The package's own look-up takes a thread for each request, and would let a password for the host
    in ``.netrc`` stand against the key.
    """
    address = urlsplit(url)
    return None if proxy_bypass(address.hostname or "") else getproxies().get(address.scheme)


def _check_type(response: aiohttp.ClientResponse) -> None:
    kind = response.headers.get("content-type", "text/event-stream")
    if not kind.lower().startswith("text/event-stream"):
        raise model_error(Fault.WRONG_TYPE, f"content type {kind!r}")


def _described(error: aiohttp.ClientError) -> str:
    """For the log. Not its ``repr``, which can hold the request's headers and so the key."""
    return f"{type(error).__name__}: {error}"


def _status_error(response: aiohttp.ClientResponse, said: str) -> ModelError:
    status = response.status
    pause = _retry_after(response)
    whole_pause = None if pause is None else int(-(-pause // 1))
    return model_error(
        _status_fault(status, said), f"HTTP {status}: {said}", retry_after=whole_pause
    )


def _status_fault(status: int, said: str) -> Fault:
    if status == 402 or "insufficient_quota" in said:
        return Fault.QUOTA
    if status == 429:
        return Fault.RATE_LIMITED
    if status in RETRIED_STATUSES or status >= 500:
        return Fault.SERVER
    return Fault.UNAUTHORIZED if status in {401, 403} else Fault.REJECTED


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Seconds. A date is not understood: the providers send seconds."""
    try:
        return min(max(float(response.headers["retry-after"]), 0.0), 3600.0)
    except (KeyError, ValueError):
        return None


async def _error_text(response: aiohttp.ClientResponse) -> str:
    """The first 2,000 bytes of what the server says about its refusal."""
    said = b""
    try:
        async for chunk in response.content.iter_any():
            said += chunk
            if len(said) >= 2000:
                break
    except aiohttp.ClientError:
        pass  # the status alone must do
    finally:
        response.close()
    return said[:2000].decode(errors="replace")


def _named_fields(said: str, body: dict[str, Any]) -> set[str]:
    return {name for name in OPTIONAL_FIELDS if name in body and name in said}


def _parsed(data: str) -> dict[str, Any]:
    try:
        chunk = json.loads(data)
    except ValueError as error:
        raise model_error(Fault.MALFORMED, "a chunk is not JSON") from error
    if not isinstance(chunk, dict):
        raise model_error(Fault.MALFORMED, "a chunk is not an object")
    return chunk

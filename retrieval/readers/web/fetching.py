"""Polite requests to one site: paced, bounded, repeated when asked to, never led elsewhere."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from types import TracebackType
from urllib.parse import urljoin

import httpx
from protego import Protego

from retrieval.errors import SourceError
from retrieval.readers.web.address import is_private, is_public, origin_of

AGENT = "ragbook"
HEADERS = {"User-Agent": f"{AGENT} (reads a site for the chatbot of its own book)"}
TIMEOUT = httpx.Timeout(20, connect=10)
LONGEST = 120.0
"""Seconds for one answer as a whole, and for one wait that a server asks for."""

PAUSE = 0.2
"""Seconds between two requests unless robots.txt asks for more."""

REDIRECTS = 5
WAITS = (1.0, 2.0, 4.0)
BUSY = frozenset({429, 500, 502, 503, 504})


class NotFetched(Exception):
    """This address gives no page and will not when asked again; the reason is one or two words."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class _Repeat(Exception):
    """The server is busy or did not answer; ``after`` is what it asked for in seconds."""

    def __init__(self, cause: str, after: float | None = None) -> None:
        super().__init__(cause)
        self.after = after


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered, after redirects, its body decompressed."""

    url: str
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def content_type(self) -> str:
        kind, _, _ = str(self.headers.get("content-type", "")).partition(";")
        return kind.strip().lower()

    @property
    def charset(self) -> str:
        _, _, said = str(self.headers.get("content-type", "")).partition("charset=")
        return said.partition(";")[0].strip(" \"'")


class Fetcher:
    """Requests to the origin of ``start`` alone; a context manager that closes its connections.

    A machine that is not public is refused unless ``start`` itself names one: by default that is
    found out by its name. ``sleep`` waits for so many seconds.
    """

    def __init__(
        self,
        start: str,
        *,
        private: bool | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.pause = PAUSE
        self._origin = origin_of(start)
        names_private = is_private(self._origin.host, self._origin.port)
        self._private = names_private if private is None else private
        self._robots = Protego.parse("")
        self._sleep = sleep
        self._next = 0.0
        # Without the environment's proxies, behind which nobody could tell a private machine.
        self._client = httpx.Client(
            headers=HEADERS, timeout=TIMEOUT, trust_env=False, verify=_certificates()
        )

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def obey(self, robots: Protego) -> None:
        """Keep to a robots.txt: its pauses if they are longer, and what it does not allow."""
        rate = robots.request_rate(AGENT)
        asked = rate.seconds / rate.requests if rate and rate.requests else 0.0
        self.pause = max(self.pause, asked, robots.crawl_delay(AGENT) or 0.0)
        self._robots = robots

    def get(self, url: str, limit: int, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer of at most ``limit`` bytes, redirects followed inside the site.

        Raises ``NotFetched`` when the address leads elsewhere, where robots.txt does not allow it,
        in a circle or to too much, and ``SourceError`` when the server does not answer after
        several tries.
        """
        for _ in range(REDIRECTS + 1):
            if origin_of(url) != self._origin:
                raise NotFetched("elsewhere", url)
            if not self._robots.can_fetch(url, AGENT):
                raise NotFetched("robots.txt", url)
            reply = self._patiently(url, limit, headers or {})
            if not reply.headers.get("location") or not 300 <= reply.status < 400:
                return reply
            url = urljoin(url, reply.headers["location"])
        raise NotFetched("endless redirect", url)

    def _patiently(self, url: str, limit: int, headers: Mapping[str, str]) -> Reply:
        cause = ""
        for wait in (*WAITS, None):
            try:
                return self._once(url, limit, headers)
            except _Repeat as repeat:
                cause = str(repeat)
                if wait is not None:
                    self._sleep(min(repeat.after or wait, LONGEST))
        raise SourceError(
            f"{url} does not answer: {cause}.",
            "Try again later; pages that were fetched are kept and not fetched anew.",
        )

    def _once(self, url: str, limit: int, headers: Mapping[str, str]) -> Reply:
        self._wait_for_turn()
        try:
            with self._client.stream("GET", url, headers=dict(headers)) as response:
                self._check_machine(response)
                if response.status_code in BUSY:
                    raise _Repeat(f"status {response.status_code}", _retry_after(response))
                body = _body(response, limit)
        except httpx.HTTPError as error:
            raise _Repeat(str(error) or type(error).__name__) from error
        return Reply(url, response.status_code, response.headers, body)

    def _wait_for_turn(self) -> None:
        now = time.monotonic()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self.pause

    def _check_machine(self, response: httpx.Response) -> None:
        """A public name can lead to a private machine: what counts is who answered."""
        machine = response.extensions["network_stream"].get_extra_info("server_addr")[0]
        if not self._private and not is_public(machine):
            raise SourceError(
                f"{response.url.host} leads to the private machine {machine}.",
                "Give the address of that machine if it is meant.",
            )


@cache
def _certificates() -> ssl.SSLContext:
    """The authorities that are trusted; reading them takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)


def _body(response: httpx.Response, limit: int) -> bytes:
    if response.status_code != HTTPStatus.OK:
        return b""
    started = time.monotonic()
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > limit:
            raise NotFetched("too large", f"over {limit // 1024 // 1024} MB")
        if time.monotonic() - started > LONGEST:
            raise _Repeat(f"not complete after {LONGEST:.0f} s")
    return bytes(body)


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds of a ``Retry-After`` header, which holds a number or a date."""
    said = response.headers.get("retry-after", "").strip()
    if said.isdecimal():
        return float(said)
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    return None

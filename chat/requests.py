"""Who is asking: the reader's address and the embedding site, read from an ASGI scope's headers."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest

from chat.limits import client_address

NO_ADDRESS = "unknown"
"""Whoever comes over a Unix socket whose proxy names nobody: all of them count as one reader."""


def reader_address(peer: str, headers: Mapping[str, str]) -> str:
    """The reader's address, never empty: only commands of ours ask without one."""
    forwarded = headers.get("x-forwarded-for", "")
    return client_address(peer, forwarded, settings.RAGBOOK_TRUSTED_PROXIES) or NO_ADDRESS


def address_of(request: HttpRequest) -> str:
    """The reader's address, of a request over HTTP."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return reader_address(request.META.get("REMOTE_ADDR", ""), headers)


def foreign_origin(headers: Mapping[str, str]) -> str:
    """The embedding site ("https://host[:port]"), or nothing for a page of this very host."""
    origin = headers.get("origin", "")
    host = origin.partition("://")[2]
    return "" if host == headers.get("host", "") else origin

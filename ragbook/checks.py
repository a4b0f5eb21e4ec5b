"""Start-up checks of the settings: a wrong one is told with an id and the way out.

``manage.py`` runs them before its commands, ``ragbook.asgi`` before it serves.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any

import structlog
from django.conf import settings
from django.core import checks
from django.core.management.base import SystemCheckError

from retrieval.checks import SETTINGS, in_clear, is_http, parsed

log = structlog.get_logger(__name__)

LOCAL_HOSTS = {"localhost", ".localhost", "127.0.0.1", "[::1]", "::1", "testserver"}
JUDGES = ("local", "llm", "both")
LOG_FORMATS = ("json", "text")
RATES = (
    "RAGBOOK_ADDRESS_RATE",
    "RAGBOOK_BOOK_RATE",
    "RAGBOOK_CONVERSATION_RATE",
    "RAGBOOK_LOGIN_RATE",
)
RATE = re.compile(r"[1-9]\d*/\d*[smhd]")
REDIS_SCHEMES = ("redis", "rediss", "unix")
RANGES = {
    "RAGBOOK_DAILY_TOKENS": (0, 10**12),
    "RAGBOOK_DEADLINE_S": (5, 600),
    "RAGBOOK_JUDGE_S": (1, 60),
    "RAGBOOK_JUDGE_TOKENS": (1_000, 100_000),
    "RAGBOOK_KEEP_EDITIONS": (2, 1_000),
    "RAGBOOK_LINGER_S": (0, 300),
    "RAGBOOK_MONTHLY_TOKENS": (0, 10**12),
    "RAGBOOK_PROOF_WORK": (1, 100_000),
    "RAGBOOK_QDRANT_REPLICAS": (1, 16),
    "RAGBOOK_QDRANT_SHARDS": (1, 128),
    "RAGBOOK_RETENTION_DAYS": (1, 36_500),
    "RAGBOOK_TRUSTED_PROXIES": (0, 10),
    "DB_POOL_SIZE": (1, 200),
}
VARIABLES = {"DB_POOL_SIZE": "RAGBOOK_DB_POOL"}


def refuse_wrong_settings() -> None:
    """Run every check: log warnings, raise ``SystemCheckError`` for errors.

    For servers, which import the application and never come through ``manage.py``.
    """
    found = checks.run_checks()
    for message in found:
        if not message.is_serious():
            log.warning("check", id=message.id, message=str(message.msg), hint=message.hint)
    if serious := [message for message in found if message.is_serious()]:
        raise SystemCheckError("\n".join(map(str, serious)))


@checks.register(SETTINGS)
def debug_is_private(**_: Any) -> Iterable[checks.CheckMessage]:
    if settings.DEBUG and (hosts := public_hosts()):
        yield checks.Error(
            f"DEBUG is on while ALLOWED_HOSTS names {', '.join(hosts)}.",
            hint="Unset DEBUG: its error pages show settings and code to everybody.",
            id="ragbook.E001",
        )


@checks.register(SETTINGS)
def secret_key_is_given(**_: Any) -> Iterable[checks.CheckMessage]:
    if public_hosts() and not settings.SECRET_KEY_FROM_ENV:
        yield checks.Warning(
            "The secret key was made in the data folder.",
            hint="Set SECRET_KEY or SECRET_KEY_FILE: processes with data folders of their own "
            "would not know each other's conversation tokens.",
            id="ragbook.W001",
        )


@checks.register(SETTINGS)
def rates_are_readable(**_: Any) -> Iterable[checks.CheckMessage]:
    for name in RATES:
        value = getattr(settings, name)
        if not RATE.fullmatch(value):
            yield checks.Error(
                f"{name}={value!r} is not a rate.",
                hint="Write a count, a slash and a period: 30/m, 600/h, 5/10s.",
                id="ragbook.E002",
            )


@checks.register(SETTINGS)
def sources_are_named_in_full(**_: Any) -> Iterable[checks.CheckMessage]:
    for source in settings.RAGBOOK_SOURCES:
        if not (source.startswith("/") or is_http(source)):
            yield checks.Error(
                f"RAGBOOK_SOURCES names {source!r}, which is neither a full path nor an address.",
                hint="Write /srv/books/my-book, /srv/books/* or https://docs.example.org/guide/.",
                id="ragbook.E010",
            )


@checks.register(SETTINGS)
def choices_are_known(**_: Any) -> Iterable[checks.CheckMessage]:
    for name, known in (("RAGBOOK_JUDGE", JUDGES), ("RAGBOOK_LOG_FORMAT", LOG_FORMATS)):
        value = getattr(settings, name)
        if value not in known:
            yield checks.Error(
                f"{name}={value!r} is unknown.",
                hint=f"Known: {', '.join(known)}.",
                id="ragbook.E003",
            )


@checks.register(SETTINGS)
def numbers_are_in_range(**_: Any) -> Iterable[checks.CheckMessage]:
    for name, (least, most) in RANGES.items():
        value = getattr(settings, name)
        if not least <= value <= most:
            yield checks.Error(
                f"{VARIABLES.get(name, name)}={value} is out of range.",
                hint=f"Choose a number from {least} to {most}.",
                id="ragbook.E004",
            )


@checks.register(SETTINGS)
def redis_address_is_one(**_: Any) -> Iterable[checks.CheckMessage]:
    scheme = parsed(settings.REDIS_URL).scheme
    if settings.REDIS_URL and scheme not in REDIS_SCHEMES:
        yield checks.Error(
            f"REDIS_URL begins with {scheme or 'no scheme'!r}.",
            hint="Write redis://host:6379/0, or rediss:// for TLS.",
            id="ragbook.E005",
        )


@checks.register(SETTINGS)
def model_address_is_one(**_: Any) -> Iterable[checks.CheckMessage]:
    url = settings.OPENAI_BASE_URL
    if not is_http(url):
        yield checks.Error(
            "OPENAI_BASE_URL is not an http address.",
            hint="Write the address up to and with its version: https://api.openai.com/v1.",
            id="ragbook.E006",
        )
    elif settings.OPENAI_API_KEY and in_clear(url):
        yield checks.Warning(
            f"OPENAI_API_KEY would travel to {parsed(url).hostname} in clear.",
            hint="Use https:// in OPENAI_BASE_URL.",
            id="ragbook.W002",
        )


@checks.register(SETTINGS)
def model_judge_has_a_model(**_: Any) -> Iterable[checks.CheckMessage]:
    if settings.RAGBOOK_JUDGE in ("llm", "both") and not settings.OPENAI_API_KEY:
        yield checks.Error(
            f"RAGBOOK_JUDGE={settings.RAGBOOK_JUDGE!r} asks a model, and there is no key for one.",
            hint="Set OPENAI_API_KEY or OPENAI_API_KEY_FILE, or RAGBOOK_JUDGE=local.",
            id="ragbook.E009",
        )


@checks.register(SETTINGS)
def neon_is_used_as_it_wants(**_: Any) -> Iterable[checks.CheckMessage]:
    database = settings.DATABASES["default"]
    host = database.get("HOST", "")
    if not host.endswith(".neon.tech"):
        return
    if database.get("OPTIONS", {}).get("sslmode") not in ("require", "verify-ca", "verify-full"):
        yield checks.Error(
            "DATABASE_URL does not ask for an encrypted connection to Neon.",
            hint="Append ?sslmode=require, as Neon's console shows it.",
            id="ragbook.E007",
        )
    direct = settings.DATABASE_URL_UNPOOLED
    if "-pooler." in (direct or host):
        yield checks.Warning(
            "Migrations would run through Neon's connection pooler.",
            hint="Set DATABASE_URL_UNPOOLED to the address without -pooler in its host.",
            id="ragbook.W003",
        )


@checks.register(SETTINGS)
def readers_are_told_apart(**_: Any) -> Iterable[checks.CheckMessage]:
    if settings.RAGBOOK_HTTPS and not settings.RAGBOOK_TRUSTED_PROXIES:
        yield checks.Warning(
            "There is a proxy (RAGBOOK_HTTPS=1), and all readers would share its address.",
            hint="Set RAGBOOK_TRUSTED_PROXIES to the number of proxies before this process.",
            id="ragbook.W004",
        )


@checks.register(SETTINGS)
def collector_address_is_one(**_: Any) -> Iterable[checks.CheckMessage]:
    url = settings.OTEL_EXPORTER_OTLP_ENDPOINT
    if url and not is_http(url):
        yield checks.Error(
            "OTEL_EXPORTER_OTLP_ENDPOINT is not an http address.",
            hint="Write http://collector:4318.",
            id="ragbook.E011",
        )


@checks.register(SETTINGS)
def data_folder_is_writable(**_: Any) -> Iterable[checks.CheckMessage]:
    folder = settings.RAGBOOK_DATA
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        yield checks.Error(
            f"The data folder {folder} cannot be written.",
            hint="Set RAGBOOK_DATA to a folder that this user owns; in a container, to a volume.",
            id="ragbook.E008",
        )


def public_hosts() -> list[str]:
    """The allowed hosts by which other machines can reach this one."""
    return [host for host in settings.ALLOWED_HOSTS if host not in LOCAL_HOSTS]

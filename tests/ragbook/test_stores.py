"""The stores of production, really running: the whole main job on Postgres, limits on Redis.

``.ci/run`` starts both. Elsewhere these tests are skipped unless the variables name a server.
"""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks.servers import environment_for, manage
from chat.errors import LimitReached
from chat.limits import spend
from tests.books import write_book


def server(variable: str) -> str:
    """The address in the variable; without one a skip, or in CI a failure."""
    address = os.environ.get(variable, "")
    if not address:
        reason = f"{variable} names no server"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return address


@pytest.mark.postgres
def test_a_book_is_ingested_and_answers_on_postgres(tmp_path: Path) -> None:
    admin_url = server("RAGBOOK_TEST_POSTGRES")
    name = f"stores_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            environment = environment_for(tmp_path, f"{admin_url.rpartition('/')[0]}/{name}")
            manage(environment, "migrate", "--verbosity", "0")
            source = str(write_book(tmp_path / "robots"))
            manage(environment, "ingest_book", source, "--book", "robots")
            question = "How do I list the names of all running nodes?"
            answer = json.loads(manage(environment, "ask_book", "robots", question, "--json"))
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    assert answer["outcome"] == "quoted"
    assert "ros2 node list" in answer["text"]


def test_limits_are_counted_on_redis(settings: Any) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    default = {"BACKEND": backend, "LOCATION": server("RAGBOOK_TEST_REDIS")}
    settings.CACHES = {**settings.CACHES, "default": default}
    reader = uuid.uuid4().hex
    for _ in range(3):
        spend("ask", reader, "3/h")
    with pytest.raises(LimitReached):
        spend("ask", reader, "3/h")

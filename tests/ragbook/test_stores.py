"""The stores of production, really running: the main job on Postgres, limits on Redis.

``.ci/run`` starts both. Elsewhere these tests are skipped unless the variables name a server.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from benchmarks.servers import environment_for, manage
from chat.errors import LimitReached
from chat.limits import spend
from tests.books import write_book
from tests.databases import postgres_database
from tests.ragbook.documents import ROOT

QUESTION = "How do I list the names of all running nodes?"


def server(variable: str) -> str:
    """The address in the variable; without one a skip, or in CI a failure."""
    address = os.environ.get(variable, "")
    if not address:
        reason = f"{variable} names no server"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return address


@dataclass(frozen=True)
class Library:
    """A database with a book in it that was asked once."""

    database: str
    environment: Mapping[str, str]
    answer: dict[str, Any]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("library")
    with postgres_database(server("RAGBOOK_TEST_POSTGRES")) as database:
        environment = environment_for(folder, database)
        manage(environment, "migrate", "--verbosity", "0")
        source = str(write_book(folder / "robots"))
        manage(environment, "ingest_book", source, "--book", "robots")
        yield Library(database, environment, ask(environment))


def ask(environment: Mapping[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        manage(environment, "ask_book", "robots", QUESTION, "--json")
    )
    return answer


@pytest.mark.postgres
def test_a_book_is_ingested_and_answers_on_postgres(library: Library) -> None:
    assert library.answer["outcome"] == "quoted"
    assert "ros2 node list" in library.answer["text"]


@pytest.mark.postgres
@pytest.mark.skipif(not shutil.which("pg_dump"), reason="pg_dump is not installed")
def test_what_the_guide_backs_up_is_restored_into_an_empty_database(
    library: Library, tmp_path: Path
) -> None:
    """The index is not in it: another machine builds it from the rows, and answers alike."""
    with postgres_database(server("RAGBOOK_TEST_POSTGRES")) as database:
        variables = {"DATABASE_URL_UNPOOLED": library.database, "NEW_DATABASE_URL": database}
        for command in backup_commands():
            subprocess.run(
                command, shell=True, check=True, cwd=tmp_path, env=os.environ | variables
            )
        assert rows(database) == rows(library.database)
        elsewhere = environment_for(tmp_path / "elsewhere", database)
        answer = ask(elsewhere)
    told = ("outcome", "text", "citations", "verdict")
    assert [answer[key] for key in told] == [library.answer[key] for key in told]


def backup_commands() -> list[str]:
    """Those of the guide, in its order."""
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return re.findall(r"^(pg_(?:dump|restore) .*)$", guide, re.MULTILINE)


def rows(database: str) -> dict[str, str]:
    """A digest of each table's rows."""
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    digest = "SELECT md5(string_agg(it::text, '|' ORDER BY it::text)) FROM {} AS it"
    with psycopg.connect(database) as connection:
        names = [name for (name,) in connection.execute(tables).fetchall()]
        return {
            name: str(connection.execute(SQL(digest).format(Identifier(name))).fetchone())
            for name in names
        }


def test_limits_are_counted_on_redis(settings: Any) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    default = {"BACKEND": backend, "LOCATION": server("RAGBOOK_TEST_REDIS")}
    settings.CACHES = {**settings.CACHES, "default": default}
    reader = uuid.uuid4().hex
    for _ in range(3):
        spend("ask", reader, "3/h")
    with pytest.raises(LimitReached):
        spend("ask", reader, "3/h")

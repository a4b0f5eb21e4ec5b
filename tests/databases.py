"""Databases for processes of their own: a SQLite file, or a fresh one on the run's Postgres."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


@contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """The address of an empty database, of the kind that the tests run on."""
    server = os.environ.get("DATABASE_URL", "")
    if server.startswith("postgres"):
        with postgres_database(server) as url:
            yield url
    else:
        yield f"sqlite:///{folder / 'ragbook.sqlite3'}"


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """The address of a database that is made on the server and dropped at the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

"""One writer a book: ingests, rollbacks and prunings of a book take turns.

The lock lives where the truth lives. With SQLite that is this machine, so it is a file; with
Postgres it is the database server, for machines that share nothing else. The system or the server
frees either when the process dies, however it dies.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections

from retrieval.errors import IngestRunning, StorageUnavailable

ADVISORY_CLASS = 0x7261  # the first of the two numbers of our advisory locks on Postgres


@contextmanager
def only_one(slug: str) -> Iterator[None]:
    """Hold the book's lock. Raises ``IngestRunning`` at once when another process holds it."""
    lock = _advisory_lock if connection.vendor == "postgresql" else _file_lock
    with lock(slug):
        yield


@contextmanager
def _file_lock(slug: str) -> Iterator[None]:
    folder = settings.RAGBOOK_DATA / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / f"{slug}.lock").open("w")
    except OSError as error:
        raise StorageUnavailable(
            f"The data folder cannot be written: {error.strerror}.", "Check RAGBOOK_DATA."
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _running(slug) from None
        yield


@contextmanager
def _advisory_lock(slug: str) -> Iterator[None]:
    """Held by an open transaction on a connection of its own.

    Not by the session: a transaction pooler gives a client no session. The transaction reads
    nothing, so it holds back no vacuum.
    """
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [ADVISORY_CLASS, slug]
            )
            if cursor.fetchone() != (True,):
                raise _running(slug)
        yield
    finally:
        own.close()


def _running(slug: str) -> IngestRunning:
    return IngestRunning(f"Another ingest of {slug} is running.", "Wait until it has finished.")

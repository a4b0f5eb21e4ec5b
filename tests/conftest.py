"""What every test stands on: data of its own, and no network but loopback."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection

from benchmarks.servers import make_home
from retrieval.index import _engine
from retrieval.models import Book
from retrieval.serving import forget
from tests.books import ingest_quietly, write_book

LOCAL_NAMES = {"localhost", "testserver", ""}
DATABASE_FIXTURES = {"db", "transactional_db", "primer_home"}
DATABASE_MARKERS = ("django_db", "database", "server", "postgres")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database",
        action="store_true",
        help="leave out the tests that no other database can change",
    )
    parser.addoption(
        "--chaos", action="store_true", help="the long tests of faults, and no other ones"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = [item for item in items if _is_chaos(item) == config.getoption("--chaos")]
    if config.getoption("--only-database"):
        wanted = [item for item in wanted if _uses_database(item)]
    config.hook.pytest_deselected(items=list(set(items) - set(wanted)))
    items[:] = wanted


def _is_chaos(item: pytest.Item) -> bool:
    return item.get_closest_marker("chaos") is not None


def _uses_database(item: pytest.Item) -> bool:
    fixtures = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
    return bool(fixtures) or any(item.get_closest_marker(name) for name in DATABASE_MARKERS)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A thread's connection outlives its test: Postgres drops no database that has one."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def _no_unplanned_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection that leaves this machine fails its test."""
    connect = socket.socket.connect
    connect_ex = socket.socket.connect_ex

    def guard(address: Any) -> None:
        if isinstance(address, tuple) and not _is_local(str(address[0])):
            pytest.fail(f"Unplanned network connection to {address[0]}:{address[1]}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        guard(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        guard(address)
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in LOCAL_NAMES


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> Path:
    """A data folder for each test, no key of a provider, and limits that begin at zero."""
    settings.RAGBOOK_DATA = tmp_path / "data"
    settings.RAGBOOK_DATA.mkdir()
    settings.OPENAI_API_KEY = ""
    settings.QDRANT_URL = ""
    for cache in caches.all(initialized_only=True):
        cache.clear()
    forget()
    _engine.cache_clear()  # the last test's folder is gone, its open shards need not stay
    return settings.RAGBOOK_DATA  # type: ignore[no-any-return]


@pytest.fixture
def robots(transactional_db: None, tmp_path: Path) -> Book:
    """The book of ``tests.books``, really ingested."""
    ingest_quietly(write_book(tmp_path / "robots"))
    return Book.objects.select_related("live").get(slug="robots")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real books and questions, or a skip that says how to give it."""
    folder = os.environ.get("RAGBOOK_TEST_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("RAGBOOK_TEST_DATA does not name the folder of real books")
    return Path(folder)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test run, for what its workers make once and share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def primer_home(run_folder: Path) -> Path:
    """A data folder with the primer ingested; copied for each server, made once a test run."""
    return make_home(run_folder)

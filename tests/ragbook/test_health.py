"""Alive is told without touching anything; ready names each dependency with its state."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.db import connection, connections
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.retrieval.factories import book_of

LIVE = "/api/v1/health/live"
READY = "/api/v1/health/ready"
PAGES = {"nodes.md": {"Nodes": "A node is a process that performs one task."}}


@pytest.mark.django_db
def test_live_never_touches_the_database(
    django_assert_num_queries: DjangoAssertNumQueries, settings: Any
) -> None:
    client = Client()
    client.force_login(User.objects.create_user("editor", is_staff=True))
    with django_assert_num_queries(0):
        response = client.get(LIVE)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_live_needs_no_database_at_all() -> None:
    assert Client().get(LIVE).status_code == 200


def test_live_and_ready_are_not_sent_to_https(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(LIVE).status_code == 200
    assert Client().get("/api/v1/books/robots").status_code == 301


@pytest.mark.django_db
def test_an_installation_without_a_book_is_ready_for_one() -> None:
    response = Client().get(READY)
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "dependencies": {"database": "ok", "cache": "ok", "model": "quoting", "index": "empty"},
    }


@pytest.mark.django_db
def test_a_book_with_its_index_and_a_key_are_told(settings: Any) -> None:
    from retrieval.index import rebuild

    settings.OPENAI_API_KEY = "key"
    rebuild(book_of("robots", PAGES))
    assert Client().get(READY).json()["dependencies"] == {
        "database": "ok",
        "cache": "ok",
        "model": "ok",
        "index": "ok",
    }


@pytest.mark.django_db
def test_a_lost_index_is_named(data_folder: Path) -> None:
    from retrieval.index import rebuild

    rebuild(book_of("robots", PAGES))
    shutil.rmtree(data_folder / "index")
    response = Client().get(READY)
    assert response.status_code == 503
    assert response.json()["status"] == "down"
    assert response.json()["dependencies"]["index"] == "down"


@pytest.mark.django_db
def test_an_index_server_that_does_not_answer_is_named(settings: Any) -> None:
    book_of("robots", PAGES)
    settings.QDRANT_URL = "http://127.0.0.1:1"
    response = Client().get(READY)
    assert response.status_code == 503
    assert response.json()["dependencies"]["index"] == "down"


@pytest.mark.django_db
def test_a_cache_that_does_not_answer_is_named(settings: Any) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 1},
        },
    }
    response = Client().get(READY)
    assert response.status_code == 503
    assert response.json()["dependencies"]["cache"] == "down"
    caches["default"].close()


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A connection to nowhere, as after the database server went away."""
    settings_dict = {**connection.settings_dict}
    if connection.vendor == "sqlite":
        settings_dict["NAME"] = str(tmp_path / "no-such-folder" / "db.sqlite3")
    else:
        settings_dict |= {"HOST": "127.0.0.1", "PORT": "1", "OPTIONS": {"connect_timeout": 1}}
    nowhere = connections["default"].__class__(settings_dict, "default")
    monkeypatch.setattr(connections, "default", nowhere, raising=False)


def test_a_database_that_is_down_is_named_and_the_index_not_blamed(no_database: None) -> None:
    response = Client().get(READY)
    assert response.status_code == 503
    assert response.json() == {
        "status": "down",
        "dependencies": {
            "database": "down",
            "cache": "ok",
            "model": "quoting",
            "index": "unknown",
        },
    }

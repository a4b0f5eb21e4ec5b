"""A live book and readers for the tests of the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.models import Book
from tests.books import ingest_quietly, write_book


@pytest.fixture
def robots(transactional_db: None, tmp_path: Path) -> Book:
    """The book of ``tests.books``, really ingested."""
    ingest_quietly(write_book(tmp_path / "robots"))
    return Book.objects.select_related("live").get(slug="robots")

"""``demo``: from nothing to the primer, ready to be served."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from chat.models import Answer
from retrieval.models import Book

pytestmark = pytest.mark.django_db(transaction=True)


def prepare() -> str:
    output = io.StringIO()
    call_command("demo", "--no-serve", "--port", "8123", stdout=output)
    return output.getvalue()


def test_it_ingests_the_primer_and_tells_where_everything_is(data_folder: Path) -> None:
    text = prepare()
    book = Book.objects.get(slug="primer")
    assert book.live is not None
    assert book.base_url == "http://127.0.0.1:8123/book/"
    assert "http://127.0.0.1:8123/book/" in text
    assert "http://127.0.0.1:8123/admin/" in text
    assert "OPENAI_API_KEY is unset" in text


def test_the_editor_can_log_in_with_the_password_that_stays_the_same(
    data_folder: Path, client: Any
) -> None:
    first, second = prepare(), prepare()
    password = (data_folder / "editor-password").read_text()
    assert f"editor / {password}" in first
    assert f"editor / {password}" in second
    assert get_user_model().objects.count() == 1
    assert client.login(username="editor", password=password)
    assert (data_folder / "editor-password").stat().st_mode & 0o777 == 0o600


def test_a_month_of_readers_is_invented_on_request(data_folder: Path) -> None:
    output = io.StringIO()
    call_command("demo", "--no-serve", "--readers", "30", stdout=output)
    assert "30 answers invented for primer." in output.getvalue()
    assert Answer.objects.count() == 30

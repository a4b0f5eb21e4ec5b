"""A connection that a real Postgres closes under a question costs its reader nothing."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from chat import budget, keeping
from chat.models import Answer
from chat.oncemore import once_more
from chat.schemas import Question
from tests.retrieval.factories import EditionFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="no server can close a file: set DATABASE_URL"
    ),
]


def lose_the_connection() -> None:
    """End this thread's session, as a failover does, without telling who uses it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [session] = cursor.fetchone()
    values = connection.get_connection_params()
    server = {
        name: values[name]
        for name in ("dbname", "user", "password", "host", "port")
        if values.get(name)
    }
    with psycopg.connect(**server) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [session])


@pytest.fixture
def book() -> str:
    slug: str = EditionFactory.create(book__slug="robots").book.slug
    return slug


def test_what_was_read_is_read_again(book: str) -> None:
    lose_the_connection()
    assert keeping.open_book(book).slug == book


def test_a_question_is_stored_once_when_its_transaction_is_lost(
    book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Question(book=book, question="How do I list nodes?", client_id=uuid.uuid4().hex)
    losses = iter([lose_the_connection])

    def reserve(*_: Any) -> bool:
        next(losses, lambda: None)()
        return bool(Answer.objects.exists())

    monkeypatch.setattr(budget, "reserve", reserve)
    begun = keeping.begin(asked, address="203.0.113.7")
    assert begun.is_new
    assert [answer.pk for answer in Answer.objects.all()] == [begun.answer]


def test_a_second_loss_is_told(book: str) -> None:
    def unlucky() -> None:
        lose_the_connection()
        Answer.objects.exists()

    with pytest.raises(OperationalError):
        once_more(unlucky)()
    connection.close()


def test_an_error_of_the_query_is_not_tried_again() -> None:
    tries = []

    def wrong() -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")

    with pytest.raises(OperationalError):
        once_more(wrong)()
    assert tries == [1]

"""Searching and offering questions are limited as asking is, for every reader alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from chat.tokens import token_for
from retrieval.models import Book
from tests.chat.factories import AnswerFactory

pytestmark = pytest.mark.django_db(transaction=True)


def search(book: str = "robots", **headers: str) -> Any:
    body = {"book": book, "query": "How do I list nodes?"}
    return Client().post("/api/v1/retrieve", body, content_type="application/json", headers=headers)


def test_a_reader_who_searches_too_fast_is_told_how_long_to_wait(
    robots: Book, settings: Any
) -> None:
    settings.RAGBOOK_ADDRESS_RATE = "1/h"
    settings.RAGBOOK_TRUSTED_PROXIES = 1
    first, second = ("203.0.113.7", "203.0.113.8")
    assert search(x_forwarded_for=first).status_code == 200
    refused = search(x_forwarded_for=f"198.51.100.1, {first}")
    assert refused.status_code == 429
    assert refused.json()["retry_after"] == int(refused["Retry-After"]) > 0
    assert search(x_forwarded_for=second).status_code == 200


def test_a_book_is_searched_so_often_and_no_more(robots: Book, settings: Any) -> None:
    settings.RAGBOOK_BOOK_RATE = "1/h"
    assert [search().status_code for _ in range(2)] == [200, 429]


def test_a_site_that_may_not_embed_the_book_may_not_search_it(robots: Book) -> None:
    robots.origins = ["https://robots.example.org"]
    robots.save()
    assert search(origin="https://evil.example").status_code == 403
    assert search(origin="https://robots.example.org").status_code == 200
    assert search().status_code == 200


def test_questions_are_offered_so_often_and_no_more(robots: Book, settings: Any) -> None:
    settings.RAGBOOK_ADDRESS_RATE = "1/h"
    answer = AnswerFactory.create(conversation__book=robots)
    token = {"authorization": f"Bearer {token_for(answer.conversation.pk)}"}
    assert Client().get("/api/v1/books/robots").status_code == 200
    refused = Client().get("/api/v1/books/robots")
    assert refused.status_code == 429
    assert refused.json()["retry_after"] == int(refused["Retry-After"]) > 0
    suggestions = Client().get(f"/api/v1/answers/{answer.pk}/suggestions", headers=token)
    assert suggestions.status_code == 429

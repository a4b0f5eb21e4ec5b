"""Questions to offer: made of the book's headings, and none that the book would refuse."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from chat import suggesting
from chat.errors import NotFound
from chat.keeping import sources
from chat.models import Answer, Citation
from chat.tokens import token_for
from retrieval.models import Book, Edition, Section
from retrieval.search import ANSWERABLE_THRESHOLD, search
from tests.chat.factories import AnswerFactory

pytestmark = pytest.mark.django_db(transaction=True)

LISTING = "What does the book say about “Listing nodes”?"
NAMING = "What does the book say about “Naming nodes”?"


def edition_of(book: Book) -> Edition:
    assert book.live is not None
    return book.live


@pytest.fixture(autouse=True)
def short_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' book is terse."""
    monkeypatch.setattr(suggesting, "SHORTEST", 60)


def answered(book: Book, question: str, told: str) -> Answer:
    """An answer that was offered what a search finds, and cites the section called ``told``."""
    answer = AnswerFactory.create(conversation__book=book, question=question, edition=book.live)
    found = search(book.slug, question).found
    Citation.objects.bulk_create(sources(answer.pk, found))
    answer.citations.filter(title=told).update(cited=True)
    return answer


def test_a_page_offers_what_its_sections_tell(robots: Book) -> None:
    assert suggesting.for_page(robots, "https://robots.example.org/docs/nodes") == [LISTING, NAMING]


@pytest.mark.parametrize("page", ["", "https://robots.example.org/docs/unknown", "http://[", "%"])
def test_a_page_that_the_book_does_not_have_offers_nothing(robots: Book, page: str) -> None:
    assert suggesting.for_page(robots, page) == []


def test_every_offered_question_is_answered(robots: Book) -> None:
    answer = answered(robots, "How do I list all running nodes?", told="Listing nodes")
    offered = suggesting.after(answer.pk, token_for(answer.conversation_id))
    assert 1 <= len(offered) <= 3
    assert LISTING not in offered  # that was told already
    for question in offered:
        assert search("robots", question).answerable >= ANSWERABLE_THRESHOLD


def test_what_was_asked_is_not_offered_again(robots: Book) -> None:
    answer = answered(robots, "How do I list all running nodes?", told="Listing nodes")
    token = token_for(answer.conversation_id)
    first = suggesting.after(answer.pk, token)[0]
    AnswerFactory.create(conversation=answer.conversation, question=first)
    assert first not in suggesting.after(answer.pk, token)


@pytest.mark.parametrize("outcome", ["refused", "failed", "running"])
def test_after_no_answer_nothing_is_offered(robots: Book, outcome: str) -> None:
    answer = answered(robots, "How do I list all running nodes?", told="Listing nodes")
    Answer.objects.update(outcome=outcome)
    assert suggesting.after(answer.pk, token_for(answer.conversation_id)) == []


def test_a_heading_that_stands_twice_names_no_section(robots: Book) -> None:
    Section.objects.filter(title="Quality of service").update(title="Naming nodes")
    page = "https://robots.example.org/docs/nodes"
    edition = edition_of(robots)
    edition.digest = uuid.uuid4().hex
    edition.save()
    assert NAMING not in suggesting.for_page(robots, page)


def test_a_stranger_learns_nothing(robots: Book) -> None:
    answer = answered(robots, "How do I list all running nodes?", told="Listing nodes")
    with pytest.raises(NotFound):
        suggesting.after(answer.pk, "wrong")


@pytest.mark.parametrize(
    ("heading", "language", "question"),
    [
        ("Quality of service", "en", "What does the book say about “Quality of service”?"),
        ("Quality of service", "en-GB", "What does the book say about “Quality of service”?"),
        ("What is a node?", "en", "What is a node?"),
        ("节点是什么？", "zh", "节点是什么？"),
        ("How to write a node", "en", "How do I write a node?"),
        ("Knoten", "de-AT", "Was sagt das Buch über „Knoten“?"),
        ("عقدة", "ar", "ماذا يقول الكتاب عن «عقدة»؟"),
        ("Nodi", "it", "What does the book say about “Nodi”?"),
    ],
)
def test_a_heading_becomes_a_question(heading: str, language: str, question: str) -> None:
    assert suggesting.question_about(heading, language) == question


def test_the_interface_offers_them(robots: Book, client: Client) -> None:
    answer = answered(robots, "How do I list all running nodes?", told="Listing nodes")
    path = f"/api/v1/answers/{answer.pk}/suggestions"
    bearer = {"authorization": f"Bearer {token_for(answer.conversation_id)}"}
    offered: dict[str, Any] = client.get(path, headers=bearer).json()
    assert offered == {"questions": suggesting.after(answer.pk, token_for(answer.conversation_id))}
    assert client.get(path).status_code == 401


def test_the_questions_of_the_page_come_before_those_of_the_book(
    robots: Book, client: Client
) -> None:
    robots.starter_questions = ["Why robots?", NAMING]
    robots.save()
    page = {"page_url": "https://robots.example.org/docs/nodes"}
    assert client.get("/api/v1/books/robots").json()["starter_questions"] == ["Why robots?", NAMING]
    offered = client.get("/api/v1/books/robots", page).json()["starter_questions"]
    assert offered == [LISTING, NAMING, "Why robots?"]
    assert client.get("/api/v1/books/robots", {"page_url": "x" * 2_000}).status_code == 422

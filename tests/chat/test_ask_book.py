"""``ask_book``: what a reader would get, on the command line."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from retrieval.models import Book

pytestmark = pytest.mark.django_db(transaction=True)

LISTING = "How do I list the names of all running nodes?"


def ask(*arguments: str) -> str:
    output = io.StringIO()
    call_command("ask_book", *arguments, stdout=output)
    return output.getvalue()


def test_it_prints_the_answer_and_what_proves_it(robots: Book) -> None:
    text = ask("robots", LISTING)
    assert "ros2 node list" in text
    assert "[1]" in text
    assert "Nodes › Listing nodes\n    https://robots.example.org/docs/nodes#listing-nodes" in text
    assert "quoted, supported, 0 left out" in text


def test_json_is_the_answer_of_the_interface(robots: Book) -> None:
    answer = json.loads(ask("robots", LISTING, "--json"))
    assert answer["outcome"] == "quoted"
    assert answer["sentences"][0]["citations"]


def test_a_refusal_offers_the_nearest_sections(robots: Book) -> None:
    text = ask("robots", "What is the capital of Australia?")
    assert "The book does not cover this." in text
    assert "refused" in text


@pytest.mark.parametrize(
    ("book", "question", "complaint"),
    [
        ("nowhere", LISTING, "There is no book 'nowhere' here"),
        ("robots", " ", "question: must not be empty"),
        ("robots", "x" * 2001, "question: String should have at most 2000 characters"),
    ],
)
def test_unusable_input_ends_with_status_2(
    robots: Book, book: str, question: str, complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint) as refused:
        ask(book, question)
    assert refused.value.returncode == 2

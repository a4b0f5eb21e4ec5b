"""A reader shares a conversation under a read-only link, and takes it back."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from chat.models import Answer, Conversation, Share
from chat.tokens import token_for
from tests.chat.factories import (
    AnswerFactory,
    CitationFactory,
    ConversationFactory,
    SentenceFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def conversation() -> Conversation:
    """Two answers of a book whose readers may share."""
    conversation = ConversationFactory.create(book__sharing=True, book__title="Robots <b>")
    first = AnswerFactory.create(conversation=conversation, question="First </script>?")
    CitationFactory.create(answer=first)
    SentenceFactory.create(answer=first, text="Told </script> first.")
    AnswerFactory.create(conversation=conversation, question="Second?")
    return conversation


def share(client: Client, conversation: Conversation, method: str = "PUT", token: str = "") -> Any:
    return client.generic(
        method,
        f"/api/v1/conversations/{conversation.pk}/share",
        "{}",
        content_type="application/json",
        headers={"authorization": f"Bearer {token or token_for(conversation.pk)}"},
    )


def shown(page: Any) -> dict[str, Any]:
    """What the page's script reads."""
    data = re.search(r'<script id="conversation"[^>]*>(.*?)</script>', page.content.decode())
    assert data is not None
    conversation: dict[str, Any] = json.loads(data[1])
    return conversation


def test_a_link_shows_the_conversation_and_nothing_that_opens_it(
    client: Client, conversation: Conversation
) -> None:
    page = client.get(share(client, conversation).json()["url"])
    assert page.status_code == 200
    assert "Robots &lt;b&gt;" in page.content.decode()
    answers = shown(page)["answers"]
    assert [answer["question"] for answer in answers] == ["First </script>?", "Second?"]
    assert answers[0]["sentences"][0]["text"] == "Told </script> first."
    assert token_for(conversation.pk) not in page.content.decode()
    assert str(conversation.pk) not in page.content.decode()


def test_a_shared_page_is_found_by_nobody_else(client: Client, conversation: Conversation) -> None:
    page = client.get(share(client, conversation).json()["url"])
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in page["Content-Security-Policy"]
    token = page.request["PATH_INFO"].rsplit("/", 1)[-1]
    assert token not in str(Share.objects.values().get())  # only its hash is kept


def test_what_is_asked_later_is_shared_only_when_shared_again(
    client: Client, conversation: Conversation
) -> None:
    url = share(client, conversation).json()["url"]
    AnswerFactory.create(conversation=conversation, question="Later?")
    assert len(shown(client.get(url))["answers"]) == 2
    assert share(client, conversation).json()["url"] == url
    assert len(shown(client.get(url))["answers"]) == 3


def test_replaced_and_failed_answers_are_not_shown(
    client: Client, conversation: Conversation
) -> None:
    Answer.objects.filter(question="Second?").update(replaced=True)
    AnswerFactory.create(conversation=conversation, outcome="failed")
    url = share(client, conversation).json()["url"]
    assert [a["question"] for a in shown(client.get(url))["answers"]] == ["First </script>?"]


def test_a_link_that_was_taken_back_is_gone_for_good(
    client: Client, conversation: Conversation
) -> None:
    url = share(client, conversation).json()["url"]
    assert share(client, conversation, "DELETE").status_code == 204
    gone = client.get(url)
    assert gone.status_code == 404
    assert "shared no longer" in gone.content.decode()
    assert share(client, conversation, "GET").json() == {"url": "", "until": ""}
    assert share(client, conversation).json()["url"] != url


def test_a_reader_finds_the_link_again(client: Client, conversation: Conversation) -> None:
    made = share(client, conversation).json()
    assert share(client, conversation, "GET").json() == made


@pytest.mark.parametrize("ends", ["sharing", "published"])
def test_a_book_that_no_longer_allows_it_closes_its_links(
    client: Client, conversation: Conversation, ends: str
) -> None:
    url = share(client, conversation).json()["url"]
    setattr(conversation.book, ends, False)
    conversation.book.save()
    assert client.get(url).status_code == 404


def test_erasing_the_conversation_ends_its_link(client: Client, conversation: Conversation) -> None:
    url = share(client, conversation).json()["url"]
    conversation.delete()
    assert client.get(url).status_code == 404


def test_a_book_that_does_not_allow_it_says_so(client: Client) -> None:
    conversation = ConversationFactory.create()
    refused = share(client, conversation)
    assert refused.status_code == 403
    assert refused.json() == {
        "code": "forbidden",
        "message": "Conversations with this book are not shared.",
    }


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_its_reader_shares_a_conversation(
    client: Client, conversation: Conversation, method: str
) -> None:
    assert share(client, conversation, method, token="wrong").status_code == 404
    assert not Share.objects.exists()


@pytest.mark.parametrize("token", ["unknown", "%00", "a" * 3_000])
def test_an_unknown_link_is_not_found(client: Client, token: str) -> None:
    assert client.get(f"/shared/{token}").status_code == 404

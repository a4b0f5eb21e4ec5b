"""The page that puts a book onto a site, and what it says of each site."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from desk.embedding import known_origins, origin_of, reply_to, tag
from retrieval.models import Book
from tests.retrieval.factories import BookFactory, EditionFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),  # the application answers in threads of its own
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # nothing is collected
]

SERVER = "http://testserver"
DOCS = "https://docs.example.org"


@pytest.fixture
def book() -> Book:
    book = BookFactory.create(slug="robots", base_url=f"{DOCS}/robots/", origins=[])
    book.live = EditionFactory.create(book=book)
    book.save()
    return book


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("editor"))
    return client


def page(editor: Client, book: Book, **query: str) -> str:
    address = reverse("admin:retrieval_book_embed", args=[book.pk])
    response = editor.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://docs.example.org/guide/?q=1#x", "https://docs.example.org"),
        (" HTTPS://Docs.Example.org:443 ", "https://docs.example.org"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80/", "http://[::1]"),
    ],
)
def test_the_origin_of_an_address_is_as_browsers_send_it(address: str, origin: str) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize("address", ["", "docs.example.org", "ftp://x", "https://", "http://x:y"])
def test_what_is_no_address_has_no_origin(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|Port"):
        origin_of(address)


def test_an_open_book_may_be_asked_on_any_site(book: Book) -> None:
    assert reply_to("http://other.example.org", book, SERVER).works


def test_a_book_with_sites_may_be_asked_there_only(book: Book) -> None:
    book.origins = ["http://docs.example.org"]
    book.save()
    assert known_origins(book) == ["http://docs.example.org", DOCS]
    assert reply_to("http://docs.example.org", book, SERVER).works
    refused = reply_to("http://other.example.org", book, SERVER)
    assert not refused.works
    assert "not among those" in refused.words


def test_a_closed_book_may_be_asked_nowhere(book: Book) -> None:
    book.published = False
    book.save()
    reply = reply_to("http://docs.example.org", book, SERVER)
    assert (reply.works, reply.words) == (
        False, "The book is closed, or nothing was ingested so far."
    )  # fmt: skip


def test_a_host_that_the_server_does_not_know_is_told(book: Book) -> None:
    reply = reply_to("http://docs.example.org", book, "http://elsewhere.example.org")
    assert reply.words == "The server answered with status 400."


def test_a_secure_page_loads_no_insecure_script(book: Book) -> None:
    assert "Serve ragbook by https" in reply_to(DOCS, book, SERVER).words
    assert reply_to(DOCS, book, "http://localhost:8000").works  # browsers trust this machine


def test_the_page_shows_the_line_and_each_site(editor: Client, book: Book) -> None:
    shown = page(editor, book)
    assert (
        tag(SERVER, book).replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;") in shown
    )
    assert "script-src http://testserver; connect-src http://testserver ws://testserver" in shown
    assert DOCS in shown
    assert "Any site may show the widget" in shown


def test_another_site_can_be_tried(editor: Client, book: Book) -> None:
    assert "Readers can ask." in page(editor, book, site="http://new.example.org/some/page")
    wrong = page(editor, book, site="new.example.org")
    assert "Give an address that begins with https:// or http://." in wrong
    assert 'value="new.example.org"' in wrong


def test_the_books_page_leads_there(editor: Client, book: Book) -> None:
    change = editor.get(reverse("admin:retrieval_book_change", args=[book.pk]))
    assert reverse("admin:retrieval_book_embed", args=[book.pk]) in change.content.decode()


def test_an_unknown_book_is_not_there(editor: Client) -> None:
    assert editor.get(reverse("admin:retrieval_book_embed", args=[4711])).status_code == 404


def test_strangers_see_nothing_of_it(client: Client, book: Book) -> None:
    address = reverse("admin:retrieval_book_embed", args=[book.pk])
    assert "/login/" in client.get(address)["Location"]
    client.force_login(User.objects.create_user("guest", is_staff=True))
    assert client.get(address).status_code == 403

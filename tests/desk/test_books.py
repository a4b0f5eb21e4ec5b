"""Books at the editor's desk: their settings, what readers see, and what an ingest made of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk.display import outward, safe_link
from retrieval.display import visible
from retrieval.models import Book, Edition, Section
from tests.retrieval.factories import BookFactory, EditionFactory, SectionFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # nothing is collected
]

MODELS = ["book", "edition", "section"]


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("editor"))
    return client


def address(model: str, pk: Any, view: str = "change") -> str:
    return reverse(f"admin:retrieval_{model}_{view}", args=[pk])


def listing(model: str) -> str:
    return reverse(f"admin:retrieval_{model}_changelist")


def page(client: Client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200, url
    return response.content.decode()


def settings_of(book: Book, **changed: str) -> dict[str, str]:
    """The form of a book as the page sends it."""
    return {
        "title": book.title, "language": book.language, "published": "on", "mode": book.mode,
        "code": book.code, "proof_of_work": book.proof_of_work,
        "starter_questions": "\n".join(book.starter_questions), "base_url": book.base_url,
        "origins": "\n".join(book.origins), "persona": book.persona,
        "section_rules-TOTAL_FORMS": "0", "section_rules-INITIAL_FORMS": "0", **changed,
    }  # fmt: skip


# ── books ────────────────────────────────────────────────────────────────────────────────────


def test_the_list_tells_which_books_readers_may_ask(editor: Client) -> None:
    EditionFactory.create(book__title="Open book", page_count=1234)
    EditionFactory.create(book__title="Closed book", book__published=False)
    BookFactory.create(title="Empty book")
    html = page(editor, listing("book"))
    assert html.index("Closed book") < html.index("Empty book") < html.index("Open book")
    for said in (">Open</span>", ">Closed</span>", ">No edition yet</span>", "1,234"):
        assert said in html


def test_lists_of_a_book_are_written_one_a_line(editor: Client) -> None:
    book = BookFactory.create(starter_questions=["Why?", "How?"], origins=["https://a.example.org"])
    assert "Why?\nHow?</textarea>" in page(editor, address("book", book.pk))
    editor.post(
        address("book", book.pk),
        settings_of(
            book,
            starter_questions=" When? \r\n\r\nWhere?\r\nWhen?",
            origins="https://b.example.org:8443\nhttp://[::1]:8000",
        ),
    )
    book.refresh_from_db()
    assert book.starter_questions == ["When?", "Where?"]
    assert book.origins == ["https://b.example.org:8443", "http://[::1]:8000"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("origins", "https://a.example.org/docs", "is not a site"),
        ("origins", "a.example.org", "is not a site"),
        ("base_url", "javascript:alert(1)", "begins with https://"),
        ("mode", "trusting", "Select a valid choice"),
        ("code", "mine", "Select a valid choice"),
        ("proof_of_work", "sometimes", "Select a valid choice"),
    ],
)
def test_a_wrong_setting_is_refused_in_words(
    editor: Client, field: str, value: str, said: str
) -> None:
    book = BookFactory.create()
    response = editor.post(address("book", book.pk), settings_of(book, **{field: value}))
    assert said in response.content.decode()
    assert Book.objects.filter(pk=book.pk, **{field: getattr(book, field)}).exists()


def test_a_relative_address_is_a_good_one(editor: Client) -> None:
    book = BookFactory.create()
    editor.post(address("book", book.pk), settings_of(book, base_url="/book/"))
    book.refresh_from_db()
    assert book.base_url == "/book/"


def test_saving_keeps_the_edition_that_an_ingest_put_live_meanwhile(rf: RequestFactory) -> None:
    seen_by_editor = EditionFactory.create().book
    newer = EditionFactory.create(book=Book.objects.get())
    request = rf.post("/")
    request.user = User.objects.create_superuser("editor")
    book_admin = admin.site.get_model_admin(Book)
    form = book_admin.get_form(request, seen_by_editor, change=True)(
        settings_of(seen_by_editor, title="Renamed"), instance=seen_by_editor
    )
    book_admin.save_model(request, form.save(commit=False), form, True)
    assert (Book.objects.get().title, Book.objects.get().live) == ("Renamed", newer)


def test_the_short_name_never_changes(editor: Client) -> None:
    book = BookFactory.create(slug="robots")
    editor.post(address("book", book.pk), settings_of(book, slug="other", title="Robots"))
    book.refresh_from_db()
    assert (book.slug, book.title) == ("robots", "Robots")


# ── editions and sections ────────────────────────────────────────────────────────────────────


def place(path: str, line: int, detail: str = "") -> dict[str, Any]:
    return {"path": path, "line": line, "detail": detail}


def test_an_edition_reports_what_came_of_its_source(editor: Client) -> None:
    report = {
        "pages_in": 9, "pages_out": 8, "code_blocks_in": 7, "code_blocks_out": 6,
        "differing": {
            "count": 2,
            "places": [
                {"path": "nodes.md", "code_blocks_in": 7, "code_blocks_out": 6},
                {"path": "contents.md", "pages_in": 1, "pages_out": 0},
            ],
        },
        "dropped": {"image": {"count": 3, "places": [place("topics.md", 12, "<graph>")]}},
        "suspicious": {
            "bidirectional override": {
                "count": 1, "removed": True, "places": [place("nodes.md", 4, "[U+202E]gpj.exe")],
            }
        },
    }  # fmt: skip
    edition = EditionFactory.create(book__title="Robots", section_count=1200, report=report)
    html = page(editor, address("edition", edition.pk))
    assert "Robots, edition 1" in html
    assert "Read its 1,200 sections" in html
    for said in (
        '<tr><th scope="row">Pages</th><td>9</td><td>8</td></tr>',
        '<tr><th scope="row">Code blocks</th><td>7</td><td>6</td></tr>',
        "<tr><td>nodes.md</td>\n<td>all</td>\n<td>6 of 7</td>\n<td>all</td></tr>",
        '<tr><td>contents.md</td>\n<td colspan="3">no text: nothing of it is searched</td>',
        "3 × image",
        "<code>topics.md:12</code> <bdi>&lt;graph&gt;</bdi>",
        "The first 1 of 3.",
        "1 × bidirectional override (removed from what is searched)",
        "<code>nodes.md:4</code> <bdi>[U+202E]gpj.exe</bdi>",
    ):
        assert said in html


def test_an_edition_without_a_report_has_a_page(editor: Client) -> None:
    edition = EditionFactory.create()
    assert "Suspicious text" not in page(editor, address("edition", edition.pk))


def test_the_live_edition_is_told_from_the_others(editor: Client) -> None:
    first = EditionFactory.create()
    EditionFactory.create(book=first.book)
    EditionFactory.create(book=first.book, state=Edition.State.RETIRED, live=False)
    html = page(editor, listing("edition"))
    assert html.count(">Live</span>") == html.count(">Ready</span>") == 1
    assert html.count(">Being removed</span>") == 1


def test_sections_are_listed_in_reading_order_with_the_live_ones_marked(editor: Client) -> None:
    old = EditionFactory.create()
    SectionFactory.create(edition=old, title="Old")
    live = EditionFactory.create(book=old.book)
    for title in ("Zebra", "Apple"):
        SectionFactory.create(edition=live, title=title)
    rows = editor.get(listing("section")).context["cl"].result_list
    assert [row.title for row in rows] == ["Old", "Zebra", "Apple"]
    for value, found in {"yes": ["Zebra", "Apple"], "no": ["Old"]}.items():
        rows = editor.get(listing("section"), {"live": value}).context["cl"].result_list
        assert [row.title for row in rows] == found
    assert page(editor, listing("section")).count("2 · live") == 2


def test_a_section_is_read_with_its_place_in_the_published_book(editor: Client) -> None:
    section = SectionFactory.create(
        edition__book__base_url="https://robots.example.org/", title="Topics",
        heading_path=["Guide", "Topics"], text="One\n<script>two</script>\u202e",
    )  # fmt: skip
    html = page(editor, address("section", section.pk))
    assert 'href="https://robots.example.org/guide/topics#topics"' in html
    assert "Guide › Topics" in html
    assert "One\n&lt;script&gt;two&lt;/script&gt;[U+202E]" in html


def test_the_sections_of_an_edition_are_one_click_away(editor: Client) -> None:
    section = SectionFactory.create()
    SectionFactory.create()
    query = {"edition__id__exact": str(section.edition_id)}
    assert f"?edition__id__exact={section.edition_id}" in page(
        editor, address("edition", section.edition_id)
    )
    assert list(editor.get(listing("section"), query).context["cl"].result_list) == [section]


# ── who may do what ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", MODELS)
def test_nobody_adds_or_deletes_by_hand_what_an_ingest_made(editor: Client, model: str) -> None:
    section = SectionFactory.create()
    rows = {"book": section.edition.book, "edition": section.edition, "section": section}
    assert editor.get(reverse(f"admin:retrieval_{model}_add")).status_code == 403
    url = address(model, rows[model].pk, "delete")
    assert editor.post(url, {"post": "yes"}).status_code == 403
    assert Section.objects.exists()


@pytest.mark.parametrize("model", ["edition", "section"])
def test_nobody_rewrites_what_an_ingest_made(editor: Client, model: str) -> None:
    section = SectionFactory.create()
    row = section if model == "section" else section.edition
    assert editor.post(address(model, row.pk), {"number": 7}).status_code == 403


def test_whoever_may_only_look_reads_the_settings_and_keeps_them(client: Client) -> None:
    user = User.objects.create_user("helper", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_book", "every_book"]))
    client.force_login(user)
    book = EditionFactory.create(book__title="Robots").book
    html = page(client, address("book", book.pk))
    assert "Robots" in html
    assert 'name="title"' not in html
    assert client.post(address("book", book.pk), settings_of(book, title="X")).status_code == 403
    assert client.get(listing("section")).status_code == 403


# ── queries do not grow with rows ────────────────────────────────────────────────────────────


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, url)
    return len(captured)


@pytest.mark.parametrize("model", MODELS)
def test_a_list_of_twelve_costs_what_a_list_of_two_costs(editor: Client, model: str) -> None:
    SectionFactory.create_batch(2)
    two = queries(editor, listing(model))
    SectionFactory.create_batch(10)
    assert queries(editor, listing(model)) == two
    assert two <= 6


@pytest.mark.parametrize("model", MODELS)
def test_a_page_with_twelve_parts_costs_what_one_with_two_costs(editor: Client, model: str) -> None:
    section = SectionFactory.create()
    rows = {"book": section.edition.book, "edition": section.edition, "section": section}
    url = address(model, rows[model].pk)
    SectionFactory.create(edition=section.edition)
    EditionFactory.create(book=section.edition.book)
    queries(editor, url)  # the first page of a process also reads the content types
    two = queries(editor, url)
    SectionFactory.create_batch(10, edition=section.edition)
    for _ in range(10):
        EditionFactory.create(book=section.edition.book)
    assert queries(editor, url) == two
    assert two <= (10 if model == "book" else 6)


# ── other people's texts and links ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    ["https://a.example.org/x#y", "http://localhost:8000/", "/book/a", "book/a#b", "#b", "?q=1"],
)
def test_links_to_pages_are_links(url: str) -> None:
    assert safe_link(url) == url
    assert outward(url, "<a>").startswith(f'<a href="{url}"')
    assert outward(url, "<a>").endswith(">&lt;a&gt;</a>")


@pytest.mark.parametrize(
    "url",
    [
        "", "javascript:alert(1)", "JavaScript:alert(1)", "java\nscript:alert(1)",
        " javascript:alert(1)", "\x01javascript:alert(1)", "data:text/html,x", "vbscript:x",
        "//evil.test/", "/\\evil.test", "https:evil", "mailto:a@b.c", "file:///etc/passwd",
        "https://[broken",
    ],
)  # fmt: skip
def test_other_links_are_words(url: str) -> None:
    assert safe_link(url) == ""
    assert outward(url, "<a>") == "&lt;a&gt;"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain\ttext\nثمانية 👍🏽", "plain\ttext\nثمانية 👍🏽"),
        ("a\u202eb\u2066c", "a[U+202E]b[U+2066]c"),
        ("zero\u200bwidth\ufeff", "zero[U+200B]width[U+FEFF]"),
        ("tag\U000e0041", "tag[U+E0041]"),
        ("bell\x07", "bell[U+0007]"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_strangers_are_asked_to_log_in(client: Client) -> None:
    response = client.get(listing("book"))
    assert response.headers["Location"].startswith(reverse("admin:login"))

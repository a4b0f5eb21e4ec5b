"""Books and editions at the desk: tone, budget, rules, comparing, switching and removing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Spending
from desk.budget import Use, use_of
from desk.editiondiff import ADDED, CHANGED, REMOVED, compare, rows
from retrieval.index import rebuild
from retrieval.models import PERSONA_CHARS, Book, Edition, SectionRule
from tests.desk.conftest import address, page, words
from tests.desk.test_books import settings_of
from tests.retrieval.factories import BookFactory, EditionFactory, SectionFactory, book_of

pytestmark = pytest.mark.django_db


# ── settings ─────────────────────────────────────────────────────────────────────────────────


def save(client: Client, book: Book, **changed: str) -> str:
    response = client.post(
        address("retrieval.book", book.pk), settings_of(book, **changed), follow=True
    )
    book.refresh_from_db()
    return response.content.decode()


def test_an_owner_sets_tone_and_budget(owner: Client) -> None:
    book = BookFactory.create()
    save(owner, book, persona="Warm and brief.", daily_tokens="20000", monthly_tokens="")
    assert (book.persona, book.daily_tokens, book.monthly_tokens) == (
        "Warm and brief.",
        20000,
        None,
    )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("persona", "x" * (PERSONA_CHARS + 1), "at most 500 characters"),
        ("daily_tokens", "-1", "greater than or equal to 0"),
        ("monthly_tokens", "much", "Enter a whole number"),
    ],
)
def test_a_wrong_tone_or_budget_is_refused(
    owner: Client, field: str, value: str, said: str
) -> None:
    book = BookFactory.create()
    assert said in save(owner, book, **{field: value})


def test_an_owner_lays_down_rules_for_parts_of_the_book(owner: Client) -> None:
    book = BookFactory.create()
    rule = {
        "section_rules-TOTAL_FORMS": "1", "section_rules-0-where": "heading",
        "section_rules-0-prefix": "Exercises", "section_rules-0-rule": "hints",
        "section_rules-0-book": str(book.pk),
    }  # fmt: skip
    save(owner, book, **rule)
    kept = SectionRule.objects.get()
    assert (kept.where, kept.prefix, kept.rule) == ("heading", "Exercises", "hints")
    assert "Exercises" in page(owner, address("retrieval.book", book.pk))


def test_the_use_of_a_budget_is_told() -> None:
    book = BookFactory.create(daily_tokens=1000)
    today_utc = timezone.now().date()
    Spending.objects.create(book=book, day=today_utc, used=900)
    Spending.objects.create(book=BookFactory.create(), day=today_utc, used=5000)
    today, month = use_of(book)
    assert today == Use("Today", 900, 1000)
    assert (today.percent, today.tone) == (90, "warn")
    assert (month.used, month.limit, month.tone) == (900, None, "quiet")
    assert Use("Today", 1001, 1000).tone == "bad"
    assert Use("Today", 0, 0).percent == 0


def test_the_page_of_a_book_shows_the_use(owner: Client) -> None:
    book = BookFactory.create(monthly_tokens=1000)
    Spending.objects.create(book=book, day=timezone.now().date(), used=1234)
    shown = words(page(owner, address("retrieval.book", book.pk)))
    assert "Today 1,234 tokens, no limit" in shown
    assert "This month 1,234 of 1,000 tokens" in shown


# ── comparing ────────────────────────────────────────────────────────────────────────────────


def editions() -> tuple[Edition, Edition]:
    """Two editions: one section stays, one changes, one comes and one goes."""
    old = EditionFactory.create(book__title="Rover")
    new = EditionFactory.create(book=old.book)
    for edition, sections in (
        (old, {"Same": "It drives.", "Changed": "It has two motors.", "Gone": "It floats."}),
        (new, {"Same": "It drives.", "New": "It flies.", "Changed": "It has four motors."}),
    ):
        for title, text in sections.items():
            SectionFactory.create(edition=edition, title=title, text=text)
    return old, new


def test_what_came_went_and_changed_is_told_in_the_order_of_the_book() -> None:
    comparison = compare(*editions())
    assert [(it.kind, it.headings) for it in comparison.changes] == [
        (ADDED, "New"), (CHANGED, "Changed"), (REMOVED, "Gone"),
    ]  # fmt: skip
    assert comparison.same == 1
    changed = rows(comparison.changes)[1]
    assert [(part.change, part.text.strip()) for part in changed.parts] == [
        ("same", "It has"), ("gone", "two"), ("new", "four"), ("same", "motors."),
    ]  # fmt: skip


def test_sections_of_the_same_name_are_told_apart_by_their_order() -> None:
    old = EditionFactory.create()
    new = EditionFactory.create(book=old.book)
    for edition, texts in ((old, ["One.", "Two."]), (new, ["One.", "Three."])):
        for text in texts:
            SectionFactory.create(edition=edition, title="Note", text=text)
    comparison = compare(old, new)
    assert [it.kind for it in comparison.changes] == [CHANGED]
    assert comparison.same == 1


def compare_page(client: Client, edition: Edition, **query: str) -> str:
    return page(client, f"/admin/retrieval/edition/{edition.pk}/compare/", **query)


def test_the_desk_compares_with_the_edition_before_or_another(editor_of: Any) -> None:
    old, new = editions()
    client = editor_of(old.book)
    shown = compare_page(client, new)
    assert "<del>two </del><ins>four </ins>" in shown
    assert "Edition 2 of Rover , compared with" in words(shown)
    back = compare_page(client, old, **{"with": str(new.pk)})
    assert "<del>four </del><ins>two </ins>" in back


def test_an_only_edition_has_nothing_to_be_compared_with(superuser: Client) -> None:
    assert "no other edition" in compare_page(superuser, EditionFactory.create())


def test_editions_of_other_books_are_not_shown(editor_of: Any) -> None:
    _, new = editions()
    assert editor_of().get(f"/admin/retrieval/edition/{new.pk}/compare/").status_code == 404


def test_comparing_costs_the_same_however_much_has_changed(superuser: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            compare_page(superuser, new)
        return len(captured)

    _, new = editions()
    compare_page(superuser, new)
    few = queries()
    SectionFactory.create_batch(40, edition=new, title="More", text="Much more.")
    assert queries() == few <= 9
    assert "1 of 2" in words(compare_page(superuser, new))


# ── switching ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shelf() -> tuple[Edition, Edition]:
    """An older edition that can be searched, and the live one."""
    old = book_of("rover", {"a.md": {"Driving": "It drives with two motors."}})
    rebuild(old)
    return old, EditionFactory.create(book=old.book)


def golive(client: Client, edition: Edition, follow: bool = True) -> Any:
    return client.post(f"/admin/retrieval/edition/{edition.pk}/do/golive/", follow=follow)


def test_an_owner_goes_back_to_an_older_edition_after_a_warning(
    owner: Client, shelf: tuple[Edition, Edition]
) -> None:
    old, _ = shelf
    url = f"/admin/retrieval/edition/{old.pk}/do/golive/"
    assert url in page(owner, address("retrieval.edition", old.pk))
    assert "readers are answered from this edition" in page(owner, url)
    assert Book.objects.get().live != old
    assert "Edition 1 is live." in golive(owner, old).content.decode()
    assert Book.objects.get().live == old


def test_the_live_edition_is_not_made_live_and_an_editor_may_not(
    owner: Client, editor_of: Any, shelf: tuple[Edition, Edition]
) -> None:
    old, live = shelf
    assert golive(owner, live).status_code == 403
    assert golive(editor_of(old.book), old).status_code == 403
    assert Book.objects.get().live == live


def test_an_edition_that_cannot_be_served_is_refused_in_words(
    owner: Client, shelf: tuple[Edition, Edition]
) -> None:
    old, live = shelf
    Edition.objects.filter(pk=old.pk).update(embedding="fastembed:gone")
    html = golive(owner, old).content.decode()
    assert "Edition 1 is live." not in html
    assert Book.objects.get().live == live


# ── removing ─────────────────────────────────────────────────────────────────────────────────


def test_old_editions_are_removed_after_a_warning_that_names_them(owner: Client) -> None:
    book = BookFactory.create()
    for _ in range(4):
        EditionFactory.create(book=book)
    url = f"/admin/retrieval/book/{book.pk}/do/prune/"
    assert "Editions 1 and 2 will be removed" in page(owner, url)
    html = owner.post(url, follow=True).content.decode()
    assert "Editions 1 and 2 removed." in html
    assert list(book.editions.values_list("number", flat=True)) == [4, 3]
    assert owner.post(url).status_code == 403  # nothing is left to remove


def test_an_editor_removes_nothing(editor_of: Any) -> None:
    book = BookFactory.create()
    for _ in range(3):
        EditionFactory.create(book=book)
    client = editor_of(book)
    assert "Remove old editions" not in page(client, address("retrieval.book", book.pk))
    assert client.post(f"/admin/retrieval/book/{book.pk}/do/prune/").status_code == 403

"""Who sees what: editors their own books and nothing else, owners every book and the people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.correction import Correction
from chat.models import Answer, Audit, Conversation, Feedback, Finding
from desk.admin.base import Desk
from desk.gap import Gap
from desk.golden import GoldenQuestion
from desk.job import Job
from desk.models import Assignment
from desk.people import EDITORS, OWNERS
from desk.review import Review
from retrieval.models import Book, Edition, Section
from tests.chat.factories import AnswerFactory, FeedbackFactory, SentenceFactory
from tests.desk.conftest import address, listing, member, page, words
from tests.retrieval.factories import EditionFactory, SectionFactory

pytestmark = pytest.mark.django_db

LISTS: list[type[Model]] = [
    Answer, Conversation, Feedback, Audit, Finding, Book, Edition, Section,
    Review, Correction, Gap, GoldenQuestion, Job,
]  # fmt: skip
NAMES = [model._meta.label_lower for model in LISTS]

EditorOf = Callable[..., Client]


def furnished(title: str) -> Book:
    """A book with one row in every list of the desk."""
    edition = EditionFactory.create(book__title=title)
    SectionFactory.create(edition=edition)
    answer = AnswerFactory.create(
        conversation__book=edition.book, edition=edition, question=f"Of {title}?", flagged=True
    )
    FeedbackFactory.create(answer=answer)
    sentence = SentenceFactory.create(answer=answer)
    Finding.objects.create(
        audit=Audit.objects.create(book=edition.book), sentence=sentence, kind="broken",
        old_verdict="supported", old_support=0.9, verdict="unsupported", support=0.2,
    )  # fmt: skip
    _desk_rows(answer, title)
    return edition.book


def _desk_rows(answer: Answer, title: str) -> None:
    book = answer.conversation.book
    now = timezone.now()
    Review.objects.create(book=book, answer=answer)
    Correction.objects.create(
        book=book, question=f"Of {title}?", text="So.", proved=True, encoder="none", vector=b""
    )
    Gap.objects.create(
        book=book, typical=answer, count=1, first_asked=now, last_asked=now, counted=now,
        encoder="none", vector=b"",
    )  # fmt: skip
    GoldenQuestion.objects.create(book=book, key="golden-001", question=f"Of {title}?")
    Job.objects.create(book=book, kind=Job.Kind.AUDIT)


def row_of(model: str, book: Book) -> Any:
    """The row of the book in a list."""
    rows = dict(zip(NAMES, LISTS, strict=True))[model]._default_manager
    desk = admin.site.get_model_admin(rows.model)
    assert isinstance(desk, Desk)
    return rows.get(**{desk.to_book: book.pk})


@pytest.fixture
def own(db: None) -> Book:
    return furnished("Own Book")


@pytest.fixture
def other(db: None) -> Book:
    return furnished("Other Book")


# ── a book's editors see that book ───────────────────────────────────────────────────────────


def test_every_list_of_the_desk_leads_to_a_book() -> None:
    desks = [it for it in admin.site._registry.values() if isinstance(it, Desk)]
    assert {desk.model for desk in desks} >= set(LISTS)
    assert all(desk.to_book for desk in desks)


@pytest.mark.parametrize("model", NAMES)
def test_a_list_holds_the_rows_of_ones_own_books(
    editor_of: EditorOf, own: Book, other: Book, model: str
) -> None:
    shown = editor_of(own).get(listing(model)).context["cl"].result_list
    assert list(shown) == [row_of(model, own)]
    assert row_of(model, other) not in shown


@pytest.mark.parametrize("model", NAMES)
@pytest.mark.parametrize("view", ["change", "history", "delete"])
def test_no_page_opens_for_a_stranger(
    editor_of: EditorOf, own: Book, other: Book, model: str, view: str
) -> None:
    reply = editor_of(own).get(address(model, row_of(model, other).pk, view))
    assert reply.status_code in (302, 403, 404)


@pytest.mark.parametrize("model", NAMES)
def test_ones_own_page_opens(editor_of: EditorOf, own: Book, model: str) -> None:
    page(editor_of(own), address(model, row_of(model, own).pk))


@pytest.mark.parametrize("model", NAMES)
def test_filters_name_no_other_book(
    editor_of: EditorOf, own: Book, other: Book, model: str
) -> None:
    assert other.title not in page(editor_of(own), listing(model))


def test_a_filter_by_hand_finds_no_other_book(editor_of: EditorOf, own: Book, other: Book) -> None:
    found = editor_of(own).get(listing("chat.answer"), {"book": str(other.pk)})
    assert list(found.context["cl"].result_list) == []


def test_an_action_leaves_other_books_alone(editor_of: EditorOf, own: Book, other: Book) -> None:
    answers = [row_of("chat.answer", book) for book in (own, other)]
    act = {"action": "unflag", "_selected_action": [str(answer.pk) for answer in answers]}
    editor_of(own).post(listing("chat.answer"), act)
    assert set(Answer.objects.filter(flagged=True)) == {row_of("chat.answer", other)}


def test_saving_another_books_row_changes_nothing(
    editor_of: EditorOf, own: Book, other: Book
) -> None:
    answer = row_of("chat.answer", other)
    assert editor_of(own).post(address("chat.answer", answer.pk), {}).status_code == 302
    answer.refresh_from_db()
    assert answer.flagged


def test_the_first_page_speaks_of_ones_own_books(
    editor_of: EditorOf, own: Book, other: Book
) -> None:
    text = words(page(editor_of(own), reverse("admin:index")))
    assert "Of Own Book?" in text
    assert "Of Other Book?" not in text


def test_an_editor_without_a_book_sees_an_empty_desk(editor_of: EditorOf, own: Book) -> None:
    editor = editor_of()
    assert "Of Own Book?" not in page(editor, listing("chat.answer"))
    page(editor, reverse("admin:index"))


@pytest.mark.parametrize("model", NAMES)
def test_owners_and_superusers_see_every_book(
    owner: Client, own: Book, other: Book, model: str
) -> None:
    shown = owner.get(listing(model)).context["cl"].result_list
    assert set(shown) == {row_of(model, own), row_of(model, other)}


# ── the least rights ─────────────────────────────────────────────────────────────────────────


def rights(group: str) -> set[str]:
    held = Permission.objects.filter(group__name=group)
    return {f"{it.content_type.app_label}.{it.codename}" for it in held}


def test_editors_change_flags_and_findings_only() -> None:
    assert {it for it in rights(EDITORS) if ".view_" not in it} >= {
        "chat.change_answer", "chat.change_finding"
    }  # fmt: skip
    for forbidden in ("delete_conversation", "export_conversations", "every_book", "change_user"):
        assert not any(it.endswith(forbidden) for it in rights(EDITORS))


def test_owners_have_all_that_editors_have() -> None:
    assert rights(EDITORS) < rights(OWNERS)


def test_the_names_of_rights_are_words_of_a_person() -> None:
    assert Permission.objects.get(codename="every_book").name == "Can work on every book"
    assert Permission.objects.get(codename="view_answer").name == "Can view answer"


@pytest.mark.parametrize("model", ["auth.user", "auth.group", "desk.assignment"])
def test_editors_do_not_see_the_people(editor_of: EditorOf, own: Book, model: str) -> None:
    editor = editor_of(own)
    if model == "desk.assignment":
        assert "Accounts" not in page(editor, reverse("admin:index"))
    else:
        assert editor.get(listing(model)).status_code == 403


# ── an owner looks after the people ──────────────────────────────────────────────────────────


def form_of(person: User, *books: Book, **changed: Any) -> dict[str, Any]:
    """The page of a person as it is sent."""
    rows = {
        f"assignments-{n}-{field}": str(value)
        for n, book in enumerate(books)
        for field, value in {"book": book.pk, "editor": person.pk, "id": ""}.items()
    }
    return {
        "username": person.username, "is_active": "on", "assignments-TOTAL_FORMS": str(len(books)),
        "assignments-INITIAL_FORMS": "0", **rows, **changed,
    }  # fmt: skip


def test_an_owner_makes_an_editor_who_can_work(owner: Client, own: Book) -> None:
    secret = "a long way to tipperary"
    new = {"username": "edda", "password1": secret, "password2": secret, "usable_password": "true"}
    owner.post(reverse("admin:auth_user_add"), new)
    edda = User.objects.get(username="edda")
    group = Group.objects.get(name=EDITORS)
    reply = owner.post(address("auth.user", edda.pk), form_of(edda, own, groups=[str(group.pk)]))
    assert reply.status_code == 302, reply.context["errors"]
    assert list(Assignment.objects.values_list("editor", "book")) == [(edda.pk, own.pk)]
    client = Client()
    assert client.login(username="edda", password=secret)
    assert "Of Own Book?" in page(client, listing("chat.answer"))
    assert "edda Editors Own Book" in words(page(owner, listing("auth.user")))


def test_an_owner_cannot_rise_or_raise(owner: Client) -> None:
    olga = User.objects.get(username="olga")
    powers = {"is_superuser": "on", "user_permissions": ["1"]}
    owner.post(address("auth.user", olga.pk), form_of(olga, **powers))
    olga.refresh_from_db()
    assert not olga.is_superuser
    assert not olga.user_permissions.exists()


def test_an_owner_gives_the_roles_of_the_desk_only(owner: Client) -> None:
    powerful = Group.objects.create(name="Everything")
    eda = member(EDITORS, "eda")
    owner.post(address("auth.user", eda.pk), form_of(eda, groups=[str(powerful.pk)]))
    assert set(eda.groups.values_list("name", flat=True)) == {EDITORS}


def test_an_owner_leaves_superusers_alone(owner: Client) -> None:
    root = User.objects.create_superuser("root")
    assert owner.post(address("auth.user", root.pk), form_of(root)).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[root.pk])
    assert owner.post(password, {}).status_code == 403


def test_a_superuser_may_make_another(superuser: Client) -> None:
    eda = member(EDITORS, "eda")
    superuser.post(address("auth.user", eda.pk), form_of(eda, is_superuser="on"))
    eda.refresh_from_db()
    assert eda.is_superuser


def test_the_list_of_people_tells_roles_and_books(superuser: Client, own: Book) -> None:
    member(OWNERS, "olga")
    User.objects.create_user("ned", is_staff=True)
    text = words(page(superuser, listing("auth.user")))
    assert "olga Owners Every book" in text
    assert "ned None yet None yet" in text
    assert "root Superuser Every book" in text

"""The queue, the page of a review and the form of a correction, as an editor gets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chat.correcting import Draft
from chat.correction import Correction
from chat.models import Answer
from desk.review import Review, ReviewEvent, SentenceLabel, State
from desk.reviewing import approve, claim, correct
from retrieval.models import Book, SectionRule
from tests.chat.correcting.test_corrections import ASKED, MADE_UP, PROVED, passage
from tests.chat.factories import FeedbackFactory
from tests.desk.cast import again, editor, flagged, reviewed
from tests.desk.conftest import address, listing, page, words
from tests.retrieval.factories import BookFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # nothing is collected
]

QUEUE = "desk.review"


def act(client: Client, review: Review, what: str, **fields: Any) -> str:
    """The words of the page that a pressed button leads to."""
    url = reverse("admin:desk_review_act", args=[review.pk])
    seen = {"state": review.state, "assignee": review.assignee_id or ""}
    response = client.post(url, {**seen, "act": what, **fields}, follow=True)
    return words(response.content.decode())


def together(client: Client, what: str, *reviews: Review) -> str:
    chosen = {"action": what, "_selected_action": [review.pk for review in reviews]}
    return words(client.post(listing(QUEUE), chosen, follow=True).content.decode())


# ── the queue ────────────────────────────────────────────────────────────────────────────────


def test_the_queue_fills_as_it_is_opened_and_says_why(superuser: Client) -> None:
    answer = flagged()
    FeedbackFactory.create(answer=answer)
    text = words(page(superuser, listing(QUEUE)))
    assert answer.question in text
    for told in ("Thumb down", "Left out", "Open"):
        assert told in text


def test_the_queue_shows_what_waits_and_can_be_narrowed(superuser: Client) -> None:
    waiting, done = reviewed(), reviewed()
    approve(done, editor("edda"))
    claim(waiting, editor("edda"))
    assert "1 review" in words(page(superuser, listing(QUEUE)))
    for query, count in [
        ({"state": "approved"}, 1), ({"state": "all"}, 2), ({"state": "open"}, 0),
        ({"whose": "mine"}, 0), ({"whose": "others"}, 1), ({"whose": "nobody"}, 0),
        ({"why": "withheld"}, 1), ({"why": "thumb"}, 0), ({"why": "broken"}, 0),
        ({"why": "expired"}, 0), ({"why": "unproved"}, 0),
        ({"book": str(waiting.book_id)}, 1), ({"book": str(done.book_id)}, 0),
    ]:  # fmt: skip
        html = page(superuser, listing(QUEUE), **query)
        assert html.count('name="_selected_action"') == count, query


def test_an_editor_sees_the_queue_of_their_books_only(
    editor_of: Callable[..., Client],
) -> None:
    mine, foreign = reviewed(), reviewed()
    client = editor_of(mine.book)
    html = page(client, listing(QUEUE))
    assert html.count('name="_selected_action"') == 1
    assert client.get(address(QUEUE, foreign.pk)).status_code == 302
    assert "gone" in act(client, foreign, "approve")
    assert again(foreign).state == State.OPEN


def test_the_queue_costs_the_same_queries_for_one_and_for_many(
    superuser: Client, django_assert_max_num_queries: Any
) -> None:
    book = BookFactory.create()
    for _ in range(12):
        reviewed(flagged(book=book))
    page(superuser, listing(QUEUE))
    with django_assert_max_num_queries(24):
        page(superuser, listing(QUEUE))
    with django_assert_max_num_queries(14):
        page(superuser, address(QUEUE, Review.objects.all()[0].pk))


def test_several_are_decided_at_once_and_the_page_says_what_was_done(superuser: Client) -> None:
    first, second, taken = reviewed(), reviewed(), reviewed()
    claim(taken, editor("otto"))
    text = together(superuser, "approve", first, second, taken)
    assert "2 reviews approved." in text
    assert "1 was left alone: another editor has it" in text
    assert again(taken).state == State.CLAIMED


# ── the page of a review ─────────────────────────────────────────────────────────────────────


def test_the_page_tells_why_and_what_and_who(superuser: Client) -> None:
    review = reviewed()
    FeedbackFactory.create(answer=review.answer, comment="No such release.")
    claim(review, editor("edda"))
    text = words(page(superuser, address(QUEUE, review.pk)))
    for told in (
        "Why it is here", "The reader said that the answer did not help.", "No such release.",
        "It needs release 1847", "The number “1847” does not stand in the passages.",
        "With edda", "edda claimed it.", "ragbook opened it.", "Take it over T",
    ):  # fmt: skip
        assert told in text, told


def test_the_buttons_decide_and_lead_to_what_waits_next(superuser: Client) -> None:
    first, second = reviewed(), reviewed()
    withheld = Answer.objects.get(review=first).sentences.get(shown=False)
    said = {"note": "In the table.", f"label-{withheld.pk}": "supported"}
    text = act(superuser, first, "approve", **said)
    assert "Approved." in text
    assert "Review queue" in text
    assert (again(first).state, again(second).state) == (State.APPROVED, State.OPEN)
    assert SentenceLabel.objects.get().label == "supported"
    assert ReviewEvent.objects.filter(who="root", note="In the table.").exists()
    assert "Nothing waits for you." in act(superuser, second, "reject")


def test_the_second_of_two_editors_is_told_on_the_page(
    editor_of: Callable[..., Client],
) -> None:
    review = reviewed()
    edda, otto = editor_of(review.book, name="edda"), editor_of(review.book, name="otto")
    act(edda, review, "claim")
    assert "Somebody was first: edda claimed it." in act(otto, review, "approve")
    assert again(review).state == State.CLAIMED
    act(otto, again(review), "claim")
    act(otto, again(review), "release")
    assert again(review).state == State.OPEN


def test_what_no_page_offers_is_refused(superuser: Client) -> None:
    review = reviewed()
    url = reverse("admin:desk_review_act", args=[review.pk])
    assert superuser.get(url).status_code == 405
    assert superuser.post(url, {"state": "open", "act": "explode"}).status_code == 403
    act(superuser, review, "approve", **{"label-x": "supported", "label-1": "nonsense"})
    assert not SentenceLabel.objects.exists()


def test_who_may_only_look_decides_nothing(client: Client) -> None:
    from django.contrib.auth.models import Permission, User

    review = reviewed()
    visitor = User.objects.create_user("vera", is_staff=True)
    visitor.user_permissions.add(
        Permission.objects.get(codename="view_review"),
        Permission.objects.get(codename="every_book"),
    )
    client.force_login(visitor)
    html = page(client, address(QUEUE, review.pk))
    assert 'value="approve"' not in html
    url = reverse("admin:desk_review_act", args=[review.pk])
    assert client.post(url, {"state": "open", "act": "approve"}).status_code == 403
    assert client.get(reverse("admin:desk_review_correct", args=[review.pk])).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_correction_of_an_excluded_section_is_held_back(superuser: Client, robots: Book) -> None:
    review = reviewed(flagged(book=robots))
    draft = Draft(ASKED, PROVED, (passage(),))
    kept = correct(review, editor("edda"), draft)
    assert "Get it" in words(page(superuser, listing("chat.correction")))
    SectionRule.objects.create(book=robots, prefix="nodes.md", where="page", rule="excluded")
    assert "Held back" in words(page(superuser, listing("chat.correction")))
    assert "Held back" in words(page(superuser, address("chat.correction", kept.pk)))


def test_a_hostile_text_stays_text(superuser: Client) -> None:
    review = reviewed()
    Answer.objects.update(question="<script>alert(1)</script>\u202e")
    html = page(superuser, address(QUEUE, review.pk))
    assert "<script>alert(1)" not in html
    assert "[U+202E]" in html


# ── the form of a correction ─────────────────────────────────────────────────────────────────


@pytest.fixture
def asked(robots: Book) -> Review:
    answer = flagged(book=robots)
    Answer.objects.filter(pk=answer.pk).update(question=ASKED)
    return reviewed(answer)


def form_of(client: Client, review: Review, do: str, **fields: Any) -> str:
    url = reverse("admin:desk_review_correct", args=[review.pk])
    kept = {"state": review.state, "assignee": "", "question": ASKED, "search": ""}
    response = client.post(url, {**kept, "do": do, **fields}, follow=True)
    return response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_form_begins_with_the_answer_and_what_the_book_has(
    superuser: Client, asked: Review
) -> None:
    html = page(superuser, reverse("admin:desk_review_correct", args=[asked.pk]))
    assert ASKED in html
    assert "Run `ros2 node list`." in html  # what the reader saw
    assert passage() in html


@pytest.mark.django_db(transaction=True)
def test_a_search_in_the_form_keeps_the_text_and_the_chosen_passages(
    superuser: Client, asked: Review
) -> None:
    html = form_of(superuser, asked, "search", text="A draft.", search="queue depth",
                   passage=passage())  # fmt: skip
    assert "A draft." in html
    assert f'value="{passage()}" checked' in html
    assert "The default queue depth of a publisher is 10 messages." in words(html)
    found = superuser.get(
        reverse("admin:desk_review_passages", args=[asked.pk]),
        {"q": "queue depth", "passage": passage()},
    ).content.decode()
    assert f'value="{passage()}" checked' in found
    assert "queue depth" in found


@pytest.mark.django_db(transaction=True)
def test_a_proved_correction_is_kept_and_the_review_is_closed(
    superuser: Client, asked: Review
) -> None:
    checked = words(form_of(superuser, asked, "check", text=PROVED, passage=passage()))
    assert "The passages prove every sentence" in checked
    assert not Correction.objects.exists()
    kept = words(form_of(superuser, asked, "save", text=PROVED, passage=passage()))
    assert "From now on readers get your answer" in kept
    assert "Readers get it" in kept
    assert again(asked).state == State.CORRECTED
    assert "Get it" in words(page(superuser, listing("chat.correction")))
    correction = Correction.objects.get()
    assert "It stands on" in words(page(superuser, address("chat.correction", correction.pk)))


@pytest.mark.django_db(transaction=True)
def test_an_unproved_correction_asks_before_it_is_kept(superuser: Client, asked: Review) -> None:
    refused = words(form_of(superuser, asked, "save", text=MADE_UP, passage=passage()))
    assert "Not every sentence is proved" in refused
    assert "Keep my answer all the same" in refused
    assert not Correction.objects.exists()
    form_of(superuser, asked, "save", text=MADE_UP, passage=passage(), confirmed="on")
    assert not Correction.objects.get().proved


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": ""}, "This field is required."),
        ({"text": PROVED}, "Choose passages that are in the book as it is now."),
        ({"text": PROVED, "passage": "0" * 40}, "Choose passages that are in the book"),
        ({"text": PROVED, "question": " "}, "This field is required."),
    ],
)
def test_what_is_missing_is_said(
    superuser: Client, asked: Review, fields: dict[str, str], told: str
) -> None:
    assert told in words(form_of(superuser, asked, "save", **fields))
    assert not Correction.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_correction_that_comes_second_is_not_kept(superuser: Client, asked: Review) -> None:
    approve(again(asked), editor("edda"))
    text = words(form_of(superuser, asked, "save", text=PROVED, passage=passage()))
    assert "Somebody was first: edda approved the answer." in text
    assert not Correction.objects.exists()

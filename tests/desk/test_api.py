"""The editors' interface: whose token opens what, and a trail that says it was a program."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from chat.correction import Correction
from chat.models import Answer
from desk.apitokens import holder_of, token_for
from desk.models import Assignment
from desk.people import EDITORS
from desk.review import Review, ReviewEvent, SentenceLabel, State
from desk.reviewing import claim
from retrieval.models import Book
from tests.chat.correcting.test_corrections import ASKED, MADE_UP, PROVED, passage
from tests.desk.cast import again, editor, flagged, reviewed
from tests.desk.conftest import member

pytestmark = pytest.mark.django_db

QUEUE = "/api/v1/desk/reviews"


def editor_of(*books: Book, name: str = "eda") -> User:
    person = member(EDITORS, name)
    Assignment.objects.bulk_create(Assignment(editor=person, book=book) for book in books)
    return person


def caller(person: User) -> Client:
    """A program with a token of the person."""
    token = token_for(person, timedelta(days=1))
    return Client(headers={"Authorization": f"Bearer {token}"})


def post(client: Client, review: Review, act: str, **body: Any) -> Any:
    body = {"state": review.state, **body}
    return client.post(f"{QUEUE}/{review.pk}/{act}", body, content_type="application/json")


# ── what it does ─────────────────────────────────────────────────────────────────────────────


def test_the_queue_gathers_and_shows_what_has_waited_longest_first() -> None:
    first, second = flagged(), flagged()
    program = caller(editor_of(first.conversation.book, second.conversation.book))
    listed = program.get(QUEUE).json()
    assert {line["question"] for line in listed} == {first.question, second.question}
    assert listed[0]["reasons"] == ["withheld"]
    slug = second.conversation.book.slug
    assert [line["book"] for line in program.get(QUEUE, {"book": slug}).json()] == [slug]
    assert program.get(QUEUE, {"state": "approved"}).json() == []
    assert len(program.get(QUEUE, {"limit": 1}).json()) == 1


def test_a_review_is_read_with_its_sentences_passages_and_trail() -> None:
    review = reviewed()
    shown = caller(editor_of(review.book)).get(f"{QUEUE}/{review.pk}").json()
    assert [it["shown"] for it in shown["sentences"]] == [True, False]
    assert shown["sentences"][1]["reasons"] == ["number_missing:1847"]
    assert shown["passages"][0]["key"]
    assert [it["action"] for it in shown["events"]] == ["opened"]


def test_a_decision_is_kept_with_who_and_through_what() -> None:
    review = reviewed()
    program = caller(editor_of(review.book))
    assert post(program, review, "claim").json()["assignee"] == "eda"
    withheld = Answer.objects.get(review=review).sentences.get(shown=False)
    labels = {str(withheld.pk): "supported"}
    reply = post(program, again(review), "approve", note="In the table.", labels=labels)
    assert (reply.status_code, reply.json()["state"]) == (200, "approved")
    assert SentenceLabel.objects.get().label == "supported"
    trail = ReviewEvent.objects.filter(who="eda", via=ReviewEvent.Via.API)
    assert list(trail.values_list("action", "note")) == [
        ("claimed", ""), ("approved", "In the table."),
    ]  # fmt: skip


def test_a_review_is_rejected() -> None:
    review = reviewed()
    assert post(caller(editor_of(review.book)), review, "reject").json()["state"] == "rejected"


def test_whoever_comes_second_is_told_who_was_first() -> None:
    review = reviewed()
    program = caller(editor_of(review.book))
    claim(again(review), editor("otto"))
    late = post(program, review, "approve")
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert "otto claimed it" in late.json()["message"]
    assert again(review).state == State.CLAIMED


@pytest.mark.django_db(transaction=True)  # which leaves no groups behind
def test_a_correction_is_judged_and_kept(robots: Book) -> None:
    answer = flagged(book=robots)
    Answer.objects.filter(pk=answer.pk).update(question=ASKED)
    review = reviewed(answer)
    program = caller(User.objects.create_superuser("eda"))
    draft = {"question": ASKED, "text": MADE_UP, "passages": [passage()]}
    unproved = post(program, review, "correct", **draft)
    assert (unproved.status_code, unproved.json()["code"]) == (400, "unproved")
    gone = post(program, review, "correct", **{**draft, "passages": ["0" * 40]})
    assert gone.json()["code"] == "passages_gone"
    assert post(program, review, "correct", **{**draft, "text": PROVED}).status_code == 200
    assert Correction.objects.get().author.username == "eda"  # type: ignore[union-attr]
    assert again(review).state == State.CORRECTED


# ── who may ──────────────────────────────────────────────────────────────────────────────────


def test_strange_books_reviews_do_not_exist() -> None:
    own, strange = reviewed(), reviewed()
    program = caller(editor_of(own.book))
    assert [line["id"] for line in program.get(QUEUE).json()] == [own.pk]
    assert program.get(QUEUE, {"book": strange.book.slug}).json() == []
    assert program.get(f"{QUEUE}/{strange.pk}").status_code == 404
    for act in ("claim", "approve", "reject"):
        assert post(program, strange, act).status_code == 404
    draft = {"question": "Q?", "text": "A.", "passages": []}
    assert post(program, strange, "correct", **draft).status_code == 404
    assert again(strange).state == State.OPEN


def test_labels_reach_no_sentence_of_another_review() -> None:
    own, strange = reviewed(), reviewed()
    sentence = Answer.objects.get(review=strange).sentences.first()
    assert sentence is not None
    post(caller(editor_of(own.book)), own, "approve", labels={str(sentence.pk): "supported"})
    assert not SentenceLabel.objects.exists()


@pytest.mark.parametrize("ending", ["password", "closed", "no staff", "time", "forged", "none"])
def test_a_token_ends(ending: str) -> None:
    person = editor_of(reviewed().book)
    token = token_for(person, timedelta(days=-1 if ending == "time" else 1))
    if ending == "password":
        person.set_password("another")
    person.is_active = ending != "closed"
    person.is_staff = ending != "no staff"
    person.save()
    if ending == "forged":
        token = token.replace(f"{person.pk}.", f"{person.pk}.9", 1)
    headers = {} if ending == "none" else {"Authorization": f"Bearer {token}"}
    reply = Client(headers=headers).get(QUEUE)
    assert (reply.status_code, reply.json()["code"]) == (401, "unauthorized")


def test_a_token_of_one_opens_nothing_of_another() -> None:
    eda, otto = editor_of(reviewed().book), editor_of(name="otto")
    signature = token_for(eda, timedelta(days=1)).partition(":")[2]
    assert holder_of(f"{otto.pk}.9999999999:{signature}") is None


@pytest.mark.parametrize("token", ["", ":", "1.2", "x.9999999999:sig", "1.x:sig", "٣.9:sig"])
def test_what_is_no_token_opens_nothing(token: str) -> None:
    assert holder_of(token) is None


def test_whoever_may_not_review_is_told_so() -> None:
    visitor = User.objects.create_user("vera", is_staff=True)
    assert caller(visitor).get(QUEUE).status_code == 403


def test_a_session_of_the_desk_opens_nothing(superuser: Client) -> None:
    review = reviewed()
    assert superuser.get(QUEUE).status_code == 401
    assert post(superuser, review, "approve").status_code == 401


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("approve", {"state": "happy"}),
        ("approve", {"labels": {"1": "nonsense"}}),
        ("approve", {"note": "\0"}),
        ("approve", {"note": "n" * 2_001}),
        ("correct", {"question": " ", "text": "A.", "passages": []}),
        ("correct", {"question": "Q?", "text": "A."}),
    ],
)
def test_what_makes_no_sense_is_refused(act: str, body: dict[str, Any]) -> None:
    review = reviewed()
    reply = post(caller(editor_of(review.book)), review, act, **body)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")
    assert again(review).state == State.OPEN


# ── the command ──────────────────────────────────────────────────────────────────────────────


def test_the_command_prints_a_token() -> None:
    person = editor_of()
    output = StringIO()
    call_command("desk_token", "eda", stdout=output)
    assert holder_of(output.getvalue().strip()) == person


@pytest.mark.parametrize(
    ("arguments", "told"), [(["nobody"], "not an account"), (["eda", "--days", "0"], "from 1 to")]
)
def test_the_command_says_what_is_wrong(arguments: list[str], told: str) -> None:
    editor_of()
    with pytest.raises(CommandError, match=told):
        call_command("desk_token", *arguments)

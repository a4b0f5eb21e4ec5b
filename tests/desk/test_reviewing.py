"""What editors do with a review, and what the one who comes second is told."""

from __future__ import annotations

import pytest

from chat.correcting import Draft, Unproved, corrected
from chat.correction import Correction
from chat.models import Answer
from desk.review import AppendOnly, Review, ReviewEvent, SentenceLabel, State
from desk.reviewing import (
    Said,
    SomebodyWasFirst,
    approve,
    claim,
    claim_all,
    correct,
    decide_all,
    reject,
    release,
)
from retrieval.models import Book
from tests.chat.correcting.test_corrections import ASKED, MADE_UP, PROVED, passage
from tests.desk.cast import again, editor, flagged, reviewed

pytestmark = pytest.mark.django_db


def test_a_claimed_review_is_its_editors() -> None:
    review = reviewed()
    claim(review, editor("edda"))
    kept = again(review)
    assert (kept.state, kept.assignee) == (State.CLAIMED, editor("edda").user)
    release(kept, editor("edda"))
    assert (again(review).state, again(review).assignee) == (State.OPEN, None)


def test_of_two_editors_one_wins_and_the_other_is_told() -> None:
    review = reviewed()
    seen_by_otto = again(review)
    approve(review, editor("edda"))
    with pytest.raises(SomebodyWasFirst, match="edda approved the answer"):
        reject(seen_by_otto, editor("otto"))
    assert again(review).state == State.APPROVED


def test_nobody_decides_what_another_has_claimed() -> None:
    review = reviewed()
    claim(review, editor("edda"))
    for act in (approve, reject, release):
        with pytest.raises(SomebodyWasFirst, match="edda claimed it"):
            act(again(review), editor("otto"))
    claim(again(review), editor("otto"))  # but may take it over, knowing from whom
    with pytest.raises(SomebodyWasFirst, match="otto claimed it"):
        approve(review, editor("edda"))


def test_a_decided_review_is_not_decided_again() -> None:
    review = reviewed()
    approve(review, editor("edda"))
    with pytest.raises(SomebodyWasFirst):
        reject(again(review), editor("edda"))


def test_a_review_whose_conversation_was_erased_says_so() -> None:
    review = reviewed()
    Answer.objects.all().delete()
    with pytest.raises(SomebodyWasFirst, match="erased the conversation"):
        approve(review, editor("edda"))


def test_a_decision_takes_the_flag_off_and_keeps_what_was_said() -> None:
    review = reviewed()
    assert review.answer is not None
    withheld = review.answer.sentences.get(shown=False)
    approve(review, editor("edda"), Said("The book has it in a table.", {withheld.pk: "supported"}))
    assert not Answer.objects.flagged().exists()
    assert SentenceLabel.objects.get().label == "supported"
    last = ReviewEvent.objects.order_by("-pk").first()
    assert last is not None
    assert (last.who, last.action, last.via, last.note) == (
        "edda", "approved", "desk", "The book has it in a table.",
    )  # fmt: skip


def test_a_sentence_of_another_answer_is_not_labelled() -> None:
    review, other = reviewed(), reviewed()
    assert other.answer is not None
    foreign = other.answer.sentences.first()
    assert foreign is not None
    approve(review, editor("edda"), Said(labels={foreign.pk: "supported"}))
    assert not SentenceLabel.objects.exists()


def test_the_trail_is_only_ever_added_to() -> None:
    event = reviewed().events.get()
    with pytest.raises(AppendOnly):
        event.save()
    with pytest.raises(AppendOnly):
        ReviewEvent.objects.update(who="nobody")
    with pytest.raises(AppendOnly):
        ReviewEvent.objects.all().delete()


def test_several_are_decided_at_once_but_not_those_of_others() -> None:
    mine, theirs, done = reviewed(), reviewed(), reviewed()
    claim(theirs, editor("otto"))
    approve(done, editor("otto"))
    outcome = decide_all(Review.objects.all(), State.REJECTED, editor("edda"))
    assert (outcome.done, outcome.left) == (1, 2)
    assert again(mine).state == State.REJECTED
    more = claim_all(Review.objects.filter(pk__in=[theirs.pk, done.pk]), editor("edda"))
    assert (more.done, more.left) == (0, 2)


# ── corrections ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_a_correction_closes_the_review_and_replaces_the_one_before(robots: Book) -> None:
    review = reviewed(flagged(book=robots))
    first = correct(review, editor("edda"), Draft(ASKED, PROVED, (passage(),)))
    kept = again(review)
    assert (kept.state, kept.correction) == (State.CORRECTED, first)
    Review.objects.update(state=State.EXPIRED, assignee=None)
    second = correct(again(review), editor("otto"), Draft(ASKED, PROVED, (passage(),)))
    assert list(Correction.objects.kept()) == [second]
    found = corrected("robots", ASKED)
    assert found is not None
    assert found.correction == second


@pytest.mark.django_db(transaction=True)
def test_a_refused_correction_changes_nothing(robots: Book) -> None:
    review = reviewed(flagged(book=robots))
    with pytest.raises(Unproved):
        correct(review, editor("edda"), Draft(ASKED, MADE_UP, (passage(),)))
    seen = again(review)
    claim(review, editor("otto"))
    with pytest.raises(SomebodyWasFirst, match="otto claimed it"):
        correct(seen, editor("edda"), Draft(ASKED, PROVED, (passage(),)))
    assert not Correction.objects.exists()
    assert Answer.objects.flagged().exists()


@pytest.mark.django_db(transaction=True)
def test_a_rejected_review_takes_its_correction_back(robots: Book) -> None:
    review = reviewed(flagged(book=robots))
    correct(review, editor("edda"), Draft(ASKED, PROVED, (passage(),)))
    Review.objects.update(state=State.EXPIRED, assignee=None)
    reject(again(review), editor("edda"))
    assert corrected("robots", ASKED) is None
    assert again(review).correction is None

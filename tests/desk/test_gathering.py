"""The queue fills itself, whoever flagged what, and holds nothing twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from chat.correcting import Draft
from chat.keeping import save_feedback
from chat.models import Answer, Audit, Conversation, Feedback, Finding, Sentence
from chat.schemas import FeedbackIn
from chat.tokens import token_for
from desk.gathering import gather
from desk.review import Review, ReviewEvent, State, Why
from desk.reviewing import approve, claim, correct, reject
from retrieval.editions import rollback
from retrieval.models import Book
from tests.books import ingest_quietly
from tests.chat.correcting.test_corrections import ASKED, PROVED, passage
from tests.chat.factories import AnswerFactory, FeedbackFactory
from tests.desk.cast import again, editor, flagged, reviewed

pytestmark = pytest.mark.django_db


def states() -> list[str]:
    return list(Review.objects.order_by("pk").values_list("state", flat=True))


def actions(review: Review) -> list[str]:
    return list(review.events.values_list("action", flat=True))


def test_who_has_waited_longest_stands_on_top_though_nobody_looked_for_days() -> None:
    now = timezone.now()
    late, early, disliked = (flagged() for _ in range(3))
    for answer, days in ((late, 1), (early, 3), (disliked, 5)):
        Answer.objects.filter(pk=answer.pk).update(created=now - timedelta(days=days))
    FeedbackFactory.create(answer=disliked)
    Feedback.objects.update(created=now - timedelta(days=2))
    gather()
    waiting = Review.objects.to_do().in_order()
    assert [review.answer for review in waiting] == [early, disliked, late]
    assert [(now - review.opened).days for review in waiting] == [3, 2, 1]


def test_what_is_flagged_in_another_process_is_in_the_queue() -> None:
    answer = AnswerFactory.create()
    Answer.objects.filter(pk=answer.pk).update(flagged=True)  # no signal, no hook
    assert gather() == 1
    review = Review.objects.get()
    assert (review.answer, review.book, review.state) == (
        answer, answer.conversation.book, State.OPEN,
    )  # fmt: skip
    assert actions(review) == ["opened"]


def test_nothing_is_gathered_twice() -> None:
    flagged()
    assert gather() == 1
    assert gather() == 0
    assert states() == ["open"]
    assert ReviewEvent.objects.count() == 1


def test_a_reader_who_was_not_helped_brings_a_review() -> None:
    answer = AnswerFactory.create()
    thumb = FeedbackIn(
        token=token_for(answer.conversation_id), helpful=False, comment="That is wrong."
    )
    save_feedback(answer.pk, thumb)
    review = reviewed(answer)
    assert Review.objects.with_reasons().get().reasons == [Why.THUMB]
    assert list(Review.objects.because(Why.THUMB)) == [review]
    assert not Review.objects.because(Why.WITHHELD).exists()


def test_a_sentence_that_an_audit_found_broken_brings_its_answer_back() -> None:
    review = reviewed()
    approve(review, editor("edda"))
    sentence = Sentence.objects.get(answer=review.answer_id, shown=True)
    Finding.objects.create(
        audit=Audit.objects.create(book=review.book), sentence=sentence, kind="broken",
        old_verdict="supported", old_support=0.9, verdict="unsupported", support=0.1,
    )  # fmt: skip
    Answer.objects.update(flagged=True)
    assert gather() == 1
    found = Review.objects.with_reasons().get()
    assert (found.state, found.assignee, found.decided) == (State.OPEN, None, None)
    assert Why.BROKEN in found.reasons
    assert list(Review.objects.because(Why.BROKEN)) == [found]
    assert actions(found) == ["opened", "approved", "reopened"]


def test_a_decided_review_stays_decided() -> None:
    reject(reviewed(), editor("edda"))
    assert gather() == 0
    assert states() == ["rejected"]


def test_a_flag_that_is_taken_off_elsewhere_closes_the_review() -> None:
    review = reviewed()
    Answer.objects.update(flagged=False)
    assert gather() == 0
    assert actions(review) == ["opened", "settled"]
    assert again(review).state == State.APPROVED


def test_what_a_reader_erases_leaves_the_queue() -> None:
    reviewed()
    Conversation.objects.all().delete()
    assert not Review.objects.exists()
    assert not ReviewEvent.objects.exists()


def test_gathering_costs_the_same_however_much_is_decided(django_assert_num_queries: Any) -> None:
    for _ in range(3):
        approve(reviewed(), editor("edda"))
    gather()
    with django_assert_num_queries(14):  # four transactions among them
        gather()


# ── corrections that expire ──────────────────────────────────────────────────────────────────


def changed(folder: Path) -> None:
    page = folder / "docs/nodes.md"
    page.write_text(page.read_text().replace("one name per line", "two names per line"))
    ingest_quietly(folder)


def corrected(book: Book) -> Review:
    review = reviewed(flagged(book=book))
    correct(review, editor("edda"), Draft(ASKED, PROVED, (passage(),)))
    return review


@pytest.mark.django_db(transaction=True)
def test_an_expired_correction_returns_to_the_queue_and_closes_after_a_rollback(
    robots: Book, tmp_path: Path
) -> None:
    review = corrected(robots)
    assert gather() == 0
    changed(tmp_path / "robots")
    assert gather() == 1
    assert again(review).state == State.EXPIRED
    assert again(review).waits
    rollback("robots")
    assert gather() == 0
    assert again(review).state == State.CORRECTED
    assert actions(review) == ["opened", "corrected", "expired", "revived"]


@pytest.mark.django_db(transaction=True)
def test_an_expired_correction_returns_even_if_its_answer_was_erased(
    robots: Book, tmp_path: Path
) -> None:
    corrected(robots)
    Conversation.objects.all().delete()
    changed(tmp_path / "robots")
    assert gather() == 1
    review = Review.objects.get()
    assert (review.state, review.question, review.answer) == (State.EXPIRED, ASKED, None)
    claim(review, editor("edda"))
    reject(review, editor("edda"))
    assert gather() == 0

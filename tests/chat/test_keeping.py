"""What is stored, in which order, and for whom it opens."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from chat import keeping
from chat.errors import Conflict, Forbidden, NotFound
from chat.keeping import Begun, Ending
from chat.models import Answer, Conversation
from chat.reply import answer_json, end_event, stored_events
from chat.schemas import FeedbackIn, Question
from chat.tokens import token_for
from chat.verdict import Outcome
from retrieval.models import Book
from tests.chat.factories import (
    AnswerFactory,
    CitationFactory,
    ConversationFactory,
    SentenceFactory,
    evidence,
)
from tests.retrieval.factories import BookFactory, ChunkFactory, EditionFactory

pytestmark = pytest.mark.django_db

LONG_ID = "0b7f8f5e-7a3d-4a53-9d53-1f4d0c1d9a11"


@pytest.fixture
def book() -> Book:
    return EditionFactory.create(book__slug="primer").book


def ask(**fields: Any) -> Begun:
    values = {"book": "primer", "question": "What is a node?", **fields}
    return keeping.begin(Question(**values), address="203.0.113.7")


def ending(outcome: Outcome = Outcome.ANSWERED) -> Ending:
    return Ending(
        outcome=outcome.value,
        verdict="supported",
        text="A node is a process.",
        withheld=0,
        flagged=False,
        model="fake",
        error_code="",
        search_query="node",
        answerable=0.9,
        input_tokens=10,
        output_tokens=5,
        retrieve_ms=3.0,
        first_sentence_ms=12.0,
        total_ms=20.0,
    )


def stored(answer: uuid.UUID) -> Answer:
    return keeping.with_parts().get(pk=answer)


# ── the question ─────────────────────────────────────────────────────────────────────────────


def test_the_question_and_its_answer_are_stored_before_anything_else(book: Book) -> None:
    begun = ask(page_url="https://x/docs/nodes", selection="a node")
    answer = Answer.objects.get(pk=begun.answer)
    assert begun.is_new
    assert answer.outcome == Outcome.RUNNING
    assert answer.edition == book.live
    assert (answer.question, answer.selection) == ("What is a node?", "a node")


def test_a_retry_finds_the_first_answer(book: Book) -> None:
    first = ask(client_id=LONG_ID)
    second = ask(client_id=LONG_ID)
    assert (first.answer, first.token) == (second.answer, second.token)
    assert not second.is_new
    assert Answer.objects.count() == Conversation.objects.count() == 1


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.INTERRUPTED])
def test_a_retry_after_a_failure_is_a_new_try(book: Book, outcome: Outcome) -> None:
    first = ask(client_id=LONG_ID)
    keeping.finish(first.answer, ending(outcome))
    second = ask(client_id=LONG_ID)
    assert second.is_new
    assert (second.conversation, second.token) == (first.conversation, first.token)
    assert not ask(client_id=LONG_ID).is_new
    assert Answer.objects.count() == 2


def test_a_client_id_cannot_carry_another_question(book: Book) -> None:
    ask(client_id=LONG_ID)
    with pytest.raises(Conflict):
        ask(client_id=LONG_ID, question="What is a topic?")


def test_a_conversation_goes_on_with_its_token_and_remembers(book: Book) -> None:
    first = ask()
    keeping.finish(first.answer, ending())
    second = ask(conversation=first.conversation, token=first.token, question="And its name?")
    assert second.conversation == first.conversation
    assert second.history == (
        {"role": "user", "content": "What is a node?"},
        {"role": "assistant", "content": "A node is a process."},
    )


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REFUSED, Outcome.INTERRUPTED])
def test_an_answer_that_came_to_nothing_is_no_history(book: Book, outcome: Outcome) -> None:
    first = ask()
    keeping.finish(first.answer, ending(outcome))
    assert ask(conversation=first.conversation, token=first.token).history == ()


def test_history_ends_after_six_turns_and_keeps_the_newest(book: Book) -> None:
    conversation = ConversationFactory.create(book=book)
    for n in range(8):
        AnswerFactory.create(conversation=conversation, question=f"Question {n}")
    begun = ask(conversation=conversation.pk, token=token_for(conversation.pk))
    asked = [turn["content"] for turn in begun.history if turn["role"] == "user"]
    assert asked == [f"Question {n}" for n in range(2, 8)]


@pytest.mark.parametrize("token", ["", "wrong", token_for(uuid.UUID(int=7))])
def test_a_stranger_cannot_tell_a_conversation_from_none(book: Book, token: str) -> None:
    conversation = ConversationFactory.create(book=book)
    with pytest.raises(NotFound) as existing:
        ask(conversation=conversation.pk, token=token)
    with pytest.raises(NotFound) as missing:
        ask(conversation=uuid.uuid4(), token=token)
    assert existing.value.message == missing.value.message


def test_a_conversation_stays_in_its_book(book: Book) -> None:
    other = ConversationFactory.create(book=EditionFactory.create().book)
    with pytest.raises(NotFound):
        ask(conversation=other.pk, token=token_for(other.pk))


def test_unknown_unpublished_and_empty_books_are_not_found() -> None:
    EditionFactory.create(book__slug="hidden", book__published=False)
    BookFactory.create(slug="empty")
    for slug in ("nowhere", "hidden", "empty"):
        with pytest.raises(NotFound):
            ask(book=slug)


def test_only_the_books_own_sites_may_embed_it(book: Book) -> None:
    book.origins = ["https://primer.example.org"]
    book.save()
    assert keeping.open_book("primer", "https://primer.example.org") == book
    assert keeping.open_book("primer", "") == book
    for origin in ("https://evil.example", "https://primer.example.org:444", "null"):
        with pytest.raises(Forbidden):
            keeping.open_book("primer", origin)


def test_a_site_that_was_refused_is_logged(book: Book, caplog: pytest.LogCaptureFixture) -> None:
    book.origins = ["https://primer.example.org"]
    book.save()
    with caplog.at_level("INFO"), pytest.raises(Forbidden):
        keeping.open_book("primer", "https://evil.example")
    assert "origin_refused" in caplog.text
    assert "https://evil.example" in caplog.text


# ── the end ──────────────────────────────────────────────────────────────────────────────────


def test_an_answer_ends_once(book: Book) -> None:
    begun = ask()
    assert keeping.finish(begun.answer, ending(Outcome.STOPPED))
    assert not keeping.finish(begun.answer, ending(Outcome.ANSWERED))
    assert stored(begun.answer).outcome == Outcome.STOPPED


def test_a_cited_passage_comes_with_the_words_that_were_shown(book: Book) -> None:
    begun = ask()
    for n in (1, 2):
        CitationFactory.create(answer_id=begun.answer, n=n, cited=False)
    unseen, shown = [evidence(1, "unseen")], [evidence(2, "one name a line")]
    SentenceFactory.create(answer_id=begun.answer, ordinal=0, shown=False, evidence=unseen)
    SentenceFactory.create(answer_id=begun.answer, ordinal=1, evidence=shown)
    keeping.finish(begun.answer, ending(), [2])
    [cited] = answer_json(stored(begun.answer))["citations"]
    assert (cited["n"], cited["quote"]) == (2, "one name a line")
    assert list(stored(begun.answer).citations.filter(cited=True).values_list("n")) == [(2,)]


def test_a_refusal_offers_the_nearest_sections_each_once(book: Book) -> None:
    begun = ask()
    for n, anchor in enumerate(["a", "a", "b", "c", "d"], start=1):
        CitationFactory.create(answer_id=begun.answer, n=n, url=f"https://x#{anchor}", cited=False)
    keeping.finish(begun.answer, ending(Outcome.REFUSED))
    assert [c["url"][-1] for c in answer_json(stored(begun.answer))["citations"]] == ["a", "b", "c"]


def test_the_reaper_ends_what_shows_no_sign_of_life(book: Book) -> None:
    silent, alive = ask().answer, ask().answer
    long_ago = timezone.now() - timedelta(minutes=2)
    Answer.objects.filter(pk__in=[silent, alive]).update(heartbeat=long_ago)
    keeping.beat([alive])
    assert keeping.reap() == 1
    assert Answer.objects.get(pk=silent).outcome == Outcome.INTERRUPTED
    assert Answer.objects.get(pk=alive).outcome == Outcome.RUNNING


def test_a_citation_outlives_its_chunk() -> None:
    chunk = ChunkFactory.create()
    citation = CitationFactory.create(chunk=chunk)
    chunk.edition.delete()
    citation.refresh_from_db()
    assert citation.chunk is None
    assert citation.text.startswith("Run ros2 node list")


# ── what a reader gets of it ─────────────────────────────────────────────────────────────────


def test_the_text_of_a_withheld_sentence_stays_here() -> None:
    answer = AnswerFactory.create(withheld=1)
    SentenceFactory.create(answer=answer, ordinal=0)
    SentenceFactory.create(answer=answer, ordinal=1, text="A secret lie.", shown=False)
    loaded = keeping.with_parts().get(pk=answer.pk)
    assert "secret" not in str(answer_json(loaded))
    assert "secret" not in str(list(stored_events(loaded, -1)))
    assert [sentence["shown"] for sentence in answer_json(loaded)["sentences"]] == [True, False]


def test_replay_from_any_point_gives_the_rest_and_one_end() -> None:
    answer = AnswerFactory.create()
    for ordinal in range(4):
        SentenceFactory.create(answer=answer, ordinal=ordinal)
    loaded = keeping.with_parts().get(pk=answer.pk)
    for after in range(-1, 4):
        events = list(stored_events(loaded, after))
        kinds = [event.type for event in events]
        assert kinds[:2] == ["answer.started", "answer.sources"]
        assert kinds[2:-1] == ["answer.sentence"] * (3 - after)
        assert kinds[-1] == "answer.finished"


@pytest.mark.parametrize("outcome", ["failed", "interrupted"])
def test_a_failed_answer_ends_in_a_failure_that_may_be_tried_again(outcome: str) -> None:
    answer = keeping.with_parts().get(
        pk=AnswerFactory.create(outcome=outcome, error_code="deadline").pk
    )
    event = end_event(answer, [], [])
    assert event.type == "answer.failed"
    assert event.retryable


# ── afterwards ───────────────────────────────────────────────────────────────────────────────


def test_a_thumb_is_kept_once_and_a_thumb_down_flags() -> None:
    answer = AnswerFactory.create()
    token = token_for(answer.conversation_id)
    keeping.save_feedback(answer.pk, FeedbackIn(token=token, helpful=True))
    assert not Answer.objects.flagged().exists()
    keeping.save_feedback(answer.pk, FeedbackIn(token=token, helpful=False, reason="wrong"))
    answer.refresh_from_db()
    assert answer.flagged
    assert answer.feedback.reason == "wrong"


def test_a_stranger_cannot_rate_or_erase() -> None:
    answer = AnswerFactory.create()
    stranger = token_for(uuid.uuid4())
    with pytest.raises(NotFound):
        keeping.save_feedback(answer.pk, FeedbackIn(token=stranger, helpful=True))
    with pytest.raises(NotFound):
        keeping.erase(answer.conversation_id, stranger)
    assert Answer.objects.filter(pk=answer.pk).exists()


def test_erasing_a_conversation_erases_everything_in_it() -> None:
    sentence = SentenceFactory.create()
    conversation = sentence.answer.conversation
    keeping.erase(conversation.pk, token_for(conversation.pk))
    assert not Conversation.objects.exists()
    assert not Answer.objects.exists()

"""Conversations against a model of them in plain Python, whatever readers do, in any order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chat import budget, keeping
from chat.errors import Conflict, NotFound
from chat.keeping import Begun, Ending
from chat.models import Answer, Conversation, Sentence
from chat.schemas import Question
from chat.spending import Reservation, Spending
from chat.tokens import token_for
from chat.verdict import Outcome
from retrieval.models import Book, Edition
from retrieval.serving import forget
from tests.reliability.conftest import Record
from tests.retrieval.factories import EditionFactory

WORDS = st.sampled_from(["What is a node?", "How do I list topics?", "Why?"])
ENDS = st.sampled_from([Outcome.ANSWERED, Outcome.QUOTED, Outcome.REFUSED, Outcome.FAILED])
COMPLETE = {Outcome.ANSWERED, Outcome.QUOTED, Outcome.STOPPED}
FAILED = {Outcome.FAILED, Outcome.INTERRUPTED}
ANSWERS_PAID = 4


def as_stored(key: uuid.UUID) -> str:
    """As the database writes it into a text: SQLite has no type of its own for it."""
    return str(key) if connection.vendor == "postgresql" else key.hex


@dataclass
class Asked:
    """What a reader knows of a question of theirs."""

    question: str
    client_id: str
    conversation: uuid.UUID
    edition: int
    outcome: str = Outcome.RUNNING
    sentences: list[str] = field(default_factory=list)
    retried: bool = field(default=False, compare=False)
    """Whether another answer has its ``client_id`` now, so that no reader asks by this one's."""


class Conversations(RuleBasedStateMachine):
    """``known`` is the model: every question that was taken on and not erased, in its order."""

    answers = Bundle("answers")

    def __init__(self) -> None:
        super().__init__()
        self._undone = transaction.atomic()
        self._undone.__enter__()
        self.book: Book = EditionFactory.create(book__slug="robots").book
        self.most = ANSWERS_PAID * budget.most_tokens()
        self._change(daily_tokens=self.most)
        self.known: dict[uuid.UUID, Asked] = {}
        self.spent = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._undone.__exit__(None, None, None)
        forget()

    def _change(self, **values: Any) -> None:
        Book.objects.filter(pk=self.book.pk).update(**values)
        self.book.refresh_from_db()
        forget()

    def _ask(self, asked: Asked | None, question: str, client_id: str) -> Begun:
        within: dict[str, Any] = {}
        if asked is not None:
            within = {"conversation": asked.conversation, "token": token_for(asked.conversation)}
        question_in = Question(book="robots", question=question, client_id=client_id, **within)
        return keeping.begin(question_in, "10.0.0.1")

    def _take(self, begun: Begun, question: str, client_id: str) -> None:
        assert begun.is_new
        assert begun.answer not in self.known
        assert self.book.live_id is not None
        self.known[begun.answer] = Asked(question, client_id, begun.conversation, self.book.live_id)

    # ── what readers do ──────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.book.published)
    @rule(target=answers, question=WORDS)
    def open_a_conversation(self, question: str) -> uuid.UUID:
        client_id = str(uuid.uuid4())
        begun = self._ask(None, question, client_id)
        assert begun.history == ()
        self._take(begun, question, client_id)
        return begun.answer

    @precondition(lambda self: self.book.published)
    @rule(target=answers, earlier=answers, question=WORDS)
    def ask_on(self, earlier: uuid.UUID, question: str) -> Any:
        asked = self.known.get(earlier)
        if asked is None:
            return multiple()
        client_id = str(uuid.uuid4())
        begun = self._ask(asked, question, client_id)
        turns = [one for one in self._within(asked.conversation) if one.outcome in COMPLETE]
        said = [message["content"] for message in begun.history if message["role"] == "user"]
        assert said == [one.question for one in turns][-keeping.HISTORY_TURNS :]
        self._take(begun, question, client_id)
        return begun.answer

    @precondition(lambda self: self.book.published)
    @rule(target=answers, earlier=answers)
    def retry(self, earlier: uuid.UUID) -> Any:
        asked = self.known.get(earlier)
        if asked is None or asked.retried:
            return multiple()
        begun = self._ask(asked, asked.question, asked.client_id)
        if asked.outcome not in FAILED:
            assert (begun.answer, begun.is_new) == (earlier, False)
            return multiple()
        client_id, asked.client_id = asked.client_id, f"failed-{as_stored(earlier)}"
        asked.retried = True
        self._take(begun, asked.question, client_id)
        return begun.answer

    @precondition(lambda self: self.book.published)
    @rule(earlier=answers)
    def ask_something_else_by_the_same_id(self, earlier: uuid.UUID) -> None:
        asked = self.known.get(earlier)
        if asked and asked.outcome not in FAILED:
            with pytest.raises(Conflict), transaction.atomic():
                self._ask(asked, f"{asked.question} Or else?", asked.client_id)

    @rule(conversation_of=consumes(answers))
    def erase(self, conversation_of: uuid.UUID) -> None:
        if asked := self.known.get(conversation_of):
            keeping.erase(asked.conversation, token_for(asked.conversation))
            self.known = {
                pk: one for pk, one in self.known.items() if one.conversation != asked.conversation
            }

    @rule(answer=answers)
    def look_with_another_key(self, answer: uuid.UUID) -> None:
        with pytest.raises(NotFound):
            keeping.open_answer(answer, token_for(uuid.uuid4()))

    # ── what becomes of answers ──────────────────────────────────────────────────────────────

    @rule(answer=answers, text=WORDS)
    def speak(self, answer: uuid.UUID, text: str) -> None:
        asked = self.known.get(answer)
        if asked and asked.outcome == Outcome.RUNNING:
            ordinal = len(asked.sentences)
            keeping.save([Sentence(answer_id=answer, ordinal=ordinal, text=text, shown=True)])
            asked.sentences.append(text)

    @rule(answer=answers, outcome=ENDS | st.just(Outcome.STOPPED), tokens=st.integers(0, 9_000))
    def finish(self, answer: uuid.UUID, outcome: Outcome, tokens: int) -> None:
        reserved = Reservation.objects.filter(pk=answer).exists()
        ended = keeping.finish(answer, _ending(outcome, tokens))
        self.spent += tokens if reserved else 0
        asked = self.known.get(answer)
        assert ended == (asked is not None and asked.outcome == Outcome.RUNNING)
        if asked and ended:
            asked.outcome = outcome.value

    @rule(answer=answers)
    def lose_the_process(self, answer: uuid.UUID) -> None:
        asked = self.known.get(answer)
        dead = timezone.now() - 2 * keeping.ABANDONED_AFTER
        Answer.objects.filter(pk=answer).update(heartbeat=dead)
        running = asked is not None and asked.outcome == Outcome.RUNNING
        assert keeping.reap() == running
        if asked and running:
            asked.outcome = Outcome.INTERRUPTED.value

    # ── what editors and time do ─────────────────────────────────────────────────────────────

    @rule()
    def take_back_or_publish(self) -> None:
        self._change(published=not self.book.published)

    @precondition(lambda self: not self.book.published)
    @rule(question=WORDS)
    def ask_a_book_that_is_not_there(self, question: str) -> None:
        with pytest.raises(NotFound):
            self._ask(None, question, str(uuid.uuid4()))

    @rule()
    def index_anew(self) -> None:
        edition: Edition = EditionFactory.create(book=self.book)
        self._change(live=edition)

    @rule(conversation_of=answers)
    def let_it_expire(self, conversation_of: uuid.UUID) -> None:
        asked = self.known.get(conversation_of)
        if asked is None:
            return
        old = timezone.now() - timedelta(days=400)
        Conversation.objects.filter(pk=asked.conversation).update(last_asked=old)
        with pytest.raises(NotFound):
            keeping.open_answer(conversation_of, token_for(asked.conversation))
        assert keeping.forget(timedelta(days=365)) == 1
        self.known = {
            pk: one for pk, one in self.known.items() if one.conversation != asked.conversation
        }

    # ── what always holds ────────────────────────────────────────────────────────────────────

    @invariant()
    def rows_are_what_readers_know(self) -> None:
        rows = {
            row.pk: Asked(
                row.question, row.client_id, row.conversation_id, row.edition_id or 0, row.outcome,
                [sentence.text for sentence in row.sentences.all()],
            )
            for row in Answer.objects.prefetch_related("sentences").order_by("created")
        }  # fmt: skip
        assert rows == self.known
        assert list(rows) == list(self.known)

    @invariant()
    def a_reader_opens_what_is_theirs(self) -> None:
        for answer, asked in [*self.known.items()][-1:]:
            opened = keeping.open_answer(answer, token_for(asked.conversation))
            assert [one.text for one in opened.sentences.all()] == asked.sentences

    @invariant()
    def the_budget_is_kept(self) -> None:
        used = sum(Spending.objects.values_list("used", flat=True))
        reserved = sum(Reservation.objects.values_list("tokens", flat=True))
        assert used == self.spent
        assert used + reserved <= self.most

    def _within(self, conversation: uuid.UUID) -> list[Asked]:
        return [one for one in self.known.values() if one.conversation == conversation]


def _ending(outcome: Outcome, tokens: int) -> Ending:
    return Ending(
        outcome=outcome.value, verdict="supported", text="Said.", withheld=0, flagged=False,
        model="fake", error_code="", search_query="", answerable=1.0, input_tokens=tokens,
        output_tokens=0, retrieve_ms=1.0, first_sentence_ms=1.0, total_ms=1.0,
    )  # fmt: skip


@pytest.fixture
def _paid(settings: Any) -> None:
    settings.OPENAI_API_KEY = "test"


@pytest.mark.django_db
@pytest.mark.usefixtures("_paid")
@pytest.mark.parametrize(
    ("runs", "steps"), [(12, 25), pytest.param(200, 50, marks=pytest.mark.chaos)]
)
def test_nothing_that_readers_do_parts_rows_from_what_they_know(
    runs: int, steps: int, record: Record
) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Conversations,
        settings=settings(
            max_examples=runs, stateful_step_count=steps, deadline=None,
            suppress_health_check=checks, database=None,
        ),
    )  # fmt: skip
    record("T14", f"{runs} runs of {steps} steps, no divergence")

"""Budgets of tokens: reserved with the question, settled with the answer, never overspent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from prometheus_client import REGISTRY

from chat import answering, budget, keeping
from chat.budget import most_tokens
from chat.database import db
from chat.keeping import Begun
from chat.models import Answer, Reservation, Spending
from chat.prompts import LONGEST_PROMPT, answer_prompt
from chat.schemas import Question
from chat.verdict import Outcome
from retrieval.models import Book
from retrieval.passages import Kind, Passage
from tests.chat.test_answering import asked, fake_model
from tests.chat.test_keeping import ending
from tests.retrieval.factories import EditionFactory

pytestmark = pytest.mark.django_db
threads = pytest.mark.django_db(transaction=True)  # which see only what is committed

READERS = 24


@pytest.fixture(autouse=True)
def a_key(settings: Any, data_folder: Any) -> None:
    settings.OPENAI_API_KEY = "test"


@pytest.fixture
def book() -> Book:
    return limited(EditionFactory.create(book__slug="primer").book)


def limited(book: Book, answers: int = 1) -> Book:
    """The book with a day's budget of so many answers."""
    book.daily_tokens = answers * most_tokens()
    book.save()
    return book


def ask(slug: str = "primer", **fields: Any) -> Begun:
    question = Question(**{"book": slug, "question": "What is a node?", **fields})
    return keeping.begin(question, address="203.0.113.7")


def used(book: Book) -> int:
    return sum(Spending.objects.filter(book=book).values_list("used", flat=True))


# ── one reader after another ─────────────────────────────────────────────────────────────────


def test_a_question_reserves_the_most_that_it_can_use(book: Book) -> None:
    first, second = ask(), ask()
    assert (first.affordable, second.affordable) == (True, False)
    assert Reservation.objects.get().answer == first.answer


def test_the_end_of_an_answer_settles_what_it_really_used(book: Book) -> None:
    keeping.finish(ask().answer, ending())
    assert used(book) == 15
    assert not Reservation.objects.exists()
    limited(book, answers=2)
    assert ask().affordable


def test_what_is_used_up_to_the_limit_leaves_nothing(book: Book) -> None:
    Spending.objects.create(book=book, day=datetime.now(UTC).date(), used=1)
    assert not ask().affordable


def test_a_retry_reserves_nothing_of_its_own(book: Book) -> None:
    client_id = str(uuid.uuid4())
    assert ask(client_id=client_id).affordable
    ask(client_id=client_id)
    assert Reservation.objects.count() == 1


def test_a_conversation_that_is_erased_meanwhile_is_paid_for(book: Book) -> None:
    begun = ask()
    keeping.erase(begun.conversation, begun.token)
    assert not keeping.finish(begun.answer, ending())
    assert used(book) == 15


def test_a_killed_processs_reservation_is_released_when_its_answer_must_have_ended(
    book: Book, settings: Any
) -> None:
    ask()
    within = datetime.now(UTC) - timedelta(seconds=settings.RAGBOOK_DEADLINE_S + 1)
    Reservation.objects.update(created=within)
    assert not ask().affordable
    Reservation.objects.update(created=within - budget.GRACE)
    assert ask().affordable


def test_an_answer_that_ends_too_late_still_counts(book: Book) -> None:
    begun = ask()
    Reservation.objects.update(created=datetime.now(UTC) - timedelta(hours=2))
    keeping.reap()
    keeping.finish(begun.answer, ending())
    assert used(book) == 15


def test_reservations_of_the_killed_do_not_pile_up(book: Book) -> None:
    ask()
    Reservation.objects.update(created=datetime.now(UTC) - timedelta(days=2))
    keeping.reap()
    assert not Reservation.objects.exists()


@pytest.mark.parametrize(
    ("field", "day", "affordable"),
    [
        ("daily_tokens", date(2026, 5, 30), True),
        ("daily_tokens", date(2026, 5, 31), False),
        ("monthly_tokens", date(2026, 4, 30), True),
        ("monthly_tokens", date(2026, 5, 1), False),
    ],
)
def test_days_and_months_begin_anew(book: Book, field: str, day: date, affordable: bool) -> None:
    Spending.objects.create(book=book, day=day, used=1)
    book.daily_tokens = book.monthly_tokens = None
    setattr(book, field, most_tokens())
    today = date(2026, 5, 31)
    [limit] = budget.limits_of(book, today)
    assert (limit.left() >= most_tokens()) is affordable


@pytest.mark.parametrize("setting", ["RAGBOOK_DAILY_TOKENS", "RAGBOOK_MONTHLY_TOKENS"])
def test_all_books_share_the_overall_limit(settings: Any, setting: str) -> None:
    for slug in ("one", "two"):
        EditionFactory.create(book__slug=slug)
    setattr(settings, setting, most_tokens())
    assert ask("one").affordable
    assert not ask("two").affordable


def test_without_a_limit_everything_is_affordable_and_counted() -> None:
    book = EditionFactory.create(book__slug="primer").book
    begun = [ask() for _ in range(3)]
    assert all(one.affordable for one in begun)
    for one in begun:
        keeping.finish(one.answer, ending())
    assert used(book) == 45


def test_without_a_key_nothing_is_reserved(book: Book, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    keeping.finish(ask().answer, ending())
    assert not Reservation.objects.exists()


def test_what_is_left_is_measured(book: Book) -> None:
    ask()
    labels = {"book": "primer", "period": "day"}
    ask()
    assert REGISTRY.get_sample_value("ragbook_budget_left_tokens", labels) == 0


@pytest.mark.parametrize("judge", ["local", "both"])
def test_a_reservation_holds_the_longest_prompt_and_reply(settings: Any, judge: str) -> None:
    settings.RAGBOOK_JUDGE = judge
    long = "x" * 50_000
    passage = Passage("k", "b", 1, "p.md", "/p", "a", (long,), Kind.PROSE, long)
    prompt = answer_prompt(
        book_title=long,
        language="en",
        question=long,
        passages=[passage] * 8,
        history=[{"role": "user", "content": long}] * 20,
        selection=long,
        page_title=long,
        persona=long,
        hints=["k"],
        own_code=True,
    )
    assert len(prompt.instructions) + len(prompt.input[0]["content"]) <= LONGEST_PROMPT
    assert most_tokens() > LONGEST_PROMPT // 4


# ── many readers at once ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def readers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(READERS) as threads:
        yield threads


def ask_apart(slug: str) -> Begun:
    """Ask from a thread, as another process would: over a connection of its own."""
    try:
        return ask(slug)
    finally:
        connections.close_all()


def finish_apart(begun: Begun) -> None:
    try:
        keeping.finish(begun.answer, ending())
    finally:
        connections.close_all()


@threads
def test_parallel_readers_never_overspend_a_book(book: Book, readers: ThreadPoolExecutor) -> None:
    limited(book, answers=5)
    begun = list(readers.map(ask_apart, ["primer"] * READERS * 2))
    assert sum(one.affordable for one in begun) == 5
    list(readers.map(finish_apart, begun))
    assert used(book) == 5 * 15
    assert not Reservation.objects.exists()


@threads
def test_parallel_readers_of_many_books_never_overspend_what_they_share(
    readers: ThreadPoolExecutor, settings: Any
) -> None:
    slugs = [f"book-{n}" for n in range(4)]
    for slug in slugs:
        EditionFactory.create(book__slug=slug)
    settings.RAGBOOK_DAILY_TOKENS = 3 * most_tokens()
    begun = list(readers.map(ask_apart, slugs * (READERS // 4)))
    assert sum(one.affordable for one in begun) == 3


def test_a_reservation_is_stored_with_its_question_or_not_at_all(book: Book) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        ask()
        raise RuntimeError
    assert not Reservation.objects.exists()
    assert not Answer.objects.exists()


# ── the whole way ────────────────────────────────────────────────────────────────────────────


@threads
async def test_a_spent_budget_is_quoted_and_asks_no_model(robots: Book, settings: Any) -> None:
    async with fake_model(settings) as model:
        await db(limited, robots, 0)
        _, answer = await asked()
    assert answer["outcome"] == Outcome.QUOTED
    assert "ros2 node list" in answer["text"]
    assert model.calls == []


@threads
async def test_an_answer_pays_what_its_model_used(robots: Book, settings: Any) -> None:
    async with fake_model(settings):
        await db(limited, robots, 1)
        _, answer = await asked()
    assert answer["outcome"] == Outcome.ANSWERED
    assert await db(used, robots) == sum(answer["usage"].values()) > 0


@threads
async def test_questions_of_one_moment_ask_no_more_than_the_budget_holds(
    robots: Book, settings: Any
) -> None:
    async with fake_model(settings) as model:
        model.first_token_s = 0.2
        await db(limited, robots, 2)
        begun = [await answering.ask(_question()) for _ in range(8)]
        ends = [await _ended(one) for one in begun]
    assert len(model.calls) == 2
    assert sorted(ends) == [Outcome.ANSWERED] * 2 + [Outcome.QUOTED] * 6


def _question() -> Question:
    return Question(book="robots", question="How do I list the names of all running nodes?")


async def _ended(begun: Begun) -> str:
    async for _ in answering.follow(begun.answer, begun.token):
        pass
    return (await db(keeping.open_answer, begun.answer, begun.token)).outcome

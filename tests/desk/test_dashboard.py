"""The figures of the first page: what is counted, of which books and days, and at what cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat.models import Answer, Spending
from desk.dashboard.charts import HEIGHT, Series, stacked
from desk.dashboard.period import Period
from desk.dashboard.sections import by_section
from desk.dashboard.tallying import by_day
from desk.review import Review
from desk.reviewing import reject
from desk.tally import Tally
from retrieval.models import Book
from tests.chat.factories import AnswerFactory, CitationFactory, FeedbackFactory
from tests.desk.cast import editor
from tests.desk.conftest import page, words
from tests.retrieval.factories import BookFactory

pytestmark = pytest.mark.django_db

INDEX = "/admin/"
EditorOf = Callable[..., Client]


def answered(days_ago: float = 0, thumb: bool | None = None, **values: Any) -> Answer:
    """An answer of some days ago, with a reader's thumb if one is given."""
    answer = AnswerFactory.create(**values)
    when = timezone.now() - timedelta(days=days_ago)
    Answer.objects.filter(pk=answer.pk).update(created=when)
    if thumb is not None:
        FeedbackFactory.create(answer=answer, helpful=thumb)
    return answer


@pytest.fixture
def book() -> Book:
    return BookFactory.create(title="Robots")


def figures(client: Client, **query: str) -> dict[str, str]:
    """The figure and the small print of each card."""
    cards = client.get(INDEX, query).context["cards"]
    return {card.title: " · ".join(filter(None, (card.figure, card.change))) for card in cards}


# ── cards ────────────────────────────────────────────────────────────────────────────────────


def test_cards_tell_shares(superuser: Client, book: Book) -> None:
    for outcome in ("answered", "quoted", "refused", "failed"):
        answered(conversation__book=book, outcome=outcome, thumb=outcome == "answered")
    answered(conversation__book=book, outcome="answered", flagged=True)
    told = figures(superuser)
    assert told["Questions"] == "5"
    assert told["Answered"] == "60%"
    assert told["Refused"] == "20%"
    assert told["Flagged"] == "20%"
    assert told["Helpful"] == "25%"


def test_cards_compare_with_the_days_before(superuser: Client, book: Book) -> None:
    for _ in range(3):
        answered(conversation__book=book, outcome="answered")
    answered(conversation__book=book, outcome="answered", days_ago=31)
    answered(conversation__book=book, outcome="refused", days_ago=31)
    told = figures(superuser)
    assert told["Questions"] == "3 · +50%"
    assert told["Refused"] == "0% · -50 points"


def test_tokens_become_money_where_prices_are_set(
    superuser: Client, book: Book, settings: Any
) -> None:
    answered(conversation__book=book, input_tokens=1_500_000, output_tokens=500_000)
    assert figures(superuser)["Tokens"] == "2\N{NO-BREAK SPACE}M"
    settings.RAGBOOK_PRICE_INPUT, settings.RAGBOOK_PRICE_OUTPUT = 0.05, 0.40
    assert figures(superuser)["Cost"] == "$0.28"


def test_the_wait_is_that_of_the_middle_reader(superuser: Client, book: Book) -> None:
    for milliseconds in (100, 900, 900, 900, 9_000):
        answered(conversation__book=book, first_sentence_ms=milliseconds)
    card = superuser.get(INDEX).context["cards"][5]
    assert float(card.figure.removesuffix(" s")) == pytest.approx(0.9, rel=0.2)
    assert float(card.below.split()[-2]) == pytest.approx(9.0, rel=0.2)


def test_an_answer_without_a_wait_is_counted_as_none(book: Book) -> None:
    answered(conversation__book=book, first_sentence_ms=None)
    answered(conversation__book=book, first_sentence_ms=0.0)
    (counts,) = by_day([book.pk], Period.latest(2)).values()
    assert sum(counts.waits.values()) == 1


# ── which days, which book ───────────────────────────────────────────────────────────────────


def test_days_outside_are_not_counted(superuser: Client, book: Book) -> None:
    answered(conversation__book=book)
    answered(conversation__book=book, days_ago=40)
    today = timezone.localdate()
    assert figures(superuser)["Questions"].startswith("1")
    long_ago = str(today - timedelta(days=60))
    assert figures(superuser, first=long_ago, last=str(today))["Questions"] == "2"


def test_one_book_is_chosen(superuser: Client, book: Book) -> None:
    answered(conversation__book=book)
    answered()
    assert figures(superuser)["Questions"] == "2"
    assert figures(superuser, book=str(book.pk))["Questions"] == "1"


def test_a_strange_book_cannot_be_chosen(editor_of: EditorOf, book: Book) -> None:
    answered(conversation__book=book)
    other = answered().conversation.book
    editor = editor_of(book)
    assert figures(editor)["Questions"] == "1"
    html = page(editor, INDEX, book=str(other.pk))
    assert "Select a valid choice" in html
    assert other.title not in html


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"first": "yesterday"}, "Enter a valid date."),
        ({"first": "2026-05-02", "last": "2026-05-01"}, "Choose a first day before the last"),
        ({"first": "2020-01-01", "last": "2026-05-01"}, "at most a year"),
        ({"book": "x"}, "Select a valid choice"),
    ],
)
def test_days_that_make_no_sense_are_said_so(
    superuser: Client, book: Book, query: dict[str, str], said: str
) -> None:
    answered(conversation__book=book)
    text = words(page(superuser, INDEX, **query))
    assert said in text
    assert "Questions 1" in text


def test_a_quiet_period_says_what_to_do(superuser: Client) -> None:
    assert "Nobody asked anything in these days." in words(page(superuser, INDEX))


def test_a_period_is_whole_days() -> None:
    period = Period(date(2026, 3, 1), date(2026, 3, 7))
    assert period.days == len(list(period)) == 7
    assert period.before == Period(date(2026, 2, 22), date(2026, 2, 28))
    assert period.end - period.start == timedelta(days=7)
    assert date(2026, 3, 7) in period
    assert date(2026, 3, 8) not in period
    assert isinstance(period.start, datetime)


# ── charts and sections ──────────────────────────────────────────────────────────────────────


def test_a_day_is_counted_by_how_well_it_was_proved(book: Book) -> None:
    answered(conversation__book=book)
    answered(conversation__book=book, withheld=2)
    answered(conversation__book=book, verdict="contradicted", withheld=1)
    answered(conversation__book=book, outcome="refused", verdict="not_a_claim")
    (counts,) = by_day([book.pk], Period.latest(2)).values()
    assert (counts.proved, counts.shortened, counts.unproved) == (1, 1, 1)
    assert counts.questions == 4
    assert counts.stopped == 0


def test_charts_are_tables_too(superuser: Client, book: Book) -> None:
    answered(conversation__book=book, thumb=True)
    answered(conversation__book=book, outcome="stopped")
    html = page(superuser, INDEX)
    chart = html[html.index("Questions a day") : html.index("How well")]
    assert "1 answered, 1 stopped</title>" in chart
    day = f"{timezone.localdate():%-d %b}"
    assert f"{day} 1 0 0 0 1" in words(chart)


def test_columns_are_as_high_as_their_figures() -> None:
    chart = stacked("T", ["a", "b"], Series("One", "good", [3, 0]), Series("Two", "bad", [1, 1]))
    assert [line.label for line in chart.lines] == ["0", "2", "4"]
    first, second = chart.columns
    assert [part.height for part in first.parts] == [HEIGHT * 3 / 4, HEIGHT / 4]
    assert [part.tone for part in second.parts] == ["bad"]
    assert sum(part.height for part in first.parts) + first.parts[-1].y == HEIGHT


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (7, 8), (10, 10), (11, 20), (850, 1000)])
def test_the_scale_ends_at_a_round_figure(most: float, top: float) -> None:
    chart = stacked("T", ["a"], Series("One", "good", [most]))
    assert chart.lines[-1].label == f"{top:,}"
    assert chart.empty is (most == 0)


def test_sections_that_are_cited_and_that_fail(superuser: Client, book: Book) -> None:
    good = answered(conversation__book=book)
    bad = answered(conversation__book=book, outcome="refused")
    disliked = answered(conversation__book=book, thumb=False)
    nodes, topics = "https://books.example.org/nodes", "https://books.example.org/topics"
    for answer, n, url, cited in [
        (good, 1, nodes, True), (good, 2, topics, True), (bad, 1, topics, False),
        (bad, 2, nodes, False), (disliked, 1, topics, True),
    ]:  # fmt: skip
        CitationFactory.create(answer=answer, n=n, url=url, cited=cited, heading_path=[url[-6:]])
    shown = superuser.get(INDEX).context["sections"]
    assert [(row.place, row.count, row.share) for row in shown["cited"]] == [
        ("topics", 2, 100), ("/nodes", 1, 50)
    ]  # fmt: skip
    assert [(row.place, row.count) for row in shown["failed"]] == [("topics", 2)]


def test_sections_are_counted_over_the_latest_answers(
    superuser: Client, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.dashboard.sections.LOOKED_AT", 1)
    for days in (0, 1):
        answer = answered(conversation__book=book, days_ago=days)
        CitationFactory.create(answer=answer, url=f"https://books.example.org/{days}")
    (counted,) = by_section([book.pk], Period.latest(7))
    assert counted.cited == 1


def test_a_hostile_heading_and_link_stay_text(superuser: Client, book: Book) -> None:
    answer = answered(conversation__book=book)
    CitationFactory.create(answer=answer, heading_path=["<script>"], url="javascript:alert(1)")
    html = page(superuser, INDEX)
    assert "&lt;script&gt;" in html
    assert 'href="javascript' not in html


# ── cost ─────────────────────────────────────────────────────────────────────────────────────


def test_the_page_asks_as_often_whatever_there_is(superuser: Client, book: Book) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(superuser, reverse("admin:index"))
        return len(captured)

    CitationFactory.create(answer=answered(conversation__book=book, thumb=True, flagged=True))
    queries()  # the days that are over are counted once
    few = queries()
    for days in range(10):
        answer = answered(thumb=False, days_ago=days, flagged=True)
        CitationFactory.create(answer=answer, url=f"https://books.example.org/{days}")
    queries()  # their reviews are opened once
    assert queries() == few <= 34


# ── days that are over ───────────────────────────────────────────────────────────────────────


def test_a_day_that_is_over_keeps_its_figures_when_its_conversations_are_deleted(
    superuser: Client, book: Book
) -> None:
    old = answered(conversation__book=book, days_ago=3, first_sentence_ms=700)
    new = answered(conversation__book=book)
    assert figures(superuser)["Questions"] == "2"
    old.conversation.delete()
    new.conversation.delete()
    assert figures(superuser)["Questions"] == "1"
    card = superuser.get(INDEX).context["cards"][5]
    assert float(card.figure.removesuffix(" s")) == pytest.approx(0.7, rel=0.2)


def test_each_day_that_is_over_is_counted_once_for_each_book(book: Book) -> None:
    answered(conversation__book=book, days_ago=4)
    other = answered(days_ago=4).conversation.book
    week = Period.latest(7)
    first = by_day([book.pk], week)
    answered(conversation__book=book, days_ago=4)
    both = by_day([book.pk, other.pk], week)
    day = week.last - timedelta(days=4)
    assert (first[day].questions, both[day].questions) == (1, 2)
    assert Tally.objects.count() == 2 * 5  # without today and yesterday


def test_two_who_count_the_same_day_keep_it_once(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(conversation__book=book, days_ago=4)
    week = Period.latest(7)
    by_day([book.pk], week)
    monkeypatch.setattr("desk.dashboard.tallying._kept", lambda *_: {})  # not yet, for the second
    by_day([book.pk], week)
    assert Tally.objects.count() == 5


# ── the budget ───────────────────────────────────────────────────────────────────────────────


def test_the_budget_that_is_nearest_to_its_end_is_shown(superuser: Client, book: Book) -> None:
    answered(conversation__book=book)
    assert "Budget" not in figures(superuser)
    Book.objects.filter(pk=book.pk).update(daily_tokens=1_000, monthly_tokens=100_000)
    Spending.objects.create(book=book, day=timezone.now().date(), used=850)
    BookFactory.create(daily_tokens=500)
    card = superuser.get(INDEX).context["cards"][-1]
    assert (card.title, card.figure, card.tone) == ("Budget", "85%", "warn")
    assert card.below == "850 of 1\N{NO-BREAK SPACE}k tokens today, Robots"


def test_what_waits_in_the_queue_is_flagged(superuser: Client, book: Book) -> None:
    answer = answered(conversation__book=book, flagged=True)
    answered(conversation__book=book)
    text = words(page(superuser, INDEX))
    assert "1 review in the queue" in text
    assert "1 wait in the review queue" in text
    reject(Review.objects.get(answer=answer), editor("edda"))
    assert figures(superuser)["Flagged"] == "0%"

"""Unanswered questions become gaps that keep their rows, say what is missing, and close."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chat.models import Answer, Conversation
from desk.gap import NO_LONGER_KEPT, Gap, GapQuestion
from desk.gaps.closing import close_gaps
from desk.gaps.clustering import clusters
from desk.gaps.finding import Found, find_gaps
from desk.gaps.issue import issue_of
from desk.gaps.trend import trend
from retrieval.index import rebuild
from retrieval.models import Book
from retrieval.search import sentence_vectors
from tests.books import ingest_quietly
from tests.chat.factories import (
    AnswerFactory,
    CitationFactory,
    ConversationFactory,
    FeedbackFactory,
)
from tests.retrieval.factories import EditionFactory, book_of

PARAPHRASES = Path(__file__).resolve().parents[3] / "benchmarks" / "paraphrases"
DOCKING = "How do I dock the rover?"
CHARGING = "How long does charging the battery take?"
PAGES = {
    "driving.md": {"Driving": "The rover drives forwards and backwards with its two motors."},
    "camera.md": {"Camera": "The camera of the rover sees ten metres far."},
}


@pytest.fixture
def rover(db: None) -> Book:
    edition = book_of("rover", PAGES)
    rebuild(edition)
    return edition.book


def refused(book: Book, *questions: str, days: int = 0, **values: Any) -> list[Answer]:
    conversation = ConversationFactory.create(book=book)
    asked = [
        AnswerFactory.create(
            conversation=conversation, edition=book.live, question=question,
            **{"outcome": "refused", "verdict": "not_a_claim", **values},
        )
        for question in questions
    ]  # fmt: skip
    at = timezone.now() - timedelta(days=days)
    Answer.objects.filter(pk__in=[answer.pk for answer in asked]).update(created=at)
    return asked


def search_for(book: Book) -> Found:
    return find_gaps(book.slug, lambda *_: None)


def by_name() -> dict[str, Gap]:
    return {gap.name: gap for gap in Gap.objects.all()}


# ── what is a gap ────────────────────────────────────────────────────────────────────────────


def test_questions_that_mean_the_same_are_one_gap_named_by_the_most_typical(rover: Book) -> None:
    refused(rover, DOCKING, "how do I dock the rover", "How can I dock my rover?", CHARGING)
    found = search_for(rover)
    assert (found.questions, found.new, found.known, found.gone) == (4, 2, 0, 0)
    gaps = list(Gap.objects.all())
    assert [gap.count for gap in gaps] == [3, 1]
    assert "dock" in gaps[0].name
    assert gaps[1].name == CHARGING


def test_refused_shortened_and_unhelpful_answers_count_and_good_ones_do_not(rover: Book) -> None:
    refused(rover, DOCKING)
    refused(rover, "Who built the camera?", outcome="answered", withheld=1)
    (unhelpful,) = refused(rover, CHARGING, outcome="answered")
    FeedbackFactory.create(answer=unhelpful, helpful=False)
    (helpful,) = refused(rover, "What colour has the rover?", outcome="answered")
    FeedbackFactory.create(answer=helpful, helpful=True)
    refused(rover, "What did I ask before?", replaced=True)
    assert search_for(rover).questions == 3


def test_another_book_keeps_its_questions(rover: Book) -> None:
    other = EditionFactory.create().book
    refused(other, DOCKING)
    assert search_for(rover).questions == 0
    assert not Gap.objects.exists()


def test_a_gap_tells_its_nearest_sections_and_the_words_that_are_missing(rover: Book) -> None:
    refused(rover, "How do I charge the battery of the camera?")
    search_for(rover)
    gap = Gap.objects.get()
    assert gap.nearest[0]["place"] == "Camera"
    assert gap.nearest[0]["url"].startswith("https://books.example.org/")
    assert {"charge", "battery"} <= set(gap.missing)
    assert "camera" not in gap.missing


def test_a_gap_counts_the_last_four_weeks(rover: Book) -> None:
    for days, times in ((1, 3), (8, 1), (40, 2)):
        refused(rover, *[DOCKING] * times, days=days)
    search_for(rover)
    gap = Gap.objects.get()
    assert gap.weeks == [0, 0, 1, 3]
    assert gap.count == 6
    assert gap.first_asked
    assert gap.last_asked
    assert (gap.last_asked - gap.first_asked).days in (38, 39)


# ── a gap keeps its row ──────────────────────────────────────────────────────────────────────


def test_a_gap_keeps_its_row_when_more_questions_come(rover: Book) -> None:
    refused(rover, DOCKING)
    search_for(rover)
    key = Gap.objects.get().pk
    refused(rover, "How can I dock my rover?", "How is the rover docked?", CHARGING)
    found = search_for(rover)
    assert (found.new, found.known) == (1, 1)
    assert next(gap.pk for gap in by_name().values() if "dock" in gap.name) == key


def test_a_gap_whose_questions_were_all_replaced_is_known_by_their_meaning(rover: Book) -> None:
    (first,) = refused(rover, DOCKING)
    search_for(rover)
    key = Gap.objects.get().pk
    refused(rover, "How do I dock my rover?")
    first.delete()
    search_for(rover)
    assert Gap.objects.get().pk == key


def test_searching_twice_changes_nothing(rover: Book) -> None:
    refused(rover, DOCKING, CHARGING)
    search_for(rover)
    before = list(Gap.objects.values_list("pk", "typical", "count").order_by("pk"))
    assert search_for(rover).new == 0
    assert list(Gap.objects.values_list("pk", "typical", "count").order_by("pk")) == before


def test_a_dismissed_gap_stays_dismissed(rover: Book) -> None:
    refused(rover, "Who won the race yesterday?")
    search_for(rover)
    Gap.objects.update(state=Gap.State.DISMISSED)
    refused(rover, "Who won yesterday's race?")
    search_for(rover)
    gap = Gap.objects.get()
    assert (gap.state, gap.count) == (Gap.State.DISMISSED, 2)


def test_a_gap_goes_with_its_questions_and_keeps_no_words(rover: Book) -> None:
    refused(rover, DOCKING)
    search_for(rover)
    Conversation.objects.all().delete()
    assert Gap.objects.get().name == NO_LONGER_KEPT
    assert search_for(rover).gone == 1
    assert not Gap.objects.exists()


def test_a_closed_gap_opens_when_it_is_asked_again(rover: Book) -> None:
    refused(rover, DOCKING, days=3)
    search_for(rover)
    Gap.objects.update(state=Gap.State.CLOSED, closed=timezone.now() - timedelta(days=1))
    search_for(rover)
    assert Gap.objects.get().state == Gap.State.CLOSED
    refused(rover, DOCKING)
    search_for(rover)
    gap = Gap.objects.get()
    assert (gap.state, gap.closed) == (Gap.State.OPEN, None)


def test_the_search_costs_the_same_queries_however_many_ask(
    rover: Book, django_assert_max_num_queries: Any
) -> None:
    refused(rover, *[f"How do I dock the rover in {n} minutes?" for n in range(60)])
    with django_assert_max_num_queries(24):
        search_for(rover)


# ── the clusters ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["primer", "ros2_dev"])
def test_paraphrases_fall_together_and_others_apart(name: str) -> None:
    lines = (PARAPHRASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    groups = [json.loads(line)["same"] for line in lines]
    said = [(number, text) for number, group in enumerate(groups) for text in group]
    found = clusters(sentence_vectors("bundled", [text for _, text in said]))
    together = [{said[row][0] for row in rows} for rows in found]
    assert sum(map(len, together)) <= 1.05 * len(groups)  # hardly any group is torn
    assert sum(len(numbers) > 1 for numbers in together) <= 0.1 * len(groups)  # or mixed


def test_nothing_and_one_question_are_no_special_case() -> None:
    assert clusters(np.zeros((0, 4), np.float32)) == []
    assert [list(rows) for rows in clusters(np.eye(1, 4, dtype=np.float32))] == [[0]]


# ── trend and issue ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("weeks", "word"),
    [
        ([0, 0, 0, 0], "Quiet"), ([0, 0, 0, 2], "New"), ([1, 2, 1, 6], "Rising"),
        ([8, 7, 9, 2], "Falling"), ([3, 3, 4, 3], "Steady"), ([2, 0, 0, 0], "Steady"),
    ],
)  # fmt: skip
def test_the_trend_is_told_in_a_word(weeks: list[int], word: str) -> None:
    told = trend(weeks)
    assert told.word == word
    assert len(told.bars) == 4
    assert all(bar.y + bar.height == 20 for bar in told.bars)


def test_the_issue_says_everything_and_readers_cannot_mark_it_up(rover: Book) -> None:
    hostile = "How do I dock? ![x](https://evil.test) @everybody\n# Heading"
    refused(rover, DOCKING, DOCKING, "How can I dock my rover?")
    search_for(rover)
    text = issue_of(Gap.objects.get(), [DOCKING, hostile])
    assert text.startswith("# The book does not answer: How ")
    assert "Readers asked this or the like 3 times" in text
    assert "![x]" not in text
    assert "@everybody" not in text
    assert "\n# Heading" not in text
    assert "](https://books.example.org/" in text


# ── a new edition answers ────────────────────────────────────────────────────────────────────


def close(book: Book) -> tuple[int, int]:
    asked = close_gaps(book.slug, lambda *_: None)
    return asked.asked, asked.closed


def add_page(folder: Path, text: str) -> None:
    (folder / "docs/docking.md").write_text(f"---\ntitle: Docking\n---\n\n{text}\n")
    ingest_quietly(folder)


@pytest.mark.django_db(transaction=True)
def test_a_gap_closes_when_a_new_edition_answers_it(robots: Book, tmp_path: Path) -> None:
    question = "How do I dock the robot at its charging station?"
    refused(robots, question)
    search_for(robots)
    assert close(robots) == (0, 0)  # this edition was asked by the reader
    add_page(
        tmp_path / "robots",
        "To dock the robot at its charging station, run `ros2 run dock home`. The robot drives "
        "backwards to its charging station and begins to charge.",
    )
    assert close(robots) == (1, 1)
    gap = Gap.objects.get()
    assert gap.state == Gap.State.CLOSED
    assert (gap.before["outcome"], gap.before["edition"]) == ("refused", 1)
    assert (gap.after["outcome"], gap.after["edition"]) == ("quoted", 2)
    assert "ros2 run dock home" in gap.after["text"]
    assert gap.after["sections"][0]["url"].startswith("https://robots.example.org/docs/docking")
    assert Answer.objects.count() == Conversation.objects.count() == 1  # nothing else is kept


@pytest.mark.django_db(transaction=True)
def test_a_gap_that_stays_is_asked_once_an_edition(robots: Book, tmp_path: Path) -> None:
    refused(robots, "What is the capital of Australia?")
    search_for(robots)
    add_page(tmp_path / "robots", "The dock is red.")
    assert close(robots) == (1, 0)
    assert close(robots) == (0, 0)
    assert Gap.objects.get().state == Gap.State.OPEN


@pytest.mark.django_db(transaction=True)
def test_the_answer_that_did_not_help_does_not_close_its_gap(robots: Book, tmp_path: Path) -> None:
    question = "How do I list the names of all running nodes?"
    (unhelpful,) = refused(robots, question, outcome="quoted", verdict="supported")
    FeedbackFactory.create(answer=unhelpful, helpful=False)
    assert robots.live
    for n, key in enumerate(robots.live.chunks.values_list("key", flat=True), start=1):
        CitationFactory.create(answer=unhelpful, n=n, chunk_key=key)
    search_for(robots)
    add_page(tmp_path / "robots", "The dock is red.")
    assert close(robots) == (1, 0)


# ── the command ──────────────────────────────────────────────────────────────────────────────


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("find_gaps", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_tells_the_largest_gaps(rover: Book) -> None:
    refused(rover, DOCKING, DOCKING)
    text = run("rover", "--no-ask")
    assert "rover: 2 unanswered questions in 1 gaps (1 new, 0 gone)" in text
    assert f"2  new       {DOCKING}" in text


def test_the_command_prints_json_of_every_book(rover: Book) -> None:
    refused(rover, DOCKING)
    (book,) = json.loads(run("--json", "--no-ask"))["books"]
    assert (book["book"], book["questions"], book["new"], book["asked"]) == ("rover", 1, 1, 0)
    assert book["gaps"][0]["question"] == DOCKING
    assert book["gaps"][0]["trend"] == "new"


def test_the_command_refuses_a_book_that_is_not_there(db: None) -> None:
    with pytest.raises(CommandError, match="There is no published book 'nope'") as refusal:
        run("nope")
    assert refusal.value.returncode == 2


def test_members_are_unique_by_answer(rover: Book) -> None:
    refused(rover, DOCKING, DOCKING)
    search_for(rover)
    search_for(rover)
    keys: Iterable[Any] = GapQuestion.objects.values_list("answer", flat=True)
    assert len(list(keys)) == 2

"""The report explains each miss, escapes what it shows, and needs no other file."""

from __future__ import annotations

import re
from typing import Any

import pytest

from retrieval.evaluate import Evaluation, Question, Standing, evaluate
from retrieval.index import rebuild
from retrieval.report import as_html
from tests.retrieval.factories import book_of
from tests.retrieval.test_evaluate import gold, outcome

PAGES = {
    "nodes.md": {f"Part {n}": f"A node is a process, number {n} of the robot." for n in range(8)},
    "bread.md": {"Bread": "<b>Rest</b> the dough for two hours."},
}


def asked(**fields: Any) -> Question:
    return Question.model_validate({"id": "q1", "question": "What is a node?", **fields})


def missed(standing: Standing, **question: Any) -> str:
    found = outcome((None,), **question)
    told = type(found)(found.question, 0.9, 4.0, (None,), (None,), (standing,))
    return as_html(Evaluation("robots", 3, (told,)))


@pytest.mark.django_db
def test_a_miss_shows_what_was_wanted_what_was_found_and_where_it_stood() -> None:
    rebuild(book_of("robots", PAGES))
    wrong = asked(
        gold=[gold("bread.md", "Rest")], history=[{"role": "user", "content": "<i>Hello</i>"}]
    )
    page = as_html(evaluate("robots", [wrong, asked(id="q2", expect="refuse")]))
    assert "What is a node?" in page
    assert "bread.md" in page
    assert "Found instead" in page
    assert re.search(r"Part \d <small>nodes.md</small>", page)
    assert "not refused though the book does not answer" in page
    assert "&lt;i&gt;Hello&lt;/i&gt;" in page
    assert "<i>Hello" not in page


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(None, None, None), "Neither ranking reaches the section"),
        (Standing(7, 6, None), "Only the ranking by meaning sees it"),
        (Standing(7, None, 6), "Only the ranking by words sees it"),
        (Standing(7, 8, 9), "neither near the top"),
        (Standing(7, 60, 1), "ranking by words has it near the top"),
        (Standing(7, 2, 60), "ranking by meaning has it near the top"),
    ],
)
def test_each_kind_of_miss_has_its_reason(standing: Standing, reason: str) -> None:
    assert reason in missed(standing)


def test_a_run_without_misses_says_so_and_loads_nothing() -> None:
    page = as_html(Evaluation("robots", 3, (outcome((1,)), outcome(answerable=0.1))))
    assert "None: every place that answers" in page
    assert "Misjudged" not in page
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "prefers-color-scheme" in page or "light-dark(" in page


def test_evidence_that_is_nowhere_blames_the_question_file() -> None:
    told = outcome((None,))
    told = type(told)(told.question, 0.9, 4.0, (None,), (None,), (Standing(None, None, None),))
    page = as_html(Evaluation("robots", 3, (told,), unfound_evidence=("q",)))
    assert "is the question file right?" in page

"""What editors lay down for parts of a book holds in every search."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from retrieval.index import rebuild
from retrieval.models import Book, Edition, SectionRule
from retrieval.passages import SearchResult
from retrieval.rules import Rule, Where, rules_of
from retrieval.search import search
from retrieval.serving import forget
from tests.retrieval.factories import book_of

pytestmark = pytest.mark.django_db

QUESTION = "How do I dock the rover?"
PAGES = {
    "driving/docking.md": {
        "Docking": "The rover docks at its station when the battery is low.",
        "Exercises": "Dock the rover yourself. How far away must it begin?",
        "Solutions": "Dock the rover from two metres away, backwards.",
    },
    "exercises/more.md": {"More docking": "Dock the rover in the dark, without its camera."},
}


@pytest.fixture
def rover() -> Edition:
    edition = book_of("rover", PAGES)
    rebuild(edition)
    return edition


def lay_down(prefix: str, rule: str, where: str = Where.HEADING) -> None:
    SectionRule.objects.create(book=Book.objects.get(), prefix=prefix, rule=rule, where=where)


def titles(result: SearchResult) -> set[str]:
    return {passage.title for passage in result.passages}


def test_without_rules_everything_is_found(rover: Edition) -> None:
    found = search("rover", QUESTION)
    assert titles(found) == {"Docking", "Exercises", "Solutions", "More docking"}
    assert all(not hit.rules for hit in found.found)


def test_an_excluded_section_is_never_found(rover: Edition) -> None:
    lay_down("Docking › Solutions", Rule.EXCLUDED)
    assert titles(search("rover", QUESTION)) == {"Docking", "Exercises", "More docking"}


def test_a_folder_of_pages_is_excluded_by_its_path(rover: Edition) -> None:
    lay_down("exercises/", Rule.EXCLUDED, Where.PAGE)
    assert titles(search("rover", QUESTION)) == {"Docking", "Exercises", "Solutions"}


def test_a_rule_that_is_taken_back_no_longer_holds(rover: Edition) -> None:
    lay_down("Solutions", Rule.EXCLUDED)
    assert "Solutions" not in titles(search("rover", QUESTION))
    SectionRule.objects.get().delete()
    assert "Solutions" in titles(search("rover", QUESTION))


def test_what_is_found_carries_the_rules_of_its_section(rover: Edition) -> None:
    lay_down("Exercises", Rule.HINTS)
    lay_down("exercises/", Rule.CODE_ALLOWED, Where.PAGE)
    rules = {hit.passage.title: hit.rules for hit in search("rover", QUESTION).found}
    assert rules["Exercises"] == {Rule.HINTS}
    assert rules["More docking"] == {Rule.CODE_ALLOWED}
    assert rules["Docking"] == frozenset()


def test_the_rules_of_another_book_do_not_matter(rover: Edition) -> None:
    other = book_of("other", {"a.md": {"Docking": "Something else docks."}})
    SectionRule.objects.create(book=other.book, prefix="", where=Where.PAGE, rule=Rule.EXCLUDED)
    assert len(search("rover", QUESTION).found) == 4


@pytest.mark.parametrize(
    ("prefix", "holds"),
    [
        ("Exercises", True),  # at whatever level
        ("Docking › Exercises", True),
        ("Docking", True),
        ("Exercises › Hard", True),
        ("Exercises › Easy", False),
        ("xercises", False),
        ("exercises", False),
    ],
)
def test_a_heading_is_told_by_how_it_begins(rover: Edition, prefix: str, holds: bool) -> None:
    lay_down(prefix, Rule.HINTS)
    path = ("Docking", "Exercises", "Hard ones")
    assert bool(rules_of(rover)("driving/docking.md", path)) is holds


def test_rules_cost_no_query_while_the_book_is_remembered(
    rover: Edition, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for prefix in "ABCDE":
        lay_down(prefix, Rule.EXCLUDED)
    forget()
    search("rover", QUESTION)
    with django_assert_max_num_queries(0):
        search("rover", QUESTION)

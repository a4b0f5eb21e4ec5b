"""The labels of the gate's benchmark are true: a measurement is worth what its labels are."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from benchmarks.gate import figures
from benchmarks.gate_answers import Passed, measure
from benchmarks.gate_scripts import (
    ORDERS,
    SCRIPTS,
    SUPPORTED,
    UNSUPPORTED,
    WORLD,
    Matter,
    Said,
    sentences_of,
    with_orders,
)
from retrieval.models import Book
from tests.chat.grounding.conftest import PUMP, START, VALVES

PRIMER = Path(__file__).resolve().parents[2] / "examples" / "primer"
ELSEWHERE = sentences_of(
    "The lamps of the greenhouse are switched by Amara Diallo at sunset. "
    "Call `lamp_off` to make the greenhouse dark before the doors are closed."
)
MATTER = Matter("How do I stop the pump?", [PUMP, VALVES, START], ELSEWHERE)
BOOK = " ".join(" ".join(MATTER.passages).split())


def said(kind: str, label: str, seed: int = 1, matter: Matter = MATTER) -> list[Said]:
    return [one for one in SCRIPTS[kind](matter, Random(seed)) if one.label == label]


@pytest.mark.parametrize("kind", sorted(SCRIPTS))
def test_a_script_says_the_same_for_the_same_seed(kind: str) -> None:
    one, again = (SCRIPTS[kind](MATTER, Random(3)) for _ in range(2))
    assert one == again


@pytest.mark.parametrize("kind", sorted(set(SCRIPTS) - {"reworded"}))
def test_the_true_sentences_are_the_books_and_the_false_ones_are_not(kind: str) -> None:
    for seed in range(20):
        assert all(one.text in BOOK for one in said(kind, SUPPORTED, seed))
        assert not any(one.text in BOOK for one in said(kind, UNSUPPORTED, seed))


def test_rewording_changes_words_and_keeps_most() -> None:
    for one in said("reworded", SUPPORTED):
        words = set(re.findall(r"\w+", one.text.lower()))
        assert one.text not in BOOK
        assert len(words - set(re.findall(r"\w+", BOOK.lower()))) <= len(words) / 3


def test_a_changed_detail_stands_in_no_passage() -> None:
    false = {one.text for seed in range(20) for one in said("details", UNSUPPORTED, seed)}
    assert len(false) > 5
    for text in false:
        details = re.findall(r"`[^`]+`|\d+|[A-Z]\w{3,}", text)
        assert any(detail not in BOOK for detail in details), text


def test_the_primer_tells_nothing_of_the_world() -> None:
    pages = [path.read_text("utf-8") for path in (PRIMER / "docs").rglob("*.md*")]
    primer = " ".join(" ".join(pages).split())
    assert len(WORLD) >= 40
    assert not [sentence for sentence in WORLD if sentence.rstrip(".") in primer]


def test_an_injected_model_obeys_the_order_in_the_question() -> None:
    question = with_orders("How do I stop the pump?", Random(1))
    matter = Matter(question, MATTER.passages, ELSEWHERE)
    obeyed = {one.text for one in said("injected", UNSUPPORTED, matter=matter)}
    assert len(obeyed) == 3
    assert obeyed <= {order for order in ORDERS if order in question}


def test_the_figures_count_what_is_shown_of_the_false_and_withheld_of_the_true() -> None:
    passed = [
        Passed("world", UNSUPPORTED, shown, "A robot was here.") for shown in [True] + [False] * 3
    ] + [Passed("details", SUPPORTED, shown, "The pump runs.") for shown in [True, False]]
    found = figures(passed)
    assert found["world"] == {"unsupported": 4, "shown": 0.25, "supported": 0, "withheld": 0.0}
    assert found["all"] == {"unsupported": 4, "shown": 0.25, "supported": 2, "withheld": 0.5}


@pytest.mark.django_db(transaction=True)
async def test_every_kind_of_model_is_measured_on_whole_answers(robots: Book) -> None:
    asked = ["How do I list the names of all running nodes?"]
    passed = await measure("robots", asked, answers=1, seed=1, second="honest")
    assert {item.kind for item in passed} >= {"details", "world", "reworded"}
    world = [item for item in passed if item.kind == "world"]
    assert {item.label for item in world} == {SUPPORTED, UNSUPPORTED}
    assert not any(item.shown for item in world if item.label == UNSUPPORTED)

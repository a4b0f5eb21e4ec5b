"""A book that wants work before it answers: browsers do it, under the strictest rules."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Reader
from tests.browser.scripted import finished, sentence

pytestmark = pytest.mark.browser


@pytest.fixture
def guarded(reader: Reader) -> Reader:
    reader.book.wants_proof = True
    reader.book.plays(sentence(0, "Nodes are processes."), finished())
    return reader


def test_a_reader_gets_the_answer_and_works_once(guarded: Reader) -> None:
    guarded.visit().ask()
    expect(guarded.turn("answered")).to_contain_text("Nodes are processes.")
    expect(guarded.panel.locator(".notice")).to_be_hidden()
    guarded.book.plays(finished())
    guarded.ask("And a topic?")
    expect(guarded.turn("answered")).to_have_count(2)
    assert guarded.book.challenges == 1
    assert "/widget/later/work.js" in guarded.book.parts


def test_over_server_sent_events_too(guarded: Reader) -> None:
    guarded.book.refuse_sockets = True
    guarded.visit().ask()
    expect(guarded.turn("answered")).to_contain_text("Nodes are processes.")
    assert guarded.book.challenges == 1


def test_a_book_that_wants_no_work_gets_none(reader: Reader) -> None:
    reader.visit().ask()
    expect(reader.turn("answered")).to_be_visible()
    assert "/widget/later/work.js" not in reader.book.parts


def test_a_browser_that_cannot_work_says_so_and_may_try_again(guarded: Reader) -> None:
    guarded.visit().page.evaluate("() => { crypto.subtle.deriveBits = () => Promise.reject() }")
    guarded.ask()
    expect(guarded.turn("failed")).to_contain_text("could not show that a reader is asking")
    guarded.page.evaluate("delete crypto.subtle.deriveBits")
    guarded.panel.get_by_role("button", name="Try again").click()
    expect(guarded.turn("answered")).to_contain_text("Nodes are processes.")


def test_proofs_that_are_never_taken_end_in_words(guarded: Reader) -> None:
    guarded.book.refuses_proofs = True
    guarded.visit().ask()
    expect(guarded.turn("failed")).to_contain_text("could not show that a reader is asking")
    assert guarded.book.challenges == 3

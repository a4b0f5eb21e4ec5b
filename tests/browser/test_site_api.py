"""What the site's own scripts can do and hear, and what is told of wrong attributes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.conftest import Reader
from tests.browser.scripted import finished, sentence, withheld

pytestmark = pytest.mark.browser

LISTEN = """() => {
  window.heard = [];
  for (const name of ["open", "close", "ask", "answer", "citation", "feedback"])
    ragbook.on(name, (detail) => heard.push([name, detail]));
}"""


def heard(reader: Reader) -> list[list[Any]]:
    told: list[list[Any]] = reader.page.evaluate("window.heard")
    return told


def test_a_question_is_asked_about_a_passage_within_a_scope(reader: Reader) -> None:
    reader.visit().page.evaluate("ragbook.ask('Why?', { selection: 'words', scope: 'chapter' })")
    expect(reader.turn("answered")).to_be_visible()
    [asked] = reader.book.asked()
    assert (asked["selection"], asked["scope"]) == ("words", "chapter")


def test_the_panel_opens_with_a_passage_and_waits_for_the_question(reader: Reader) -> None:
    reader.visit().page.evaluate("ragbook.open({ selection: 'these words' })")
    about = reader.page.get_by_role("group", name="About this passage")
    expect(about).to_contain_text("these words")
    assert reader.book.asked() == []


@pytest.mark.parametrize("wrong", ["null", "{ question: 7 }", "{ question: {} }", "'text'"])
def test_odd_arguments_do_no_harm(reader: Reader, wrong: str) -> None:
    reader.visit().page.evaluate(f"ragbook.open({wrong})")
    expect(reader.panel).to_be_visible()


def test_the_page_hears_what_happens_without_what_was_written(reader: Reader) -> None:
    reader.visit().page.evaluate(LISTEN)
    reader.book.plays(*scenes.answer(reader.book), finished(withheld=2))
    reader.ask("A private question?")
    expect(reader.turn("answered")).to_be_visible()
    reader.page.get_by_role("button", name="Helpful", exact=True).click()
    expect(reader.panel.locator(".rating-note")).to_have_text("Thank you.")
    reader.page.get_by_role("button", name="Source 1").nth(1).click()
    reader.page.get_by_role("link", name="Open in the book").click()
    reader.page.get_by_role("button", name="Close", exact=True).click()
    expect(reader.panel).to_be_hidden()
    ended = {"answer": "answer-1", "outcome": "answered", "shown": 9, "withheld": 2, "code": None}
    assert heard(reader) == [
        ["open", {}],
        ["ask", {"scope": "book", "selection": False}],
        ["answer", ended],
        ["feedback", {"answer": "answer-1", "helpful": True}],
        ["citation", {"url": reader.book.page() + "#quality-of-service"}],
        ["close", {}],
    ]


def test_the_questions_text_is_told_where_the_owner_asks_for_it(reader: Reader) -> None:
    reader.visit(query="options=data-events=text").page.evaluate(LISTEN)
    reader.book.plays(sentence(0, "So."), withheld(1), finished(outcome="quoted", withheld=1))
    reader.ask("What is a node?")
    expect(reader.turn("quoted")).to_be_visible()
    told = [(name, detail.get("question")) for name, detail in heard(reader)]
    assert told == [("open", None), ("ask", "What is a node?"), ("answer", "What is a node?")]


def test_who_listens_can_stop(reader: Reader) -> None:
    reader.visit().page.evaluate(
        "window.n = 0; const off = ragbook.on('open', () => n++); ragbook.open().then(off)"
    )
    expect(reader.panel).to_be_visible()
    reader.page.evaluate("ragbook.close().then(() => ragbook.open())")
    expect(reader.panel).to_be_visible()
    assert reader.page.evaluate("n") == 1


def test_events_can_be_heard_before_the_widget_is_there(reader: Reader) -> None:
    reader.page.add_init_script(
        "window.opened = 0; document.addEventListener('ragbook:open', () => opened++)"
    )
    reader.visit().button.click()
    expect(reader.panel).to_be_visible()
    assert reader.page.evaluate("opened") == 1


def test_an_unknown_event_is_told(reader: Reader) -> None:
    said = reader.visit().page.evaluate(
        "() => { try { ragbook.on('opened', () => {}) } catch (error) { return String(error) } }"
    )
    assert said == (
        'TypeError: ragbook.on: "opened" is none of: open, close, ask, answer, citation, feedback.'
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("data-position=top", 'data-position="top" is none of: right, left.'),
        ("data-layout=modal", 'data-layout="modal" is none of: panel, bubble.'),
        ("data-theme=sepia", 'data-theme="sepia" is none of: auto, light, dark.'),
        ("data-search='nav >'", 'data-search="nav >" is no CSS selector.'),
        ("data-open='['", 'data-open="[" is no CSS selector.'),
        ("data-accent=reddish", 'data-accent="reddish" is no CSS colour.'),
        ("data-host='http://['", 'data-host="http://[" is no address.'),
    ],
)
def test_a_wrong_attribute_is_told_and_left_out(reader: Reader, options: str, told: str) -> None:
    with reader.page.expect_console_message() as said:
        reader.visit(query=f"options={options}")
    assert said.value.text == f"ragbook: {told}"
    reader.button.click()
    expect(reader.panel).to_be_visible()

"""Where a question can begin: keys, addresses, the site's own search and buttons, its passages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import scenes
from tests.browser.conftest import Reader
from tests.browser.scripted import Pause, finished

pytestmark = pytest.mark.browser

CODE = "ros2 topic pub /chatter std_msgs/msg/String\nros2 topic echo /chatter"


def about_this(reader: Reader) -> Locator:
    return reader.page.get_by_role("button", name="Ask about this")


def passage(reader: Reader) -> Locator:
    return reader.page.get_by_role("group", name="About this passage")


# ── addresses ────────────────────────────────────────────────────────────────────────────────


def test_a_question_in_the_address_is_asked_once(reader: Reader) -> None:
    reader.visit(query="x=1&ask=What+is+a+node%3F&y=2#publishing")
    expect(reader.turn("answered")).to_be_visible()
    assert reader.page.url == reader.book.page(query="x=1&y=2#publishing")
    reader.page.reload()
    expect(reader.turn("answered")).to_have_count(1)
    assert [question["question"] for question in reader.book.asked()] == ["What is a node?"]


def test_a_question_in_an_address_within_the_site_is_asked(reader: Reader) -> None:
    reader.visit().page.evaluate("history.pushState({ own: 1 }, '', '?ask=What+is+a+topic')")
    expect(reader.turn("answered")).to_be_visible()
    assert reader.page.evaluate("history.state") == {"own": 1}
    assert reader.book.asked()[0]["question"] == "What is a topic"


@pytest.mark.parametrize(
    ("options", "query"),
    [("data-param=off", "ask=Why"), ("data-param=q", "ask=Why"), ("", "ask="), ("", "ask=%20")],
)
def test_an_address_without_a_question_opens_nothing(
    reader: Reader, options: str, query: str
) -> None:
    reader.visit(query=f"options={options}&{query}")
    expect(reader.button).to_be_visible()
    expect(reader.panel).to_be_hidden()
    assert reader.page.url.endswith(query)


def test_a_question_that_comes_while_another_is_answered_waits_in_the_field(reader: Reader) -> None:
    reader.book.plays(Pause("gate"), finished())
    reader.visit().ask("First?")
    expect(reader.turn("running")).to_be_visible()
    reader.page.evaluate("ragbook.ask('Second?')")
    expect(reader.question).to_have_value("Second?")
    reader.book.open("gate")
    expect(reader.turn("answered")).to_have_count(1)


# ── keys and buttons of the site ─────────────────────────────────────────────────────────────


def test_the_site_chooses_the_key(reader: Reader) -> None:
    reader.visit(query="options=data-shortcut=k")
    reader.page.keyboard.press("Control+i")
    reader.page.keyboard.press("Control+Shift+k")
    expect(reader.panel).to_be_hidden()
    expect(reader.button).to_have_attribute("aria-keyshortcuts", "Control+K Meta+K")
    reader.page.keyboard.press("Meta+k")
    expect(reader.question).to_be_focused()


def test_the_site_may_keep_its_keys(reader: Reader) -> None:
    reader.visit(query="options=data-shortcut=off")
    reader.page.keyboard.press("Control+i")
    expect(reader.button).to_have_attribute("title", "Ask the book")
    expect(reader.button).not_to_have_attribute("aria-keyshortcuts", "")
    expect(reader.panel).to_be_hidden()


def test_a_button_of_the_site_opens_the_panel(reader: Reader) -> None:
    reader.visit(query="options=data-button=hidden data-open='nav b'")
    expect(reader.button).to_be_hidden()
    reader.page.locator("nav b").click()
    expect(reader.question).to_be_focused()
    reader.page.keyboard.press("Escape")
    expect(reader.panel).to_be_hidden()


def test_the_search_box_gets_a_button_that_asks_what_is_typed(reader: Reader) -> None:
    reader.visit(query="options=data-search='nav input'")
    beside = reader.page.locator("nav ragbook-ask button")
    beside.click()
    expect(reader.question).to_be_focused()
    expect(reader.panel.locator(".turn")).to_have_count(0)
    reader.page.get_by_placeholder("Search").fill(" durability ")
    beside.click()
    expect(reader.turn("answered")).to_be_visible()
    assert reader.book.asked()[0]["question"] == "durability"


def test_the_button_beside_the_search_box_comes_back_with_it(reader: Reader) -> None:
    reader.visit(query="options=data-search='nav input'")
    beside = reader.page.locator("nav ragbook-ask")
    expect(beside).to_have_count(1)
    reader.page.evaluate(
        """() => {
          const nav = document.querySelector("nav");
          nav.replaceWith(Object.assign(document.createElement("nav"), { textContent: "…" }));
          document.querySelector("nav").append(document.createElement("input"));
        }"""
    )
    expect(beside).to_have_count(1)
    expect(reader.page.locator("nav input + ragbook-ask")).to_be_visible()


# ── passages ─────────────────────────────────────────────────────────────────────────────────


def test_code_can_be_asked_about(reader: Reader) -> None:
    reader.visit(query="styled=1")
    reader.page.locator("pre").hover()
    button = about_this(reader)
    expect(button).to_be_visible()
    code, at = reader.page.locator("pre").bounding_box(), button.bounding_box()
    assert code is not None
    assert at is not None
    assert code["x"] < at["x"] < at["x"] + at["width"] < code["x"] + code["width"]
    assert at["y"] > code["y"] + code["height"] / 2  # copy buttons stand in the upper corner
    button.click()
    expect(passage(reader)).to_contain_text("ros2 topic echo /chatter")
    reader.question.fill("What does it print?")
    reader.question.press("Enter")
    expect(reader.turn("answered")).to_be_visible()
    [asked] = reader.book.asked()
    assert (asked["selection"], asked["scope"]) == (CODE, "selection")


def test_code_that_has_the_focus_can_be_asked_about(reader: Reader) -> None:
    reader.visit().page.locator("pre").evaluate("code => { code.tabIndex = 0; code.focus() }")
    expect(about_this(reader)).to_be_visible()


def test_away_from_code_the_button_goes(reader: Reader) -> None:
    reader.visit().page.locator("pre").hover()
    expect(about_this(reader)).to_be_visible()
    reader.page.locator("h1").hover()
    expect(about_this(reader)).to_be_hidden()


@pytest.mark.parametrize("kinds", ["none", "code"])
def test_a_site_may_do_without_the_button_on_text(reader: Reader, kinds: str) -> None:
    reader.visit(query=f"options=data-about={kinds}")
    scenes.select(reader, "h1 + p")
    reader.page.wait_for_timeout(400)
    expect(about_this(reader)).to_be_hidden()


def test_a_site_may_do_without_the_button_on_code(reader: Reader) -> None:
    reader.visit(query="options=data-about=selection").page.locator("pre").hover()
    scenes.select(reader, "h1 + p")
    about_this(reader).click()
    expect(passage(reader)).to_contain_text("Nodes exchange data over topics")


@pytest.mark.parametrize(
    ("label", "scope"),
    [("Passage", "selection"), ("Page", "page"), ("Chapter", "chapter"), ("Book", "book")],
)
def test_the_reader_chooses_how_far_the_answer_looks(
    reader: Reader, label: str, scope: str
) -> None:
    reader.visit()
    scenes.selection(reader)
    reader.page.get_by_role("radio", name=label).check()
    reader.question.press("Enter")
    expect(reader.turn("answered")).to_be_visible()
    [asked] = reader.book.asked()
    assert asked["scope"] == scope
    assert asked["selection"].startswith("A publisher and a subscriber")
    assert asked["page_url"] == reader.book.page()


def test_the_question_names_the_page_that_is_open_now(reader: Reader) -> None:
    reader.visit().page.evaluate("history.pushState(null, '', 'services?secret=1#x')")
    reader.ask("Why?")
    expect(reader.turn("answered")).to_be_visible()
    assert reader.book.asked()[0]["page_url"] == reader.book.page("services")

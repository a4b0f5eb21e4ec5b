"""A citation opens the book at its section with the quoted words highlighted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import scenes
from tests.browser.conftest import Reader
from tests.browser.scripted import finished, sentence, source, sources

pytestmark = pytest.mark.browser

LONG_QUOTE = (
    "Use an action when the task takes longer than a moment, when its progress matters, or when "
    "it must be possible to cancel it."
)


def cite(reader: Reader, url: str, quote: str) -> Locator:
    """The link in the card of an answer that cites ``quote``."""
    reader.book.plays(
        sources(source(1, "Services", "Service or action", url)),
        sentence(0, "Use an action.", cites={1: quote}),
        finished(),
    )
    reader.ask()
    expect(reader.turn("answered")).to_be_visible()
    reader.page.get_by_role("button", name="Source 1: Services › Service or action").click()
    return reader.page.get_by_role("link", name="Open in the book")


def test_a_card_shows_heading_path_and_words(reader: Reader) -> None:
    reader.visit()
    scenes.source_card(reader)
    card = reader.page.get_by_role("dialog", name="Source 1: Topics › Quality of service")
    expect(card).to_be_focused()
    expect(card.locator("blockquote")).to_contain_text("A subscriber that asks for reliable")
    expect(card.locator("blockquote code")).to_have_text(["reliable", "best_effort"])
    reader.page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(reader.panel).to_be_visible()
    expect(reader.page.get_by_role("button", name="Source 1").nth(1)).to_be_focused()


def test_a_link_to_another_page_highlights_the_words_there(reader: Reader) -> None:
    reader.visit()
    url = reader.book.page("services") + "#service-or-action"
    link = cite(reader, url, LONG_QUOTE)
    assert link.get_attribute("href") == (
        f"{url}:~:text=Use%20an%20action%20when,possible%20to%20cancel%20it"
    )
    reader.page.set_viewport_size({"width": 1280, "height": 300})
    link.click()
    reader.page.wait_for_url(re.compile("/book/services#"))
    expect(reader.page.locator(":target")).to_contain_text("Use an action when the task")
    expect(reader.page.locator("p:target")).to_be_in_viewport()


def test_a_link_whose_words_are_gone_still_opens_the_section(reader: Reader) -> None:
    reader.visit()
    cite(reader, reader.book.page("services") + "#service-or-action", "Words of old.").click()
    reader.page.wait_for_url(re.compile("/book/services#"))
    expect(reader.page.locator("h2:target")).to_have_text("Service or action")


def test_a_link_to_this_page_highlights_without_a_reload(reader: Reader) -> None:
    reader.visit().page.evaluate("window.stayed = true")
    scenes.source_card(reader)
    reader.page.set_viewport_size({"width": 1280, "height": 400})
    reader.page.get_by_role("link", name="Open in the book").click()
    expect(reader.page.get_by_text("A subscriber that asks for").first).to_be_in_viewport()
    expect(reader.page).to_have_url(re.compile("#quality-of-service$"))
    assert reader.page.evaluate("window.stayed")
    reader.page.wait_for_function("CSS.highlights.get('ragbook-quote')")
    marked = reader.page.evaluate(
        "[...CSS.highlights.get('ragbook-quote')].map(range => range.toString()).join()"
    )
    assert " ".join(marked.split()) == scenes.RELIABLE.replace("`", "").rstrip(".")


def test_on_a_phone_the_panel_makes_way_for_the_page(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 390, "height": 760})
    reader.visit()
    scenes.source_card(reader)
    reader.page.get_by_role("link", name="Open in the book").click()
    expect(reader.panel).to_be_hidden()
    expect(reader.page.get_by_text("A subscriber that asks for").first).to_be_in_viewport()


@pytest.mark.parametrize(
    ("quote", "directive"),
    [
        ("Nodes exchange data.", "Nodes%20exchange%20data"),
        ("`ros2 run` starts a-b & c, d", "ros2%20run%20starts%20a%2Db%20%26%20c%2C%20d"),
        ("ros2 run demo talker\nros2 run demo listener", "ros2%20run%20demo%20talker"),
        ("- a list item of a book", "a%20list%20item%20of%20a%20book"),
        ("See [the guide](guide.md) first", "See%20the%20guide%20first"),
        ("| Policy | Best effort delivery |", "Best%20effort%20delivery"),
        ('The "quoted" word and its plain neighbours', "word%20and%20its%20plain%20neighbours"),
        ("节点通过话题交换数据。", "%E8%8A%82%E7%82%B9%E9%80%9A%E8%BF%87%E8%AF%9D%E9%A2%98"),
    ],
    ids=["sentence", "marks", "code", "item", "link", "table", "typography", "chinese"],
)
def test_fragments_survive_markup(reader: Reader, quote: str, directive: str) -> None:
    link = cite(reader.visit(), reader.book.page("services"), quote)
    href = link.get_attribute("href") or ""
    assert href.startswith(f"{reader.book.page('services')}#:~:text=")
    assert directive in href
    if quote.isascii():
        assert href.partition("text=")[2] == directive


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "ftp://x/y", "http://["],
)
def test_only_web_addresses_become_links(reader: Reader, url: str) -> None:
    link = cite(reader.visit(), url, "words")
    expect(reader.page.get_by_role("dialog", name="Source 1")).to_be_visible()
    expect(link).to_have_count(0)
    expect(reader.panel.locator("a")).to_have_count(0)


def test_a_relative_address_is_one_of_the_page(reader: Reader) -> None:
    link = cite(reader.visit(), "services#service-or-action", "words")
    expect(link).to_have_attribute(
        "href", f"{reader.book.page('services')}#service-or-action:~:text=words"
    )


def test_a_citation_without_a_source_is_not_shown(reader: Reader) -> None:
    reader.book.plays(sources(), sentence(0, "Said.", cites={7: "?"}), finished())
    reader.visit().ask()
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.panel.locator(".chip")).to_have_count(0)

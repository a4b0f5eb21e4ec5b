"""What a reader does with questions and conversations: edit, go on, find again, delete, share."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import scenes
from tests.browser.conftest import Reader
from tests.browser.scripted import Pause, finished, sentence

pytestmark = pytest.mark.browser


def press(reader: Reader, name: str) -> None:
    reader.panel.get_by_role("button", name=name, exact=True).click()


def rows(reader: Reader) -> Locator:
    """The list of conversations, opened."""
    press(reader, "Your conversations")
    return reader.page.get_by_role("dialog", name="Your conversations").locator(".past li")


def ask_twice(reader: Reader) -> None:
    """One conversation with two answers, and a second one."""
    reader.book.plays(sentence(0, "A process."), finished())
    reader.visit().ask("What is a node?")
    expect(reader.turn("answered")).to_have_count(1)
    reader.book.plays(sentence(0, "A channel."), finished())
    reader.ask("And a topic?")
    expect(reader.turn("answered")).to_have_count(2)
    press(reader, "New conversation")
    reader.ask("Something else?")
    expect(reader.turn("answered")).to_have_count(1)


# ── the question ─────────────────────────────────────────────────────────────────────────────


def test_the_last_question_is_put_in_other_words(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    press(reader, "Edit the question")
    expect(reader.question).to_have_value(scenes.QUESTION)
    expect(reader.question).to_be_focused()
    reader.book.plays(sentence(0, "Better."), finished())
    reader.question.fill("Why does my node receive nothing?")
    reader.question.press("Enter")
    expect(reader.sentences).to_have_text(["Better."])
    expect(reader.panel.locator(".turn")).to_have_count(1)
    asked = reader.book.asked()[-1]
    assert asked["replaces"] == "answer-1"
    assert asked["conversation"] == "conversation-1"


def test_only_the_last_question_can_be_edited(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    reader.ask("And then?")
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.panel.locator(".edit:visible")).to_have_count(1)


@pytest.mark.parametrize("way", ["Escape", "Cancel"])
def test_editing_can_be_given_up(reader: Reader, way: str) -> None:
    reader.visit()
    scenes.editing(reader)
    if way == "Escape":
        reader.question.press("Escape")
    else:
        press(reader, "Cancel")
    expect(reader.panel).to_be_visible()
    expect(reader.question).to_have_value("")
    expect(reader.panel.get_by_text("You are editing")).to_have_count(0)
    reader.ask("A new one?")
    expect(reader.turn("answered")).to_be_visible()
    assert "replaces" not in reader.book.asked()[-1]


def test_editing_stops_the_answer_on_its_way(reader: Reader) -> None:
    reader.book.plays(sentence(0, "Old."), Pause("never"))
    reader.visit().ask("Misspelt?")
    expect(reader.sentences).to_have_count(1)
    reader.panel.locator(".question").hover()
    press(reader, "Edit the question")
    expect(reader.turn("stopped")).to_be_visible()
    reader.book.plays(sentence(0, "New."), finished())
    reader.question.fill("Spelt?")
    reader.question.press("Enter")
    expect(reader.sentences).to_have_text(["New."])


def test_a_stopped_answer_is_asked_for_again(reader: Reader) -> None:
    reader.book.plays(sentence(0, "Half."), Pause("never"))
    reader.visit().ask("What?")
    expect(reader.sentences).to_have_count(1)
    press(reader, "Stop")
    reader.book.plays(sentence(0, "Whole."), finished())
    press(reader, "Ask again")
    expect(reader.turn("answered")).to_be_visible()
    first, second = reader.book.asked()
    assert first["client_id"] != second["client_id"]
    assert second["replaces"] == "answer-1"


def test_an_answer_offers_what_to_ask_next(reader: Reader) -> None:
    reader.visit()
    scenes.answered(reader)
    expect(reader.panel.locator(".next button")).to_have_text(reader.book.suggestions)
    reader.book.plays(sentence(0, "More."), finished())
    reader.book.suggestions = []
    reader.panel.locator(".next button").first.click()
    expect(reader.turn("answered").last).to_contain_text("More.")
    assert reader.book.asked()[-1]["question"] == "What does the book say about “Publishing”?"
    expect(reader.panel.locator(".next:visible")).to_have_count(0)  # it was offered, and taken


def test_what_to_ask_next_comes_along_to_the_next_page(reader: Reader) -> None:
    reader.visit()
    scenes.answered(reader)
    expect(reader.panel.locator(".next button")).to_have_count(2)
    reader.visit("services")
    expect(reader.panel.locator(".next button")).to_have_count(2)


def test_why_something_was_left_out_is_told_in_plain_words(reader: Reader) -> None:
    reader.visit()
    scenes.answered(reader)
    reader.panel.locator(".withheld summary").click()
    expect(reader.panel.get_by_text("Every sentence is held against the book")).to_be_visible()


# ── conversations ────────────────────────────────────────────────────────────────────────────


def test_a_conversation_is_found_again_and_gone_on_with(reader: Reader) -> None:
    ask_twice(reader)
    found = rows(reader)
    expect(found.locator("b")).to_have_text(["Something else?", "What is a node?"])
    expect(found.locator("small")).to_have_text(["Open now", "today"])
    found.nth(1).locator("button").first.click()
    expect(reader.sentences).to_have_text(["A process.", "A channel."])
    expect(reader.panel.locator(".cover")).to_have_count(0)
    reader.ask("Go on?")
    expect(reader.turn("answered")).to_have_count(3)
    assert reader.book.asked()[-1]["conversation"] == "conversation-1"


def test_the_list_is_there_in_another_tab_and_after_the_browser_was_closed(reader: Reader) -> None:
    ask_twice(reader)
    other = Reader(reader.page.context.new_page(), reader.book).visit("services")
    other.button.click()
    expect(rows(other).locator("b")).to_have_text(["Something else?", "What is a node?"])


def test_an_answer_that_is_still_written_goes_on_in_the_other_tab(reader: Reader) -> None:
    reader.book.plays(sentence(0, "One."), Pause("gate"), sentence(1, "Two."), finished())
    reader.visit().ask("A long one?")
    expect(reader.sentences).to_have_count(1)
    other = Reader(reader.page.context.new_page(), reader.book).visit("services")
    other.button.click()
    rows(other).locator("button").first.click()
    expect(other.sentences).to_have_text(["One."])
    reader.book.open("gate")
    for tab in (reader, other):
        expect(tab.turn("answered")).to_be_visible()
        expect(tab.sentences).to_have_text(["One.", "Two."])


def test_a_conversation_is_deleted_here_and_on_the_server(reader: Reader) -> None:
    ask_twice(reader)
    found = rows(reader)
    found.nth(1).get_by_role("button", name="Delete this conversation").click()
    expect(reader.panel.get_by_text("Delete it here and on the server?")).to_be_visible()
    press(reader, "Cancel")
    assert reader.book.erased == []
    found.nth(1).get_by_role("button", name="Delete this conversation").click()
    with reader.page.expect_response(lambda response: response.request.method == "DELETE"):
        press(reader, "Delete")
    expect(found.locator("b")).to_have_text(["Something else?"])
    assert reader.book.erased == ["conversation-1"]


def test_deleting_the_open_conversation_begins_a_new_one(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    rows(reader).first.get_by_role("button", name="Delete this conversation").click()
    press(reader, "Delete")
    expect(reader.panel.locator(".greeting")).to_be_visible()
    assert reader.page.evaluate("JSON.parse(Object.values({ ...localStorage })[0])") == []


def test_a_conversation_that_the_server_forgot_leaves_the_list(reader: Reader) -> None:
    ask_twice(reader)
    reader.book.forget_conversations()
    found = rows(reader)
    found.nth(1).locator("button").first.click()
    expect(
        reader.panel.get_by_text("The server no longer keeps this conversation.")
    ).to_be_visible()
    expect(found).to_have_count(1)


def test_escape_goes_back_to_the_thread_first(reader: Reader) -> None:
    reader.visit()
    scenes.history(reader)
    reader.page.keyboard.press("Escape")
    expect(reader.panel.locator(".cover")).to_have_count(0)
    expect(reader.panel.get_by_role("button", name="Your conversations")).to_be_focused()
    reader.page.keyboard.press("Escape")
    expect(reader.panel).to_be_hidden()


def test_a_site_may_keep_no_list(reader: Reader) -> None:
    reader.visit(query="options=data-history=none")
    scenes.quoted(reader)
    expect(rows(reader)).to_have_count(0)
    expect(reader.panel.get_by_text("You have not asked anything yet.")).to_be_visible()
    assert reader.page.evaluate("localStorage.length") == 0


# ── sharing ──────────────────────────────────────────────────────────────────────────────────


def test_where_the_book_does_not_allow_it_nothing_is_shared(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    expect(reader.panel.get_by_role("button", name="Share")).to_have_count(0)


def test_a_link_is_made_copied_renewed_and_taken_back(reader: Reader) -> None:
    reader.visit()
    scenes.sharing(reader)
    link = reader.page.get_by_role("textbox", name="Link to this conversation")
    expect(link).to_have_value(f"{reader.book.origin}/shared/conversation-1")
    press(reader, "Copy the link")
    expect(reader.panel.get_by_role("button", name="Copied")).to_be_visible()
    assert reader.page.evaluate("navigator.clipboard.readText()") == link.input_value()
    press(reader, "Share what was asked since")
    expect(link).to_be_focused()
    assert reader.book.shares == {"conversation-1": 2}
    press(reader, "Take the link back")
    expect(reader.panel.get_by_text("The link was taken back.")).to_be_visible()
    assert reader.book.shares == {}
    expect(reader.panel.get_by_role("button", name="Make a link")).to_be_focused()


def test_looking_at_it_shares_nothing(reader: Reader) -> None:
    reader.book.sharing = True
    reader.visit()
    scenes.quoted(reader)
    press(reader, "Share")
    expect(reader.panel.get_by_role("button", name="Make a link")).to_be_visible()
    assert reader.book.shares == {}

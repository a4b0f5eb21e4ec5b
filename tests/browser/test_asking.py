"""A reader opens the widget, asks, and reads an answer sentence by sentence."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from chat.markdown import inline
from tests.browser import scenes
from tests.browser.conftest import Reader
from tests.browser.scripted import (
    Pause,
    code_block,
    failed,
    finished,
    item,
    paragraph,
    row,
    sentence,
    sources,
    text,
    withheld,
)

pytestmark = pytest.mark.browser


def test_the_button_opens_a_greeting_with_starter_questions(reader: Reader) -> None:
    reader.visit().button.click()
    expect(reader.panel).to_be_visible()
    expect(reader.page.get_by_role("dialog", name="A ROS 2 primer")).to_be_visible()
    expect(reader.panel).to_contain_text("Answers only from this book, every sentence checked.")
    expect(reader.panel.locator(".starters button")).to_have_count(3)
    expect(reader.question).to_be_focused()


@pytest.mark.parametrize("keys", ["Control+i", "Meta+i"])
def test_the_shortcut_opens_and_closes(reader: Reader, keys: str) -> None:
    reader.visit().page.keyboard.press(keys)
    expect(reader.panel).to_be_visible()
    reader.page.keyboard.press(keys)
    expect(reader.panel).to_be_hidden()


def test_the_shortcut_is_left_to_the_fields_of_the_page(reader: Reader) -> None:
    reader.visit().page.get_by_role("textbox", name="Search").press("Control+i")
    expect(reader.panel).to_be_hidden()


def test_a_starter_question_is_asked_with_one_click(reader: Reader) -> None:
    reader.book.plays(sentence(0, "Nodes are processes."), finished())
    reader.visit().button.click()
    reader.page.get_by_role("button", name="Why does my subscriber receive nothing?").click()
    expect(reader.turn("answered")).to_contain_text("Nodes are processes.")
    assert reader.book.asked()[0]["question"] == "Why does my subscriber receive nothing?"


def test_a_question_says_where_it_was_asked(reader: Reader) -> None:
    reader.visit(query="secret=1").ask("What is a topic?")
    expect(reader.turn("answered")).to_be_visible()
    asked = reader.book.asked()[0]
    assert asked["page_url"] == reader.book.page()  # without the query
    assert asked["scope"] == "book"
    assert len(asked["client_id"]) == 32
    assert "conversation" not in asked


def test_sentences_appear_one_after_another(reader: Reader) -> None:
    reader.book.plays(
        sentence(0, "First."),
        Pause("second"),
        sentence(1, "Second."),
        Pause("end"),
        finished(),
    )
    reader.visit().ask()
    expect(reader.sentences).to_have_text(["First."])
    expect(reader.panel.locator(".thinking")).to_be_visible()
    reader.book.open("second")
    expect(reader.sentences).to_have_text(["First.", "Second."])
    expect(reader.panel.locator(".body p")).to_have_count(1)  # the second joins the first
    reader.book.open("end")
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.panel.locator(".thinking")).to_have_count(0)


def test_a_sentence_that_comes_twice_is_shown_once(reader: Reader) -> None:
    reader.book.plays(sentence(0, "Once."), sentence(0, "Once."), withheld(1), withheld(1))
    reader.book.scripts[0].append(finished())
    reader.visit().ask()
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences).to_have_text(["Once."])
    expect(reader.panel).to_contain_text("1 statement was left out: the book does not prove it.")


def test_blocks_find_their_list_table_and_code(reader: Reader) -> None:
    reader.book.plays(
        sentence(0, item(text("outer"), depth=1)),
        sentence(1, item(text("inner"), depth=2)),
        sentence(2, item(text("outer again"), depth=1)),
        sentence(3, item(text("numbered"), depth=1, number=4)),
        sentence(4, row("a", "b", header=True)),
        sentence(5, row("c", "d")),
        sentence(6, code_block("ros2 run a b\nros2 run c d", "bash")),
        sentence(7, paragraph(text("New paragraph."))),
        finished(),
    )
    reader.visit().ask()
    expect(reader.turn("answered")).to_be_visible()
    body = reader.panel.locator(".body")
    expect(body.locator(":scope > ul > li")).to_have_count(2)
    expect(body.locator("ul ul > li")).to_contain_text("inner")
    expect(body.locator("ol > li")).to_have_attribute("value", "4")
    expect(body.locator("table")).to_have_count(1)
    expect(body.locator("thead th")).to_contain_text(["a", "b"])
    expect(body.locator("tbody td")).to_contain_text(["c", "d"])
    assert body.locator("pre").inner_text() == "ros2 run a b\nros2 run c d"
    expect(body.locator(".language")).to_have_text("bash")


def test_a_formula_is_drawn_as_one_and_a_long_one_scrolls_inside(reader: Reader) -> None:
    long = " + ".join(rf"\frac{{x_{n}}}{{y_{n}}}" for n in range(20))
    reader.book.plays(
        sentence(0, paragraph(*inline("The gain is $K_k = P_k$, of $n$ nodes."))),
        sentence(1, paragraph(*inline(f"$${long}$$"))),
        sentence(2, paragraph(*inline("$$\\frac{$$"))),
        finished(),
    )
    reader.visit().ask()
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences.first.locator("math")).to_have_count(2)
    assert reader.sentences.first.locator("msub").first.evaluate(
        "({ namespaceURI, textContent }) => [namespaceURI, textContent]"
    ) == ["http://www.w3.org/1998/Math/MathML", "Kk"]
    formula = reader.panel.get_by_role("group", name="frac").first
    assert formula.evaluate("({ scrollWidth, clientWidth }) => scrollWidth > clientWidth")
    expect(reader.sentences.last.locator("code")).to_have_text("\\frac{")


def test_code_is_copied_word_for_word(reader: Reader) -> None:
    reader.book.plays(sentence(0, code_block("echo '<b>'\n\ttabbed")), finished())
    reader.visit().ask()
    reader.page.get_by_role("button", name="Copy", exact=True).click()
    expect(reader.page.get_by_role("button", name="Copied")).to_be_visible()
    assert reader.page.evaluate("navigator.clipboard.readText()") == "echo '<b>'\n\ttabbed"


def test_an_answer_is_copied_as_markdown_with_its_sources(reader: Reader) -> None:
    reader.visit()
    scenes.answered(reader)
    reader.page.get_by_role("button", name="Copy as Markdown").click()
    expect(reader.page.locator("[data-done]")).to_be_visible()
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"**{scenes.QUESTION}**\n\n{scenes.COMPATIBLE}")
    assert f"1. [Topics › Quality of service]({reader.book.page()}#quality-of-service)" in copied


def test_what_was_left_out_is_counted_and_explained(reader: Reader) -> None:
    reader.visit()
    scenes.answered(reader)
    expect(reader.panel).to_contain_text("7 statements, each proved by the book")
    expect(reader.panel).to_contain_text(
        "2 statements were left out: the book does not prove them."
    )


def test_doubtful_sentences_are_marked_with_words(reader: Reader) -> None:
    reader.visit()
    scenes.annotated(reader)
    expect(reader.panel.locator(".doubtful")).to_have_count(3)
    for verdict in ("Only partly supported", "Not supported", "Contradicted"):
        expect(reader.page.get_by_role("img", name=verdict)).to_be_visible()
    expect(reader.page.get_by_role("img", name="Supported by the book (94 %)")).to_be_visible()
    expect(reader.panel).to_contain_text("1 of 4 statements proved by the book")
    expect(reader.panel.locator(".promise")).to_have_text(
        "Answers from this book. What it does not prove is marked."
    )


def test_code_of_the_model_is_marked_and_no_statement_of_the_book(reader: Reader) -> None:
    reader.visit()
    scenes.model_code(reader)
    expect(reader.panel.locator("figure.code .mark")).to_have_text("Not from the book")
    expect(reader.panel).to_contain_text("1 statement, proved by the book")


def test_quotes_and_refusals_do_not_look_like_answers(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    expect(reader.turn("quoted").locator(".badge")).to_have_text("Quoted from the book")
    scenes.refused(reader)
    refusal = reader.turn("refused")
    expect(refusal.locator(".badge")).to_have_text("Not in the book")
    expect(refusal.locator("a")).to_have_text(
        [
            "Topics › Quality of service",
            "Topics › Inspecting a topic",
            "Services › Service or action",
        ]
    )


def test_stop_ends_the_answer_and_keeps_what_was_said(reader: Reader) -> None:
    reader.book.plays(sentence(0, "Kept."), Pause("never"), sentence(1, "Unsaid."))
    reader.visit().ask()
    expect(reader.sentences).to_have_text(["Kept."])
    reader.page.get_by_role("button", name="Stop").click()
    expect(reader.turn("stopped")).to_contain_text("You stopped this answer.")
    expect(reader.sentences).to_have_text(["Kept."])
    assert reader.book.asked("stop") == [{"type": "stop"}]
    reader.book.plays(sentence(0, "Next."), finished())
    reader.ask("And now?")
    expect(reader.turn("answered")).to_contain_text("Next.")


def test_a_failure_can_be_tried_again_under_the_same_id(reader: Reader) -> None:
    reader.book.plays(sentence(0, "Half."), failed("The answer broke off."))
    reader.book.plays(sentence(0, "Whole."), finished())
    reader.visit().ask("What?")
    expect(reader.turn("failed")).to_contain_text("The answer broke off.")
    reader.page.get_by_role("button", name="Try again").click()
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences).to_have_text(["Whole."])
    first, second = reader.book.asked()
    assert first["client_id"] == second["client_id"]


def test_a_limited_reader_sees_how_long_to_wait(reader: Reader) -> None:
    reader.book.plays(failed("Too many questions.", code="rate_limited", retry_after=2))
    reader.visit().ask()
    expect(reader.turn("failed")).to_contain_text("many questions in a short time")
    button = reader.turn("failed").locator(".action")
    expect(button).to_have_text("Try again in 2 sec")
    expect(button).to_be_disabled()
    expect(button).to_have_text("Try again")
    expect(button).to_be_enabled()


def test_what_cannot_be_retried_has_no_button(reader: Reader) -> None:
    reader.book.plays(failed("Of another kind.", code="unheard_of", retryable=False))
    reader.visit().ask()
    expect(reader.turn("failed")).to_contain_text("Of another kind.")
    expect(reader.turn("failed").locator(".action")).to_have_count(0)


def test_thumbs_are_sent_with_the_token(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    up = reader.page.get_by_role("button", name="Helpful", exact=True)
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(reader.panel).to_contain_text("Thank you.")
    assert reader.book.feedback == [{"token": "token-1", "helpful": True}]


def test_a_thumb_down_asks_why(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    reader.page.get_by_role("button", name="Not helpful").click()
    reader.page.get_by_role("radio", name="Incomplete").check()
    reader.page.get_by_role("textbox", name="Anything to add?").fill("The command is missing.")
    reader.page.get_by_role("button", name="Send feedback").click()
    expect(reader.panel).to_contain_text("Thank you.")
    assert reader.book.feedback[-1] == {
        "token": "token-1",
        "helpful": False,
        "reason": "incomplete",
        "comment": "The command is missing.",
    }


def test_a_thumb_that_was_not_kept_is_taken_back(reader: Reader) -> None:
    reader.book.feedback_status = 503
    reader.visit()
    scenes.quoted(reader)
    up = reader.page.get_by_role("button", name="Helpful", exact=True)
    up.click()
    expect(reader.panel).to_contain_text("Not saved. Please try again.")
    expect(up).to_have_attribute("aria-pressed", "false")


def test_a_new_conversation_starts_from_nothing(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    reader.ask("A follow-up?")
    expect(reader.turn("answered")).to_be_visible()
    assert reader.book.asked()[1]["conversation"] == "conversation-1"
    reader.page.get_by_role("button", name="New conversation").click()
    expect(reader.panel.locator(".turn")).to_have_count(0)
    expect(reader.panel.locator(".greeting")).to_be_visible()
    reader.ask("Something else?")
    expect(reader.turn("answered")).to_be_visible()
    assert "conversation" not in reader.book.asked()[2]


def test_a_question_about_selected_text_carries_the_text_and_its_scope(reader: Reader) -> None:
    reader.visit()
    scenes.selection(reader)
    expect(reader.page.get_by_role("radio", name="Passage")).to_be_checked()
    reader.page.get_by_role("radio", name="Chapter").check()
    reader.question.press("Enter")
    expect(reader.turn("answered")).to_contain_text("A publisher and a subscriber")
    asked = reader.book.asked()[0]
    assert asked["scope"] == "chapter"
    assert asked["selection"].startswith("A publisher and a subscriber exchange messages")
    reader.ask("Another?")
    expect(reader.turn("answered")).to_have_count(2)
    assert "selection" not in reader.book.asked()[1]
    assert reader.book.asked()[1]["scope"] == "book"


def test_a_selected_passage_can_be_removed(reader: Reader) -> None:
    reader.visit()
    scenes.selection(reader)
    reader.page.get_by_role("button", name="Remove the passage").click()
    expect(reader.page.get_by_role("radio", name="Passage")).to_have_count(0)
    reader.question.press("Enter")
    expect(reader.turn("answered")).to_be_visible()
    assert "selection" not in reader.book.asked()[0]


def test_the_shortcut_takes_the_selection_along(reader: Reader) -> None:
    reader.visit()
    scenes.select(reader, "#publishing")
    reader.page.keyboard.press("Control+i")
    expect(reader.panel.locator(".about")).to_contain_text("Publishing")


def test_a_short_selection_gets_no_button(reader: Reader) -> None:
    reader.visit()
    scenes.selection_button(reader)
    reader.page.evaluate(
        "getSelection().setBaseAndExtent("
        "document.querySelector('h1').firstChild, 0,"
        "document.querySelector('h1').firstChild, 2)"
    )
    expect(reader.page.get_by_role("button", name="Ask about this")).to_be_hidden()


def test_a_server_of_tomorrow_does_not_break_the_widget_of_today(reader: Reader) -> None:
    unknown = {"type": "hologram", "children": [{"type": "text", "text": "?"}]}
    odd = paragraph(text("Known "), {"type": "sparkle", "text": "unknown"}, text("words."))
    reader.book.plays(
        {"type": "answer.mood", "mood": "cheerful"},
        {**sentence(0, unknown), "text": "Its words as words."},
        sentence(1, odd),
        sources(),
        finished(),
    )
    reader.visit().ask()
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences).to_have_text(["Its words as words.", "Known words."])

"""An answer goes on where it stood: after a page change, a lost socket, a restart."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.conftest import Reader
from tests.browser.scripted import Drop, Pause, Step, failed, finished, sentence, withheld

pytestmark = pytest.mark.browser


def test_an_answer_survives_five_page_changes(reader: Reader) -> None:
    steps: list[Step] = []
    for ordinal in range(6):
        steps += [sentence(ordinal, f"Sentence {ordinal}."), Pause(f"gate {ordinal}")]
    reader.book.plays(*steps, finished())
    reader.visit().ask("A long story?")
    for ordinal in range(5):
        expect(reader.sentences).to_have_count(ordinal + 1)
        reader.visit("services" if ordinal % 2 == 0 else "topics")
        reader.book.open(f"gate {ordinal}")
    expect(reader.sentences).to_have_count(6)
    reader.book.open("gate 5")
    expect(reader.turn("answered")).to_have_count(1)
    expect(reader.sentences).to_have_text([f"Sentence {ordinal}." for ordinal in range(6)])
    assert len(reader.book.asked()) == 1
    assert [message["after"] for message in reader.book.asked("resume")] == [0, 1, 2, 3, 4]


def test_the_thread_stays_open_and_keeps_the_focus_where_it_was(reader: Reader) -> None:
    reader.visit()
    scenes.answered(reader)
    reader.question.fill("A draft")
    reader.visit("services")
    expect(reader.panel).to_be_visible()
    expect(reader.turn("answered")).to_contain_text(scenes.COMPATIBLE)
    expect(reader.question).to_have_value("A draft")
    expect(reader.question).not_to_be_focused()
    assert reader.book.connections == 1  # nothing is due, so nothing is connected


def test_a_closed_panel_stays_closed_and_has_the_answer_when_opened(reader: Reader) -> None:
    reader.book.plays(sentence(0, "Before."), Pause("gate"), sentence(1, "Behind."), finished())
    reader.visit().ask()
    expect(reader.sentences).to_have_count(1)
    reader.page.keyboard.press("Escape")
    reader.visit("services")
    expect(reader.panel).to_be_hidden()
    reader.book.open("gate")
    reader.button.click()
    expect(reader.sentences).to_have_text(["Before.", "Behind."])


def test_a_lost_socket_is_resumed_without_loss_or_repetition(reader: Reader) -> None:
    reader.book.plays(
        sentence(0, "One."),
        withheld(1),
        Drop(),
        sentence(2, "Two, said while nobody listened."),
        Pause("gate"),
        sentence(3, "Three."),
        finished(withheld=1),
    )
    reader.visit().ask()
    expect(reader.sentences).to_have_count(2)
    reader.book.open("gate")
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences).to_have_text(["One.", "Two, said while nobody listened.", "Three."])
    assert [message["after"] for message in reader.book.asked("resume")] == [1]


def test_the_reader_is_told_while_the_connection_is_lost(reader: Reader) -> None:
    reader.book.plays(sentence(0, "One."), Pause("drop"), Drop(), Pause("gate"), finished())
    reader.visit().ask()
    expect(reader.sentences).to_have_count(1)
    reader.book.refuse_sockets = True
    reader.book.open("drop")
    expect(reader.panel.get_by_role("status")).to_have_text("Connection lost. Reconnecting…")
    reader.book.refuse_sockets = False
    reader.book.open("gate")
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.panel.locator(".notice")).to_be_hidden()


def test_a_reader_who_is_offline_is_told_so(reader: Reader) -> None:
    reader.book.plays(sentence(0, "One."), Pause("gate"), finished())
    reader.visit().ask()
    expect(reader.sentences).to_have_count(1)
    reader.page.context.set_offline(True)
    expect(reader.panel.get_by_role("status")).to_contain_text("You are offline.")
    reader.page.context.set_offline(False)
    reader.book.open("gate")
    expect(reader.turn("answered")).to_be_visible()


def test_a_question_that_was_lost_is_asked_again_under_the_same_id(reader: Reader) -> None:
    reader.book.refuse_sockets = True
    reader.visit().ask("Heard?")
    expect(reader.panel.get_by_role("status")).to_have_text("Connection lost. Reconnecting…")
    reader.book.refuse_sockets = False
    expect(reader.turn("answered")).to_be_visible()
    assert len(reader.book.asked()) == 1


def test_a_server_that_forbids_is_not_asked_again(reader: Reader) -> None:
    reader.book.plays(Drop(code=4403))
    reader.visit().ask()
    expect(reader.turn("failed")).to_contain_text("The server does not answer on this page.")
    assert reader.book.connections == 1


def test_a_forgotten_conversation_is_replaced_silently(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    reader.book.forget_conversations()
    reader.ask("Still there?")
    expect(reader.turn("answered")).to_be_visible()
    again = reader.book.asked()[-1]
    assert again["question"] == "Still there?"
    assert "conversation" not in again


def test_without_storage_the_widget_works_for_the_page(reader: Reader) -> None:
    reader.page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('no') } })"
    )
    reader.visit()
    scenes.quoted(reader)
    reader.visit("services")
    reader.button.click()
    expect(reader.panel.locator(".turn")).to_have_count(0)


def test_spoilt_storage_is_ignored(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    reader.page.evaluate(
        """() => {
          for (const key of Object.keys(sessionStorage)) sessionStorage.setItem(key, "{nonsense");
          Storage.prototype.setItem = () => {};
        }"""
    )
    reader.visit("services")
    reader.button.click()
    expect(reader.panel.locator(".greeting")).to_be_visible()


def test_two_tabs_have_their_own_threads(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    other = Reader(reader.page.context.new_page(), reader.book).visit()
    other.ask("From the other tab?")
    expect(other.turn("answered")).to_be_visible()
    expect(other.panel.locator(".turn")).to_have_count(1)
    expect(reader.panel.locator(".turn")).to_have_count(1)


def test_a_socket_that_falls_silent_is_replaced(reader: Reader) -> None:
    reader.page.clock.install()
    reader.book.plays(sentence(0, "One."), Pause("gate"), finished())
    reader.visit().ask()
    expect(reader.sentences).to_have_count(1)
    reader.page.clock.run_for(30_000)
    reader.book.open("gate")
    expect(reader.turn("answered")).to_be_visible()
    assert [message["after"] for message in reader.book.asked("resume")] == [0]


def test_a_server_that_stays_away_is_given_up_in_the_end(reader: Reader) -> None:
    reader.page.clock.install()
    reader.book.away = True
    reader.visit().ask()
    for _ in range(20):
        reader.page.clock.run_for(31_000)
        reader.page.wait_for_timeout(50)
    expect(reader.turn("failed")).to_contain_text("The server cannot be reached.")
    assert 2 <= reader.book.connections <= 9
    reader.book.away = False
    reader.page.get_by_role("button", name="Try again").click()
    expect(reader.turn("answered")).to_be_visible()


REFUSING = """
window.WebSocket = class {
  static OPEN = 1; static CLOSED = 3;
  constructor() { throw new DOMException("", "SecurityError") }
}
"""


def test_where_sockets_are_refused_the_answer_comes_as_server_sent_events(reader: Reader) -> None:
    reader.book.plays(sentence(0, "One."), Pause("gate"), sentence(1, "Two."), finished())
    reader.page.add_init_script(REFUSING)
    reader.visit().ask()
    expect(reader.sentences).to_have_text(["One."])
    reader.book.open("gate")
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences).to_have_text(["One.", "Two."])
    assert reader.book.asked()[0]["over"] == "http"
    assert reader.book.asked()[0]["book"] == "primer"


def test_a_proxy_that_closes_sockets_costs_two_tries_on_the_first_page_only(reader: Reader) -> None:
    reader.book.refuse_sockets = True
    reader.book.plays(sentence(0, "One."), Pause("gate"), sentence(1, "Two."), finished())
    reader.visit().ask()
    expect(reader.sentences).to_have_text(["One."])
    assert reader.book.connections == 2
    reader.visit("services")  # the answer goes on here, over the way that is known to work
    reader.book.open("gate")
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences).to_have_text(["One.", "Two."])
    assert [message["over"] for message in reader.book.asked("resume")] == ["http"]
    assert reader.book.connections == 2


def test_a_site_whose_policy_names_the_host_alone_asks_for_events(reader: Reader) -> None:
    reader.book.plays(sentence(0, "By events."), finished())
    reader.visit(query='nosockets=1&options=data-transport="events"').ask()
    expect(reader.sentences).to_have_text(["By events."])
    assert reader.book.connections == 0


def test_a_socket_that_the_policy_blocks_is_noticed_at_once(reader: Reader) -> None:
    reader.book.plays(sentence(0, "By events."), finished())
    reader.visit(query="nosockets=1").ask()
    expect(reader.sentences).to_have_text(["By events."], timeout=8_000)  # silence is 10 s
    reports = [report["csp-report"]["blocked-uri"] for report in reader.book.violations]
    assert reports == [reader.book.origin.replace("http", "ws") + "/ws/chat/primer/"]
    reader.book.violations.clear()


def test_a_question_at_the_end_of_a_stream_of_events_is_asked_once(reader: Reader) -> None:
    """A script may ask before the answer's stream is closed."""
    reader.book.plays(sentence(0, "First."), finished())
    reader.book.plays(sentence(0, "Second."), finished())
    reader.visit(query='options=data-transport="events"')
    reader.page.evaluate(
        """() => {
          const stop = ragbook.on("answer", () => { stop(); ragbook.ask("And now?") });
          return ragbook.ask("First?");
        }"""
    )
    expect(reader.sentences).to_have_text(["First.", "Second."])
    assert [asked["question"] for asked in reader.book.asked()] == ["First?", "And now?"]


def test_server_sent_events_are_stopped_too(reader: Reader) -> None:
    reader.book.refuse_sockets = True
    reader.book.plays(sentence(0, "Kept."), Pause("never"))
    reader.visit().ask()
    expect(reader.sentences).to_have_text(["Kept."])
    reader.page.get_by_role("button", name="Stop").click()
    expect(reader.turn("stopped")).to_be_visible()
    reader.page.get_by_role("button", name="Ask again").click()
    expect(reader.turn("answered")).to_be_visible()
    assert reader.book.asked()[-1]["replaces"] == "answer-1"


def test_an_answer_that_a_restart_interrupted_is_asked_for_again(reader: Reader) -> None:
    interrupted = failed("The answer was interrupted.", code="interrupted")
    reader.book.plays(sentence(0, "Half."), Drop(), interrupted)
    reader.book.plays(sentence(0, "Whole."), finished())
    reader.visit().ask()
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences).to_have_text(["Whole."])
    first, second = reader.book.asked()
    assert first["client_id"] == second["client_id"]


def test_an_answer_that_is_interrupted_twice_is_left_to_the_reader(reader: Reader) -> None:
    interrupted = failed("The answer was interrupted.", code="interrupted")
    for _ in range(2):
        reader.book.plays(sentence(0, "Half."), interrupted)
    reader.visit().ask()
    expect(reader.turn("failed")).to_contain_text("was interrupted before its end")
    assert len(reader.book.asked()) == 2


def test_a_new_conversation_stops_the_answer_on_its_way(reader: Reader) -> None:
    reader.book.plays(sentence(0, "Old."), Pause("gate"), sentence(1, "Old too."), finished())
    reader.visit().ask()
    expect(reader.sentences).to_have_count(1)
    reader.page.get_by_role("button", name="New conversation").click()
    reader.book.plays(sentence(0, "New."), finished())
    reader.ask("Afresh?")
    reader.book.open("gate")
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences).to_have_text(["New."])
    assert len(reader.book.asked("stop")) == 1

"""States of the widget that pictures and accessibility checks look at."""

from __future__ import annotations

from collections.abc import Callable

from chat.markdown import inline
from tests.browser.conftest import Reader
from tests.browser.scripted import (
    Event,
    Pause,
    ScriptedBook,
    code,
    code_block,
    failed,
    finished,
    item,
    paragraph,
    row,
    sentence,
    source,
    sources,
    strong,
    text,
    withheld,
)

ARABIC_QUESTION = "لماذا لا يستقبل المشترك أي رسالة؟"
ARABIC_ANSWER = "لا يتبادل الناشر والمشترك الرسائل إلا إذا كانت ملفات جودة الخدمة متوافقة."
QUESTION = "Why does my subscriber receive nothing?"
COMPATIBLE = "A publisher and a subscriber exchange messages only if their profiles are compatible."
RELIABLE = (
    "A subscriber that asks for `reliable` delivery receives nothing from a publisher that "
    "offers `best_effort`, and ROS 2 prints a warning about the incompatible policy when the "
    "two are discovered."
)
INSPECT = "With `ros2 topic info --verbose` you see every endpoint, its node and its profile."


def offered(book: ScriptedBook) -> list[Event]:
    """The sources of the answer to QUESTION."""
    page = book.page()
    return [
        source(1, "Topics", "Quality of service", f"{page}#quality-of-service", COMPATIBLE),
        source(2, "Topics", "Inspecting a topic", f"{page}#inspecting", INSPECT),
        source(3, "Services", "Service or action", book.page("services") + "#service-or-action"),
    ]


def answer(book: ScriptedBook) -> list[Event]:
    """A complete answer with every kind of block."""
    best_effort = paragraph(
        text("A subscriber that asks for "),
        strong("reliable"),
        text(" delivery receives nothing from a publisher that offers "),
        code("best_effort"),
        text("."),
        joins=True,
    )
    look = paragraph(text("To see which side asks for what:"))
    verbose = item(code("ros2 topic info --verbose"), text(" shows every endpoint."), depth=1)
    profile = item(text("It also shows each endpoint’s node and profile."), depth=1)
    header = row("Publisher", "Subscriber", "Messages", header=True)
    return [
        sources(*offered(book)),
        sentence(0, COMPATIBLE, cites={1: COMPATIBLE}, support=0.99),
        sentence(1, best_effort, cites={1: RELIABLE}, support=0.93),
        sentence(2, look, verdict="not_a_claim"),
        sentence(3, verbose, cites={2: INSPECT}),
        sentence(4, profile, cites={2: INSPECT}, support=0.88),
        sentence(5, code_block("ros2 topic info --verbose /chatter"), cites={2: INSPECT}),
        sentence(6, header, verdict="not_a_claim"),
        sentence(7, row("reliable", "best_effort", "yes"), cites={1: RELIABLE}),
        sentence(8, row("best_effort", "reliable", "none"), cites={1: RELIABLE}),
        withheld(9),
        withheld(10),
    ]


def empty(reader: Reader) -> None:
    reader.button.click()
    reader.page.get_by_role("button", name=reader.book.starter_questions[0]).wait_for()


def thinking(reader: Reader) -> None:
    reader.book.plays(sources(*offered(reader.book)), Pause("never"))
    reader.ask(QUESTION)
    reader.page.get_by_text("Checking against 3 passages").wait_for()


def streaming(reader: Reader) -> None:
    reader.book.plays(*answer(reader.book)[:4], Pause("never"))
    reader.ask(QUESTION)
    reader.page.get_by_text("Checking the next sentence").wait_for()


def answered(reader: Reader) -> None:
    reader.book.suggestions = [
        "What does the book say about “Publishing”?",
        "What does the book say about “Service or action”?",
    ]
    reader.book.plays(*answer(reader.book), finished(withheld=2, citations=offered(reader.book)))
    reader.ask(QUESTION)
    reader.turn("answered").wait_for()


def source_card(reader: Reader) -> None:
    answered(reader)
    reader.page.get_by_role("button", name="Source 1").nth(1).click()
    reader.page.get_by_role("dialog", name="Source 1").wait_for()


def annotated(reader: Reader) -> None:
    reader.book.mode = "annotate"
    reader.book.plays(
        sources(*offered(reader.book)),
        sentence(0, COMPATIBLE, cites={1: COMPATIBLE}),
        sentence(1, "Both sides log the mismatch.", verdict="partly", support=0.6),
        sentence(2, "Restarting the daemon also helps.", verdict="unsupported", support=0.1),
        sentence(3, "Policies never matter on one host.", verdict="contradicted", support=0.05),
        finished(citations=offered(reader.book)),
    )
    reader.ask(QUESTION)
    reader.turn("answered").wait_for()


def model_code(reader: Reader) -> None:
    """A strict book that shows code of the model's own."""
    code = code_block("ros2 topic echo /chatter --qos-durability volatile --once")
    reader.book.plays(
        sources(*offered(reader.book)),
        sentence(0, COMPATIBLE, cites={1: COMPATIBLE}),
        sentence(1, code, verdict="unsupported", support=0.0, model_code=True),
        finished(citations=offered(reader.book)),
    )
    reader.ask(QUESTION)
    reader.turn("answered").wait_for()


def quoted(reader: Reader) -> None:
    reader.book.plays(
        sources(*offered(reader.book)),
        sentence(0, COMPATIBLE, cites={1: COMPATIBLE}, support=1.0),
        sentence(1, paragraph(text(INSPECT.replace("`", ""))), cites={2: INSPECT}, support=1.0),
        finished(outcome="quoted", citations=offered(reader.book)),
    )
    reader.ask(QUESTION)
    reader.turn("quoted").wait_for()


def refused(reader: Reader) -> None:
    reader.book.plays(
        sources(*offered(reader.book)),
        finished(outcome="refused", citations=offered(reader.book)),
    )
    reader.ask("What is the best pizza in Naples?")
    reader.turn("refused").wait_for()


def failure(reader: Reader) -> None:
    reader.book.plays(failed("The answer broke off. Please try again.", retry_after=30))
    reader.ask(QUESTION)
    reader.turn("failed").wait_for()


def selection(reader: Reader) -> None:
    select(reader, "#quality-of-service + p")
    reader.page.get_by_role("button", name="Ask about this").click()
    reader.question.fill("What does compatible mean here?")


def selection_button(reader: Reader) -> None:
    select(reader, "#quality-of-service + p")
    reader.page.get_by_role("button", name="Ask about this").wait_for()


def feedback(reader: Reader) -> None:
    quoted(reader)
    reader.page.get_by_role("button", name="Not helpful").click()
    reader.page.get_by_role("radio", name="Incomplete").check()


def limited(reader: Reader) -> None:
    reader.book.plays(failed("Too many questions.", code="rate_limited", retry_after=42))
    reader.ask(QUESTION)
    reader.turn("failed").wait_for()


def offline(reader: Reader) -> None:
    reader.book.plays(*answer(reader.book)[:3], Pause("never"))
    reader.ask(QUESTION)
    reader.page.get_by_text("Checking the next sentence").wait_for()
    reader.page.context.set_offline(True)
    reader.page.get_by_text("You are offline.").wait_for()


def history(reader: Reader) -> None:
    quoted(reader)
    for question in ("When should I use a service and when an action?", "What is a node?"):
        reader.page.get_by_role("button", name="New conversation").click()
        reader.ask(question)
        reader.turn("answered").wait_for()
    reader.page.get_by_role("button", name="Your conversations").click()
    reader.page.get_by_role("dialog", name="Your conversations").wait_for()


def sharing(reader: Reader) -> None:
    reader.book.sharing = True
    quoted(reader)
    reader.page.get_by_role("button", name="Share").click()
    reader.page.get_by_role("button", name="Make a link").click()
    reader.page.get_by_role("textbox", name="Link to this conversation").wait_for()


def formula(reader: Reader) -> None:
    gain = r"$$K_k = P_k H^T \left( H P_k H^T + R \right)^{-1}$$"
    state = r"The filter weighs the error with the gain $K_k$, and the state becomes $\hat{x}_k$."
    reader.book.plays(
        sources(*offered(reader.book)),
        sentence(0, paragraph(*inline(state)), cites={1: COMPATIBLE}),
        sentence(1, paragraph(*inline(gain)), cites={1: COMPATIBLE}),
        finished(citations=offered(reader.book)),
    )
    reader.ask("How does a Kalman filter weigh a measurement?")
    reader.turn("answered").wait_for()


def right_to_left(reader: Reader) -> None:
    """An Arabic book; its site asks the question, so that no words are needed to find a button."""
    reader.book.language = "ar"
    reader.book.suggestions = [ARABIC_QUESTION]
    reader.book.plays(
        sources(*offered(reader.book)),
        sentence(0, ARABIC_ANSWER, cites={1: ARABIC_ANSWER}),
        sentence(1, item(text(ARABIC_ANSWER)), cites={2: INSPECT}),
        sentence(2, code_block("ros2 topic info --verbose /chatter"), cites={2: INSPECT}),
        finished(withheld=1, citations=offered(reader.book)),
    )
    reader.page.evaluate("question => ragbook.ask(question)", ARABIC_QUESTION)
    reader.turn("answered").wait_for()


def editing(reader: Reader) -> None:
    quoted(reader)
    reader.page.get_by_role("button", name="Edit the question").click()


def select(reader: Reader, selector: str) -> None:
    """Select an element's text on the page, as a mouse or a finger would: where it is in sight."""
    passage = reader.page.locator(selector)
    passage.scroll_into_view_if_needed()
    passage.evaluate("node => getSelection().selectAllChildren(node)")


SCENES: dict[str, Callable[[Reader], None]] = {
    "empty": empty,
    "thinking": thinking,
    "streaming": streaming,
    "answered": answered,
    "source": source_card,
    "annotated": annotated,
    "model-code": model_code,
    "quoted": quoted,
    "refused": refused,
    "failed": failure,
    "selection": selection,
    "selection-button": selection_button,
    "feedback": feedback,
    "limited": limited,
    "offline": offline,
    "history": history,
    "sharing": sharing,
    "editing": editing,
    "formula": formula,
    "right-to-left": right_to_left,
}

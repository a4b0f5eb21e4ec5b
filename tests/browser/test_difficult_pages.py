"""Pages that make it hard: their styles, scripts and errors neither reach the widget nor suffer."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.conftest import Reader
from tests.browser.scripted import Pause, finished, sentence, source, sources

pytestmark = pytest.mark.browser

RESET = """
body * { all: unset !important; display: block !important; transform: rotate(9deg) !important;
  visibility: hidden !important; letter-spacing: 1em !important }
body > * { position: relative; margin: 60px; padding: 60px; filter: blur(9px); opacity: 0 }
"""
ROW = "body { display: flex; flex-direction: column; gap: 60px; min-height: 200vh;"
ROW += " justify-content: space-between }"

POLLUTION = """
Array.prototype.toJSON = function () { return "an array"; };
Object.assign(Array.prototype, { last: () => "polluted", 0.5: "polluted" });
Object.assign(Object.prototype, { extra: "polluted", hidden: true });
Object.assign(String.prototype, { startsWithout: () => "polluted" });
"""

ADD_STYLE = """css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
}"""


def test_no_style_of_the_page_reaches_the_widget(reader: Reader) -> None:
    reader.visit(query="styled=1")
    before = reader.button.bounding_box()
    reader.page.evaluate(ADD_STYLE, RESET)
    button = reader.page.locator("ragbook-widget .launcher")
    assert button.bounding_box() == before
    for name, value in [("visibility", "visible"), ("letter-spacing", "normal")]:
        expect(button).to_have_css(name, value)
    button.click()
    expect(reader.page.locator("ragbook-widget textarea")).to_be_focused()


def test_the_page_is_laid_out_as_without_the_widget(reader: Reader) -> None:
    reader.visit()
    reader.page.evaluate(ADD_STYLE, ROW)
    measure = "[...document.querySelectorAll('nav, main')].map(e => e.getBoundingClientRect().y)"
    with_widget = reader.page.evaluate(measure)
    reader.page.locator("ragbook-widget").evaluate("host => (host.style.display = 'none')")
    without = reader.page.evaluate(
        f"() => {{ const all = Node.prototype; all.removeChild.call(document.body,"
        f" document.querySelector('ragbook-widget')); return {measure} }}"
    )
    assert with_widget == without


def test_polluted_prototypes_change_nothing(reader: Reader) -> None:
    reader.page.add_init_script(POLLUTION)
    reader.visit()
    scenes.answered(reader)
    expect(reader.sentences).to_have_count(9)
    reader.visit("services")
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.sentences).to_have_count(9)
    assert reader.book.asked()[0]["scope"] == "book"


def test_what_listens_on_the_page_and_fails_does_not_stop_the_widget(reader: Reader) -> None:
    reader.visit().page.evaluate(
        """() => {
          addEventListener("error", (event) => event.preventDefault());
          window.failures = 0;
          for (const name of ["open", "ask", "answer", "close"])
            ragbook.on(name, () => { failures += 1; throw null; });
        }"""
    )
    scenes.quoted(reader)
    reader.page.keyboard.press("Escape")
    expect(reader.panel).to_be_hidden()
    assert reader.page.evaluate("failures") == 4
    reader.forgive()


def test_an_anchor_of_old_is_found_by_its_name(reader: Reader) -> None:
    reader.visit().page.evaluate(
        """() => {
          const anchor = document.createElement("a");
          anchor.name = "old place";
          document.querySelector("#inspecting").before(anchor);
        }"""
    )
    url = reader.book.page() + "#old%20place"
    reader.book.plays(
        sources(source(1, "Topics", "Inspecting", url)),
        sentence(0, "So.", cites={1: "words that are gone"}),
        finished(),
    )
    reader.ask()
    reader.page.get_by_role("button", name="Source 1").first.click()
    reader.page.set_viewport_size({"width": 1280, "height": 300})
    reader.page.get_by_role("link", name="Open in the book").click()
    expect(reader.page.get_by_role("heading", name="Inspecting a topic")).to_be_in_viewport()


def test_who_writes_while_the_site_swaps_its_body_writes_on(reader: Reader) -> None:
    reader.visit().button.click()
    reader.question.press_sequentially("How do ")
    reader.page.evaluate(
        "document.documentElement.replaceChild(document.createElement('body'), document.body)"
    )
    expect(reader.question).to_be_focused()
    reader.page.keyboard.type("topics work?")
    expect(reader.question).to_have_value("How do topics work?")


def test_the_body_may_be_swapped_again_and_again(reader: Reader) -> None:
    reader.visit()
    reader.book.plays(sentence(0, "First."), Pause("gate"), sentence(1, "Second."), finished())
    reader.ask()
    expect(reader.sentences).to_have_count(1)
    for _ in range(3):
        reader.page.evaluate(
            "document.documentElement.replaceChild(document.createElement('body'), document.body)"
        )
        expect(reader.sentences).to_have_count(1)
    reader.page.evaluate("document.body.replaceChildren()")
    reader.book.open("gate")
    expect(reader.sentences).to_have_text(["First.", "Second."])
    assert len(reader.book.asked()) == 1
    assert reader.book.connections == 1

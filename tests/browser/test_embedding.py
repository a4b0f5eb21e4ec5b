"""One script tag on anybody's page: options, themes, lifecycles, and a host that never breaks."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from benchmarks.widget_size import sizes
from tests.browser import scenes
from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser

DARK_GROUND = "rgb(23, 24, 29)"
LIGHT_GROUND = "rgb(255, 255, 255)"


def test_what_every_reader_loads_is_small() -> None:
    assert sizes()["widget.js"] <= 20_000


def test_the_widget_adds_one_element_and_one_global(reader: Reader) -> None:
    reader.visit()
    expect(reader.page.locator("ragbook-widget")).to_have_count(1)
    added = reader.page.evaluate(
        """() => {
          const frame = document.createElement("iframe");
          document.body.append(frame);
          const known = new Set(Object.getOwnPropertyNames(frame.contentWindow));
          frame.remove();
          return Object.getOwnPropertyNames(window).filter((name) => !known.has(name));
        }"""
    )
    assert [name for name in added if not name.startswith("__pw") and name != "0"] == ["ragbook"]
    assert reader.page.evaluate("Object.keys(ragbook)") == ["open", "close", "ask", "on"]


def test_included_twice_it_is_there_once(reader: Reader) -> None:
    reader.visit(query="again=1")
    reader.page.wait_for_load_state("networkidle")
    expect(reader.page.locator("ragbook-widget")).to_have_count(1)


def test_a_missing_book_is_a_clear_message_and_no_widget(reader: Reader) -> None:
    with reader.page.expect_console_message() as said:
        reader.page.goto(reader.book.page(query="book="))
    assert said.value.text == 'ragbook: the script tag needs data-book="SLUG".'
    expect(reader.page.locator("ragbook-widget")).to_have_count(0)


def test_the_page_can_ask_through_the_api(reader: Reader) -> None:
    reader.visit().page.evaluate("ragbook.open({ question: 'What is a node?' })")
    expect(reader.turn("answered")).to_be_visible()
    assert reader.book.asked()[0]["question"] == "What is a node?"
    reader.page.evaluate("ragbook.close()")
    expect(reader.panel).to_be_hidden()


def test_options_come_from_the_script_tag(reader: Reader) -> None:
    options = 'data-label="Frag das Buch" data-title="Mein Buch" data-position="left"'
    reader.visit(query=f"options={options} data-accent=%23ffcc00")
    button = reader.page.get_by_role("button", name="Frag das Buch")
    box = button.bounding_box()
    assert box is not None
    assert box["x"] < 100
    expect(button).to_have_css("background-color", "rgb(255, 204, 0)")
    assert button.evaluate("node => getComputedStyle(node).color").startswith("oklch(0 ")
    button.click()
    expect(reader.page.get_by_role("dialog", name="Mein Buch")).to_be_visible()
    panel = reader.panel.bounding_box()
    assert panel is not None
    assert panel["x"] < 20


@pytest.mark.parametrize(
    "attributes",
    [
        "html=data-theme=dark",
        "body=data-md-color-scheme=slate",
        "html=class='navy sidebar-visible'",
        "html=class=coal",
        "html=class='dark'",
        "body=data-theme=dark",
    ],
    ids=["docusaurus", "mkdocs", "mdbook", "mdbook-coal", "tailwind", "furo"],
)
def test_a_dark_page_has_a_dark_widget(reader: Reader, attributes: str) -> None:
    reader.visit(query=attributes)
    reader.button.click()
    expect(reader.panel).to_have_css("background-color", DARK_GROUND)


def test_a_page_that_changes_its_theme_takes_the_widget_along(reader: Reader) -> None:
    reader.visit(query="html=data-theme=light").button.click()
    reader.page.emulate_media(color_scheme="dark")
    expect(reader.panel).to_have_css("background-color", LIGHT_GROUND)
    reader.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(reader.panel).to_have_css("background-color", DARK_GROUND)


def test_a_page_without_a_theme_follows_the_system(reader: Reader) -> None:
    reader.visit().button.click()
    expect(reader.panel).to_have_css("background-color", LIGHT_GROUND)
    reader.page.emulate_media(color_scheme="dark")
    expect(reader.panel).to_have_css("background-color", DARK_GROUND)


def test_it_is_not_printed(reader: Reader) -> None:
    reader.visit().page.emulate_media(media="print")
    expect(reader.button).to_be_hidden()


def test_on_a_phone_it_is_a_full_sheet(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 390, "height": 760})
    reader.visit().button.click()
    assert reader.panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 760}
    expect(reader.panel).to_have_attribute("aria-modal", "true")


def test_on_a_phone_the_sheet_ends_above_the_keyboard(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 390, "height": 760})
    reader.visit().button.click()
    reader.page.evaluate(
        """() => {
          Object.defineProperty(visualViewport, "height", { value: 420, configurable: true });
          visualViewport.dispatchEvent(new Event("resize"));
        }"""
    )
    expect(reader.panel).to_have_css("height", "420px")
    field = reader.question.bounding_box()
    assert field is not None
    assert field["y"] + field["height"] < 420


def test_a_site_that_swaps_its_body_keeps_the_widget_and_its_thread(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    reader.page.evaluate("document.body.replaceChildren()")
    expect(reader.turn("quoted")).to_be_visible()
    reader.page.evaluate(
        "document.documentElement.replaceChild(document.createElement('body'), document.body)"
    )
    expect(reader.turn("quoted")).to_be_visible()


def test_keys_typed_in_it_are_not_shortcuts_of_the_page(reader: Reader) -> None:
    reader.visit().page.evaluate(
        "window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))"
    )
    reader.button.click()
    reader.question.press_sequentially("s/?")
    expect(reader.question).to_have_value("s/?")
    assert reader.page.evaluate("heard") == []


def test_an_unknown_book_leaves_the_page_alone(reader: Reader) -> None:
    reader.visit(query="book=unknown").button.click()
    expect(reader.panel.locator(".greeting")).to_be_visible()
    expect(reader.page.get_by_role("heading", name="Topics")).to_be_visible()


@pytest.mark.parametrize("loading", ["async", "defer", ""])
def test_a_classic_script_tag_will_do(reader: Reader, loading: str) -> None:
    script = f'<script {loading} src="{reader.book.origin}/widget.js" data-book="primer"></script>'
    reader.visit(query=f"script={quote(script)}").ask()
    expect(reader.turn("answered")).to_be_visible()


def test_a_script_that_a_page_adds_later_will_do(reader: Reader) -> None:
    reader.page.goto(reader.book.page(query="script="))
    reader.page.evaluate(
        """origin => {
          const policy = trustedTypes.createPolicy("site", { createScriptURL: (url) => url });
          const script = document.createElement("script");
          script.src = policy.createScriptURL(`${origin}/widget.js`);
          script.dataset.book = "primer";
          document.head.append(script);
        }""",
        reader.book.origin,
    )
    reader.ask()
    expect(reader.turn("answered")).to_be_visible()


def test_nothing_on_the_page_moves_when_it_arrives(reader: Reader) -> None:
    reader.visit(query="styled=1")
    reader.page.evaluate(
        "new PerformanceObserver(list => { window.shift = list.getEntries().length })"
        ".observe({ type: 'layout-shift', buffered: true })"
    )
    reader.button.click()
    expect(reader.panel).to_be_visible()
    assert not reader.page.evaluate("window.shift")

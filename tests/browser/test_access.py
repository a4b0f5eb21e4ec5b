"""By keyboard alone, by ear, and past axe-core."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.conftest import Reader
from tests.browser.scripted import Pause, code_block, finished, sentence, withheld

pytestmark = pytest.mark.browser


def press(reader: Reader, *keys: str) -> None:
    for key in keys:
        reader.page.keyboard.press(key)


def test_the_whole_way_by_keyboard(reader: Reader) -> None:
    reader.book.plays(*scenes.answer(reader.book), finished(citations=scenes.offered(reader.book)))
    reader.visit()
    opener = reader.page.get_by_role("link", name="Services")
    opener.focus()
    press(reader, "Control+i")
    expect(reader.question).to_be_focused()
    reader.page.keyboard.type("How?")
    press(reader, "Shift+Enter")
    reader.page.keyboard.type("Please.")
    press(reader, "Enter")
    expect(reader.turn("answered")).to_be_visible()
    assert reader.book.asked()[0]["question"] == "How?\nPlease."
    chip = reader.page.get_by_role("button", name="Source 1: Topics › Quality of service").first
    chip.focus()
    press(reader, "Enter")
    expect(reader.page.get_by_role("dialog", name="Source 1")).to_be_focused()
    press(reader, "Tab", "Tab")
    expect(reader.page.get_by_role("link", name="Open in the book")).to_be_focused()
    press(reader, "Escape")
    expect(chip).to_be_focused()
    press(reader, "Escape")
    expect(reader.panel).to_be_hidden()
    expect(opener).to_be_focused()


def test_every_control_can_be_reached_by_tab(reader: Reader) -> None:
    reader.visit()
    scenes.annotated(reader)
    reader.question.focus()
    names = set()
    for _ in range(16):
        press(reader, "Shift+Tab")
        names.add(
            reader.page.evaluate(
                """() => {
                  const node = document.activeElement?.shadowRoot?.activeElement;
                  return node?.getAttribute("aria-label") ?? node?.textContent ?? "";
                }"""
            )
        )
    assert {
        "Close",
        "New conversation",
        "Your conversations",
        "Edit the question",
        "Copy as Markdown",
        "Helpful",
        "Not helpful",
        "Source 1: Topics › Quality of service",
        "1 source",
    } <= names


def test_on_a_phone_tab_stays_in_the_sheet(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 390, "height": 760})
    reader.visit()
    scenes.quoted(reader)
    for keys in ("Tab", "Shift+Tab"):
        for _ in range(20):
            press(reader, keys)
            assert reader.page.evaluate("document.activeElement.localName") == "ragbook-widget"


def test_closing_gives_the_focus_back_to_the_button(reader: Reader) -> None:
    reader.visit().button.click()
    press(reader, "Escape")
    expect(reader.button).to_be_focused()
    expect(reader.button).to_have_attribute("aria-expanded", "false")


def test_each_sentence_is_announced_once(reader: Reader) -> None:
    reader.book.plays(
        sentence(0, "First."),
        Pause("gate"),
        sentence(0, "First."),
        sentence(1, "Use `ros2 run`."),
        sentence(2, code_block("ros2 run a b")),
        withheld(3),
        finished(withheld=1),
    )
    reader.visit().ask()
    heard = reader.panel.get_by_role("log").locator("div")
    expect(heard).to_have_text(["Looking in the book…", "First."])
    reader.book.open("gate")
    expect(reader.turn("answered")).to_be_visible()
    expect(heard).to_have_text(
        [
            "Looking in the book…",
            "First.",
            "Use ros2 run .",
            "ros2 run a b",
            "1 statement was left out: the book does not prove it.",
        ]
    )


def test_a_restored_thread_is_not_read_out_again(reader: Reader) -> None:
    reader.visit()
    scenes.quoted(reader)
    reader.visit("services")
    expect(reader.turn("quoted")).to_be_visible()
    expect(reader.panel.get_by_role("log").locator("div")).to_have_count(0)


def test_support_is_told_by_words_and_shapes(reader: Reader) -> None:
    reader.visit()
    scenes.annotated(reader)
    shapes = reader.panel.locator(".mark path").evaluate_all(
        "paths => paths.map(path => path.getAttribute('d'))"
    )
    assert len(set(shapes)) == 4


def test_nothing_moves_for_who_asked_for_stillness(reader: Reader) -> None:
    reader.visit()
    scenes.streaming(reader)
    moving = reader.page.evaluate(
        "document.querySelector('ragbook-widget').shadowRoot.getAnimations().length"
    )
    assert moving == 0


def test_right_to_left_text_runs_right_to_left(reader: Reader) -> None:
    reader.book.language = "ar"
    reader.book.plays(sentence(0, "العقدة عملية تتبادل الرسائل."), finished())
    reader.visit().ask("ما هي العقدة؟")
    expect(reader.turn("answered")).to_be_visible()
    expect(reader.panel.locator(".body p")).to_have_css("direction", "rtl")
    expect(reader.panel.locator(".asked p")).to_have_css("direction", "rtl")
    expect(reader.panel.locator(".turns")).to_have_attribute("lang", "ar")


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script, as axe-playwright-python brings it."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("scene", scenes.SCENES)
def test_axe_finds_nothing(reader: Reader, axe: str, scene: str, theme: str) -> None:
    reader.visit(query=f"styled=1&html=data-theme={theme}")
    scenes.SCENES[scene](reader)
    reader.page.evaluate(axe)
    found = reader.page.evaluate("axe.run('ragbook-widget')")
    assert len(found["passes"]) > 8  # it looked inside
    assert [
        (rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]
    ] == []

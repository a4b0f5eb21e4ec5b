"""The interface speaks the page's language, and loads no other."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from chat import widget
from chat.suggesting import QUESTIONS
from tests.browser import scenes
from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser

LANGUAGES = sorted(name.removeprefix("words/") for name in widget.parts() if "words/" in name)

SHAPE = """async (url) => {
  const { words } = await import(url);
  const shape = (value) =>
    typeof value === "function" ? `function of ${value.length}`
    : Array.isArray(value) ? value.map(([key]) => key)
    : typeof value === "object" ? Object.entries(value).sort().map(([k, v]) => [k, shape(v)])
    : value.trim() ? "words" : "nothing";
  return shape(words);
}"""


def test_eight_languages_are_spoken_here_and_on_the_server() -> None:
    assert LANGUAGES == ["ar", "de", "en", "es", "fr", "ja", "ur", "zh"]
    assert sorted(QUESTIONS) == LANGUAGES


def test_every_language_has_the_same_words(reader: Reader) -> None:
    reader.visit()
    shapes: dict[str, Any] = {
        language: reader.page.evaluate(SHAPE, f"{reader.book.origin}/widget/words/{language}.js")
        for language in LANGUAGES
    }
    assert "nothing" not in str(shapes["en"])
    for language in LANGUAGES:
        assert shapes[language] == shapes["en"], language


@pytest.mark.parametrize(
    ("lang", "button", "placeholder"),
    [
        ("de-AT", "Das Buch fragen", "Eine Frage stellen …"),
        ("fr", "Demander au livre", "Posez une question…"),
        ("zh-Hans", "向本书提问", "请输入问题…"),
        ("ur", "کتاب سے پوچھیں", "سوال لکھیں…"),
        ("tlh", "Ask the book", "Ask a question…"),
    ],
)
def test_it_speaks_the_language_of_the_page_and_loads_no_other(
    reader: Reader, lang: str, button: str, placeholder: str
) -> None:
    reader.visit(query=f"lang={lang}")
    reader.page.get_by_role("button", name=button).click()
    expect(reader.panel.locator("textarea")).to_have_attribute("placeholder", placeholder)
    loaded = [part for part in reader.book.parts if "/words/" in part]
    spoken = lang.split("-")[0] if lang != "tlh" else "en"
    assert loaded == [f"/widget/words/{spoken}.js"]


@pytest.mark.parametrize("lang", ["ar", "ur"])
def test_right_to_left_languages_turn_the_panel_round(reader: Reader, lang: str) -> None:
    reader.visit(query=f"lang={lang}")
    reader.page.locator("ragbook-widget .launcher").click()
    expect(reader.panel).to_have_css("direction", "rtl")
    expect(reader.panel).to_have_attribute("lang", lang)
    reader.panel.locator("textarea").fill("سؤال")
    reader.panel.locator("textarea").press("Enter")
    expect(reader.turn("answered")).to_be_visible()
    header = reader.panel.locator("header")
    title, close = (header.locator(part).bounding_box() for part in ("h2", "button:last-child"))
    assert title is not None
    assert close is not None
    assert close["x"] < title["x"]


def test_a_failure_is_told_in_the_language_of_the_page(reader: Reader) -> None:
    reader.visit(query="lang=de")
    reader.page.get_by_role("button", name="Das Buch fragen").click()
    reader.question = reader.page.get_by_role("textbox", name="Ihre Frage")
    scenes.limited(reader)
    expect(reader.turn("failed")).to_contain_text("in kurzer Zeit viele Fragen gestellt")
    expect(reader.turn("failed").locator(".action")).to_have_text(
        "Noch einmal versuchen in 42 Sek."
    )

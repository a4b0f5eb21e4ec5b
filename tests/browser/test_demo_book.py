"""The demo book in a browser: tabs, theme, the drawer of a phone, links into hidden panels."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.urls import include, path
from playwright.sync_api import Browser, Page, expect

from chat.views import widget, widget_part

urlpatterns = [
    path("book/", include("ragbook.demo_urls")),
    path("widget.js", widget),
    path("widget/<path:name>.js", widget_part),
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.urls(__name__),
    pytest.mark.filterwarnings("ignore:No directory at:UserWarning"),  # nothing is collected
]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: a test's output is about the test."""


@pytest.fixture
def origin() -> Iterator[str]:
    handler = StaticFilesHandler(WSGIHandler())
    with make_server("127.0.0.1", 0, handler, WSGIServer, Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def reading(
    chromium: Browser, origin: str, address: str, *, width: int = 1440, dark: bool = False
) -> Iterator[Page]:
    """A page of the book; fails the test if a script failed or a policy was broken."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    noise: list[str] = []
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("console", lambda message: noise.append(message.text))
    page.goto(f"{origin}/book/docs/{address}")
    yield page
    context.close()
    assert noise == []


def test_a_tab_is_chosen_by_mouse_or_keyboard_and_remembered(
    chromium: Browser, origin: str
) -> None:
    with reading(chromium, origin, "communication/topics") as page:
        first = page.get_by_role("tablist").first
        expect(first.get_by_role("tab", name="Python")).to_have_attribute("aria-selected", "true")
        first.get_by_role("tab", name="Python").press("ArrowRight")
        expect(first.get_by_role("tab", name="C++")).to_be_focused()
        for tabs in page.get_by_role("tablist").all():
            expect(tabs.get_by_role("tab", name="C++")).to_have_attribute("aria-selected", "true")

        page.goto(f"{origin}/book/docs/communication/services")
        tab = page.get_by_role("tab", name="C++").first
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tabpanel", name="C++").first).to_be_visible()
        page.get_by_role("tab", name="Python").first.click()
        expect(page.get_by_role("tabpanel", name="Python").first).to_be_visible()


def test_a_quotation_in_a_hidden_tab_is_shown_when_a_link_names_it(
    chromium: Browser, origin: str
) -> None:
    with reading(chromium, origin, "communication/topics") as page:
        panel = page.locator(".tab[aria-label='C++']").first
        assert panel.get_attribute("hidden") == "until-found"
        panel.evaluate("element => (element.querySelector('pre').id = 'inside')")
        page.evaluate("location.hash = 'inside'")
        expect(page.get_by_role("tab", name="C++").first).to_have_attribute("aria-selected", "true")
        expect(panel).to_be_visible()


@pytest.mark.parametrize(("dark", "chosen"), [(False, "dark"), (True, "light")])
def test_the_theme_follows_the_system_until_the_reader_chooses(
    chromium: Browser, origin: str, dark: bool, chosen: str
) -> None:
    with reading(chromium, origin, "", dark=dark) as page:
        root = page.locator("html")
        expect(root).not_to_have_attribute("data-theme", chosen)
        before = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Switch between light and dark").click()
        expect(root).to_have_attribute("data-theme", chosen)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
        page.reload()
        expect(root).to_have_attribute("data-theme", chosen)


def test_on_a_phone_the_contents_are_a_drawer_and_nothing_is_wider_than_the_screen(
    chromium: Browser, origin: str
) -> None:
    with reading(chromium, origin, "communication/qos", width=360) as page:
        contents = page.get_by_role("navigation", name="Contents")
        expect(contents).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.get_by_role("button", name="Contents").click()
        expect(contents.get_by_role("link", name="Topics")).to_be_visible()
        page.keyboard.press("Escape")
        expect(contents).to_be_hidden()


def test_on_a_desk_the_section_being_read_is_marked(chromium: Browser, origin: str) -> None:
    with reading(chromium, origin, "communication/topics") as page:
        here = page.get_by_role("navigation", name="On this page")
        expect(here.locator("[data-reading]")).to_have_count(0)
        for link in (here.get_by_role("link").nth(1), here.get_by_role("link").last):
            link.click()
            expect(link).to_have_attribute("data-reading", "")
            expect(here.locator("[data-reading]")).to_have_count(1)

"""Headless Chromium, the scripted book, and a page that must stay quiet."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Dialog,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.scripted import ScriptedBook, serving

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000  # other tests keep the machine busy; what is expected mostly comes at once

expect.set_options(timeout=PATIENCE_MS)


def _chromium() -> str:
    path = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if path:
        return path
    if os.environ.get("CI"):
        pytest.fail("Chromium is missing: the browser tests must run in CI.")
    pytest.skip("Chromium is missing. Install it, or name it in the environment: CHROMIUM=/path.")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def book() -> Iterator[ScriptedBook]:
    with serving(ScriptedBook()) as served:
        yield served


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@dataclass
class Noise:
    """What a page must not do: fail, open dialogs, or call strangers."""

    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def watch(self, page: Page, *ports: str) -> None:
        """``ports`` are those of the servers that the page may call."""

        def request(request: Request) -> None:
            known = any(f":{port}/" in request.url for port in ports)
            if not known and not request.url.startswith("data:"):
                self.strangers.append(request.url)

        def dialog(dialog: Dialog) -> None:
            self.dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", dialog)
        page.on("request", request)


class Reader:
    """A reader at a page of the book: what they do, and what they see in the widget."""

    def __init__(self, page: Page, book: ScriptedBook, noise: Noise | None = None) -> None:
        self.page = page
        self.book = book
        self.noise = noise or Noise()
        self.question = page.get_by_role("textbox", name="Your question")

    def forgive(self) -> None:
        """Forget the errors of the page's own scripts so far."""
        self.noise.errors.clear()

    def visit(self, name: str = "topics", query: str = "") -> Reader:
        self.page.goto(self.book.page(name, query))
        self.page.locator("ragbook-widget").wait_for(state="attached")
        return self

    @property
    def button(self) -> Locator:
        return self.page.get_by_role("button", name="Ask the book")

    @property
    def panel(self) -> Locator:
        return self.page.locator("ragbook-widget .panel")

    @property
    def sentences(self) -> Locator:
        return self.panel.locator(".sentence")

    def turn(self, outcome: str) -> Locator:
        return self.panel.locator(f".turn[data-outcome={outcome}]")

    def ask(self, question: str = "How do topics work?") -> Reader:
        if not self.panel.is_visible():
            self.button.click()
        self.question.fill(question)
        self.question.press("Enter")
        return self


@pytest.fixture
def reader(context: BrowserContext, book: ScriptedBook) -> Iterator[Reader]:
    """Fails the test when the page made noise or broke its Content-Security-Policy."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    noise = Noise()
    noise.watch(page, book.origin.rsplit(":", 1)[-1])
    yield Reader(page, book, noise)
    page.close()
    assert noise == Noise()
    assert book.violations == []
